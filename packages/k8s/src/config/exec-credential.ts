import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { isRecord, listAt, recordAt, textAt } from "../object";
import type { TokenSource } from "./cluster-access";
import { inheritedEnvironment } from "./env";

const run = promisify(execFile);
const RUN_TIMEOUT_MS = 30_000;
const EARLY_MS = 30_000;

/** A token that a command prints as `ExecCredential` (client.authentication.k8s.io), asked again before it expires. */
export function tokenFromCommand(exec: unknown, now: () => number): TokenSource {
  let known: { readonly token: string; readonly untilMs: number } | undefined;
  return {
    async token() {
      if (known === undefined || now() >= known.untilMs - EARLY_MS) known = await askCommand(exec);
      return known.token;
    },
    reject() {
      known = undefined;
    },
  };
}

async function askCommand(exec: unknown): Promise<{ readonly token: string; readonly untilMs: number }> {
  const command = textAt(exec, "command");
  const info = {
    apiVersion: textAt(exec, "apiVersion") || "client.authentication.k8s.io/v1",
    kind: "ExecCredential",
    spec: { interactive: false },
  };
  const added = listAt(exec, "env").filter(isRecord);
  const { stdout } = await run(command, listAt(exec, "args").map(String), {
    timeout: RUN_TIMEOUT_MS,
    env: {
      ...inheritedEnvironment(),
      ...Object.fromEntries(added.map((each) => [textAt(each, "name"), textAt(each, "value")])),
      KUBERNETES_EXEC_INFO: JSON.stringify(info),
    },
  });
  const status = recordAt(JSON.parse(stdout), "status");
  const token = textAt(status, "token");
  if (token === "") throw new Error(`\`${command}\` printed no token; client certificates from commands are not used`);
  const until = Date.parse(textAt(status, "expirationTimestamp"));
  return { token, untilMs: Number.isNaN(until) ? Number.POSITIVE_INFINITY : until };
}
