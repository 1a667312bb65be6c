import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFlowStore, migrateFlowStore, type FlowStore } from "../../packages/flow-store/src/index";
import { storeFlows } from "../../packages/flow-store/src/testing";
import { migrate, readMigrations } from "../../packages/db/src/migrate/index";
import { ownerUrlOf } from "../../packages/db/src/embedded-postgres";
import { insertOneOfEverything } from "../../packages/db/src/testing";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bucket, flow, organisation, t0, workload } from "../../packages/flow-store/test/fixtures";
import { backUp } from "../../apps/standalone/src/backup/back-up";
import { restore } from "../../apps/standalone/src/backup/restore";
import { withStores, type Stores, type StoresInput } from "../../apps/standalone/src/backup/stores";
import { readConfig } from "../../apps/standalone/src/config";
import { openStateFolder } from "../../apps/standalone/src/stack/state-folder";

const folder = mkdtempSync(join(tmpdir(), "isthmus-backup-"));
// Below the ports that the system gives to whoever asks for any.
const port = 21_400 + (process.pid % 100) * 100;
const console = { step: <T>(_: string, work: () => Promise<T>) => work(), say: () => undefined };
const { organisationId, west, east } = organisation();
const place = (name: string): StoresInput => {
  const config = readConfig(["start"], { ...process.env, ISTHMUS_HOME: join(folder, name), ISTHMUS_PORT: `${port}` });
  return { config, console, folder: openStateFolder(config.home) };
};
const configOf = (name: string) => ({
  config: readConfig(["start"], { ...process.env, ISTHMUS_HOME: join(folder, name), ISTHMUS_PORT: `${port}` }),
  console,
});

async function withDatabase<T>(stores: Stores, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(stores.superuserUrl);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** What each table holds, as one text a table, whatever the order of its rows. */
const contentOf = (stores: Stores): Promise<Readonly<Record<string, string>>> =>
  withDatabase(stores, async (client) => {
    const names = await client.query<{ name: string }>(
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`,
    );
    const contents: Record<string, string> = {};
    for (const { name } of names.rows) {
      // The ledger of evidence is begun anew from what the archive of the evidence holds.
      if (name === "_prisma_migrations" || name.startsWith("evidence_")) continue;
      const { rows } = await client.query<{ all: string | null }>(
        `select string_agg(t::text, E'\\n' order by t::text) as all from public."${name}" t`,
      );
      contents[name] = rows[0]?.all ?? "";
    }
    const sequences = await client.query(`select sequencename, last_value::text from pg_sequences order by 1`);
    return { ...contents, sequences: JSON.stringify(sequences.rows) };
  });

async function evidenceOf({ flows }: Stores): Promise<Readonly<Record<string, unknown>>> {
  const ask = async (sql: string): Promise<unknown> => {
    const headers = { "x-clickhouse-user": flows.user, "x-clickhouse-key": flows.password };
    const answer = await fetch(`${flows.url}/?database=${flows.database}`, { method: "POST", headers, body: sql });
    const text = await answer.text();
    if (!answer.ok) throw new Error(text);
    return text.trim();
  };
  return {
    flows: await ask("SELECT count(), sum(bytes_in), sum(sipHash64(*)) FROM flow"),
    edges: await ask("SELECT sum(flows), sum(bytes_to_dest) FROM edge_minute"),
    hours: await ask("SELECT sum(flows) FROM edge_hour"),
    hits: await ask("SELECT sum(flows) FROM policy_minute"),
    buckets: await ask("SELECT count() FROM evidence_bucket FINAL"),
    gaps: await ask("SELECT toUnixTimestamp(gap_from), cluster_id, reason FROM evidence_gap FINAL ORDER BY ALL"),
  };
}

const batchOf = (clusterId: string, index: number) => ({
  identity: bucket(organisationId, clusterId, { bucketStart: t0 + 15 * index }),
  rows: [flow(workload(clusterId, "checkout"), workload(clusterId, "payment"))],
  receivedAtMs: (t0 + 15 * index + 20) * 1_000,
});
const batches = [...Array(8).keys()].flatMap((index) => [batchOf(west, index), batchOf(east, index)]);

async function seed(input: StoresInput, stores: Stores, flowStore: FlowStore): Promise<void> {
  const ownerUrl = ownerUrlOf({ dataDir: input.folder.postgres, port: port + 10 });
  const migrations = await readMigrations(join(input.config.root, "prisma/migrations"));
  await migrate({ ownerUrl, migrations, appPassword: "for-tests-only" });
  await withDatabase(stores, async (client) => {
    await client.query("insert into organisation (id, name) values ($1, $2)", [organisationId, 'A "name",\n(ö) \\N']);
    await client.query("begin");
    await client.query("select set_config('isthmus.organisation', $1, true)", [organisationId]);
    await insertOneOfEverything(client, organisationId);
    await client.query("commit");
  });
  await migrateFlowStore(stores.flows, { deployment: "embedded" });
  for (const batch of batches) await storeFlows(flowStore, batch);
}

const { incarnation } = batches[0]!.identity;
const knownOf = (stored: readonly (readonly [number, number])[], torn: readonly object[]) => ({
  incarnation,
  stored,
  lost: [],
  torn,
  additions: [],
});

const backup = join(folder, "backup");
let before: {
  readonly database: Readonly<Record<string, string>>;
  readonly evidence: Readonly<Record<string, unknown>>;
};

beforeAll(async () => {
  // Postgres, as an account of its own, must be able to enter.
  chmodSync(folder, 0o755);
  const input = place("home");
  await withStores(input, async (stores) => {
    const flowStore = createFlowStore(stores.flows);
    await seed(input, stores, flowStore);
    before = { database: await contentOf(stores), evidence: await evidenceOf(stores) };
    // This process holds the state folder as a running Isthmus does, so the backup is taken from it while it works.
    let writing = true;
    const writer = withDatabase(stores, async (client) => {
      for (let n = 0; writing; n += 1) {
        await client.query("begin");
        await client.query("update organisation set name = $1 where id = $2", [`later ${n}`, organisationId]);
        await client.query("rollback");
      }
    });
    await backUp({ ...input, to: backup, withKeys: true });
    writing = false;
    await writer;
    // After the moment of the backup:
    await withDatabase(stores, (client) => client.query("update organisation set name = 'after'"));
    await storeFlows(flowStore, batchOf(west, 8));
    await flowStore.close();
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a restored installation", () => {
  it("holds every row of both stores as of the backup, the same keys, and a gap since then", async () => {
    await restore({ ...configOf("restored"), from: backup, keys: undefined });
    const input = place("restored");
    expect(readFileSync(join(input.folder.secrets, "clickhouse-password"), "utf8")).toBe(
      readFileSync(join(folder, "home/secrets/clickhouse-password"), "utf8"),
    );
    await withStores(input, async (stores) => {
      expect(Object.keys(before.database).length).toBeGreaterThan(30);
      expect(await contentOf(stores)).toEqual(before.database);
      const { gaps, ...evidence } = await evidenceOf(stores);
      const { gaps: gapsBefore, ...evidenceBefore } = before.evidence;
      expect(evidence).toEqual(evidenceBefore);
      expect(gapsBefore).toBe("");
      expect(String(gaps).split("\n").toSorted()).toEqual(
        [west, east].toSorted().map((id) => `${t0 + 120}\t${id}\trestored`),
      );

      const ledger = await withDatabase(stores, (client) =>
        client.query(`select from evidence_insert union all select from evidence_progress`),
      );
      expect(ledger.rows).toEqual([]);
      const flowStore = createFlowStore(stores.flows);
      // With this a ledger is begun: what an agent sends again because an acknowledgement was lost is known.
      for (const clusterId of [west, east]) {
        expect(await flowStore.knownBuckets({ organisationId, clusterId })).toEqual([knownOf([[t0, t0 + 120]], [])]);
      }
      // What it still held:
      await storeFlows(flowStore, batchOf(west, 8));
      const nowMs = (t0 + 180) * 1_000;
      const [judged] = await flowStore.completeness(
        { organisationId, places: "all" },
        {
          clusters: [{ clusterId: west, joinedAtMs: t0 * 1_000 }],
          range: { fromMs: t0 * 1_000, toMs: nowMs },
          nowMs,
          settleMs: 0,
          answeredFrom: ["flows"],
        },
      );
      expect(judged).toMatchObject({ expected: 12, durable: 9 });
      expect(new Set(judged?.incomplete.flatMap(({ reasons }) => reasons))).toEqual(new Set(["restored"]));
      await flowStore.close();

      // The application's role and its row-level security are as they were.
      const migrations = await readMigrations(join(input.config.root, "prisma/migrations"));
      const ownerUrl = ownerUrlOf({ dataDir: input.folder.postgres, port: port + 10 });
      expect(await migrate({ ownerUrl, migrations, appPassword: "another" })).toEqual([]);
      const app = new Client(`postgres://isthmus_app:another@127.0.0.1:${port + 10}/isthmus`);
      await app.connect();
      await expect(app.query("select count(*)::int as n from cluster")).resolves.toMatchObject({ rows: [{ n: 0 }] });
      await app.end();
    });
  });

  it("knows of a bucket whose flows are there and whose mark is not yet, so that what comes again is compared with them", async () => {
    const input = place("home");
    const torn = join(folder, "torn");
    await withStores(input, async (stores) => {
      const headers = { "x-clickhouse-user": stores.flows.user, "x-clickhouse-key": stores.flows.password };
      const body = `ALTER TABLE isthmus.evidence_bucket DELETE WHERE bucket = ${t0 + 30} SETTINGS mutations_sync = 2`;
      expect((await fetch(stores.flows.url, { method: "POST", headers, body })).status).toBe(200);
      await backUp({ ...input, to: torn, withKeys: false });
    });
    await restore({ ...configOf("mended"), from: torn, keys: input.folder.secrets });
    await withStores(place("mended"), async (stores) => {
      const flowStore = createFlowStore(stores.flows);
      const known = knownOf([[t0 + 45, t0 + 120], [t0, t0 + 30]], [{ bucket: t0 + 30, parts: 0, stored: [] }]); // prettier-ignore
      expect(await flowStore.knownBuckets({ organisationId, clusterId: east })).toEqual([known]);
      const stored = await flowStore.storedFlows({ organisationId, clusterId: east, incarnation, bucket: t0 + 30 });
      expect(stored.sums.size).toBe(1);
      await flowStore.close();
    });
  });
});

describe("a restore is refused, and leaves nothing behind,", () => {
  const copy = (name: string) => {
    const to = join(folder, name);
    cpSync(backup, to, { recursive: true });
    return to;
  };
  const refused = async (from: string): Promise<string> => {
    const home = `refused-${from.slice(folder.length + 1)}`;
    const why = await restore({ ...configOf(home), from, keys: undefined }).then(
      () => "restored",
      (error: unknown) => String(error),
    );
    expect(existsSync(join(folder, home))).toBe(false);
    return why;
  };

  it("where something is there already", async () => {
    await expect(restore({ ...configOf("home"), from: backup, keys: undefined })).rejects.toThrow(/is not empty/);
    await expect(backUp({ ...place("home"), to: backup, withKeys: true })).rejects.toThrow(/exists: name a folder/);
    const unmounted = join(folder, "disk/backup");
    await expect(backUp({ ...place("home"), to: unmounted, withKeys: true })).rejects.toThrow(
      /disk is not there: make/,
    );
  });

  it("where a file is missing or altered", async () => {
    const altered = copy("altered");
    const file = join(altered, "postgres/cluster.jsonl.gz");
    const bytes = readFileSync(file);
    bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
    writeFileSync(file, bytes);
    expect(await refused(altered)).toMatch(/damaged: .*cluster\.jsonl\.gz/);
    const cut = copy("cut");
    rmSync(join(cut, "clickhouse.tar"));
    expect(await refused(cut)).toMatch(/not whole: .*clickhouse\.tar is missing/);
    expect(await refused(join(folder, "home"))).toMatch(/is no backup/);
    const short = copy("short");
    truncateSync(join(short, "manifest.json"), 1_000);
    expect(await refused(short)).toMatch(/damaged: .*manifest\.json/);
  });

  it("where its keys are elsewhere and not named", async () => {
    const without = copy("without");
    const manifest = JSON.parse(readFileSync(join(without, "manifest.json"), "utf8")) as object;
    writeFileSync(join(without, "manifest.json"), JSON.stringify({ ...manifest, keys: [] }));
    expect(await refused(without)).toMatch(/without its keys: name the folder/);
  });

  it("where it is of a newer version", async () => {
    const newer = copy("newer");
    const manifest = JSON.parse(readFileSync(join(newer, "manifest.json"), "utf8")) as {
      database: { migrations: object[] };
    };
    manifest.database.migrations.push({ name: "9999_future", checksum: "0" });
    writeFileSync(join(newer, "manifest.json"), JSON.stringify(manifest));
    expect(await refused(newer)).toMatch(/newer version, with the migration `9999_future`/);
  });
});
