import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import type { Demo } from "./demo";
import { readObject } from "./kubectl";

interface AgentDeployment {
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly [{ readonly args: readonly string[] }] } };
  };
}

/** What the agent that runs in a cluster was installed with. */
export async function installedAgent(
  demo: Demo,
  cluster: string,
): Promise<{ readonly args: readonly string[]; readonly grantSecret: string }> {
  const at = ["-n", "isthmus"];
  const deployment = await readObject<AgentDeployment>(demo, cluster, ["deployment/isthmus-agent", ...at]);
  const grant = await readObject<{ readonly data: { readonly secret: string } }>(demo, cluster, [
    "secret/isthmus-agent-grant",
    ...at,
  ]);
  return {
    args: deployment.spec.template.spec.containers[0].args,
    grantSecret: Buffer.from(grant.data.secret, "base64").toString("utf8"),
  };
}

/** Moves the end of a grant into the past: an hour is the shortest that one can be made for. */
export async function expireGrant({ home, url }: Pick<Demo, "home" | "url">, grantId: string): Promise<void> {
  const client = new Client({
    host: "127.0.0.1",
    port: Number(new URL(url).port) + 10,
    database: "isthmus",
    user: "isthmus_superuser",
    password: readFileSync(join(home, "postgres/superuser-password"), "utf8").trim(),
  });
  await client.connect();
  try {
    const { rowCount } = await client.query("update enrolment_grant set expires_at = now() where id = $1", [grantId]);
    if (rowCount !== 1) throw new Error(`there is no grant ${grantId}`);
  } finally {
    await client.end();
  }
}
