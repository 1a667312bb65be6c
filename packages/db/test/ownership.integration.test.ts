import { randomUUID } from "node:crypto";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase, loadMeshSource, storeApplyReport, type Database } from "../src/index";
import { startTestDatabase, type TestDatabase } from "../src/testing";

let server: TestDatabase;
let database: Database;
let client: Client;
const organisation = randomUUID();
const cluster = randomUUID();

beforeAll(async () => {
  server = await startTestDatabase();
  client = new Client(server.ownerUrl);
  await client.connect();
  await client.query("set role isthmus_lookup");
  await client.query("insert into organisation (id, name) values ($1, 'Mine')", [organisation]);
  await client.query("reset role");
  await client.query("select set_config('isthmus.organisation', $1, false)", [organisation]);
  await client.query("insert into cluster (id, organisation_id, name, ordinal) values ($1, $2, 'eu-west', 0)", [
    cluster,
    organisation,
  ]);
  database = createDatabase(server.appUrl);
});
afterAll(async () => {
  await client?.end();
  await database?.close();
  await server?.stop();
});

const tx = <T>(work: Parameters<ReturnType<Database["forOrganisation"]>["transaction"]>[0]) =>
  database.forOrganisation(organisation).transaction(work) as Promise<T>;

async function holds(name: string, { uid, label = true }: { readonly uid: string; readonly label?: boolean }) {
  const labels = JSON.stringify(label ? { "isthmus.io/managed": "true" } : {});
  await client.query(
    `insert into inventory_object (organisation_id, cluster_id, api_version, kind, namespace, name, uid, content_hash,
       chunk, labels, body)
     values ($1, $2, 'projectcalico.org/v3', 'GlobalNetworkPolicy', '', $3, $4, 'h', 0, $5, $6)`,
    [organisation, cluster, name, uid, labels, JSON.stringify({ metadata: { name } })],
  );
}

async function wants(name: string) {
  await client.query(
    `insert into desired_resource (organisation_id, cluster_id, api_version, kind, namespace, name, hash, body, position,
       revision) values ($1, $2, 'projectcalico.org/v3', 'GlobalNetworkPolicy', '', $3, 'h', '{}', 0, 1)`,
    [organisation, cluster, name],
  );
}

const report = (name: string, state: "applied" | "not-ours" | "removed", uid: string) =>
  tx((open) =>
    storeApplyReport(open, {
      clusterId: cluster,
      revision: 1n,
      results: [
        {
          ref: { apiVersion: "projectcalico.org/v3", kind: "GlobalNetworkPolicy", namespace: "", name },
          hash: Buffer.from("h"),
          state,
          message: "",
          uid,
          resourceVersion: "",
          observedAt: new Date(),
        },
      ],
    }),
  );

const foreign = async (): Promise<string[]> => {
  const source = await tx<Awaited<ReturnType<typeof loadMeshSource>>>(loadMeshSource);
  return source.unmanaged.map(({ manifest }) => (manifest as { metadata: { name: string } }).metadata.name);
};

describe("whose policy a cluster's policy is", () => {
  it("ours by plan and UID, and never by label alone", async () => {
    for (const name of ["planned", "reported", "stolen", "refused"]) await wants(name);
    await holds("planned", { uid: "u1" });
    await holds("reported", { uid: "u2" });
    await report("reported", "applied", "u2");
    await holds("stolen", { uid: "another" });
    await report("stolen", "applied", "u3");
    await holds("refused", { uid: "u4" });
    await report("refused", "not-ours", "u4");
    await holds("labelled", { uid: "u5" });
    await holds("plain", { uid: "u6", label: false });
    expect(await foreign()).toEqual(["labelled", "plain", "refused", "stolen"]);
  });

  it("what the agent removed is no longer there; what took its name stays", async () => {
    await report("reported", "removed", "u2");
    await report("stolen", "removed", "");
    const { rows } = await client.query<{ name: string }>("select name from inventory_object order by name");
    expect(rows.map(({ name }) => name)).toEqual(["labelled", "plain", "planned", "refused", "stolen"]);
  });
});
