import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Client } from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { dumpDatabase } from "../src/backup";
import { startTestDatabase, type TestDatabase } from "../src/testing";

let server: TestDatabase;
let folder: string;
const clients: Client[] = [];

async function connected(): Promise<Client> {
  const client = new Client({ connectionString: server.superuserUrl });
  await client.connect();
  clients.push(client);
  return client;
}

/** Until a dump stands before the locked table. */
async function somebodyWaits(watching: Client): Promise<void> {
  const sql = "select from pg_locks where not granted and relation = 'public.zebra'::regclass";
  while ((await watching.query(sql)).rowCount === 0) await new Promise((resolve) => setImmediate(resolve));
}

beforeAll(async () => {
  server = await startTestDatabase();
  folder = await mkdtemp(join(tmpdir(), "isthmus-dump-"));
});
afterAll(async () => {
  for (const client of clients) await client.end();
  await server.stop();
  await rm(folder, { recursive: true });
});

it("a dump that meets an upgrade says the columns that its rows have", async () => {
  const [upgrade, watching] = [await connected(), await connected()];
  await upgrade.query("create table public.zebra (id integer); insert into public.zebra values (1)");
  await upgrade.query("begin");
  await upgrade.query("lock table public.zebra in access exclusive mode");
  const dumping = dumpDatabase(server.superuserUrl, join(folder, "dump"));
  await somebodyWaits(watching);
  await upgrade.query("alter table public.zebra add column stripes integer not null default 7");
  await upgrade.query("commit");
  const { tables } = await dumping;
  const zebra = tables.find(({ name }) => name === "zebra");
  const text = gunzipSync(await readFile(join(folder, "dump", "zebra.jsonl.gz"))).toString();
  expect([zebra?.columns, text]).toEqual([["id", "stripes"], '"(1,7)"\n']);
});

it("a dump during which tables appear is given up, and says to try again", async () => {
  const [upgrade, watching] = [await connected(), await connected()];
  await upgrade.query("begin");
  await upgrade.query("lock table public.zebra in access exclusive mode");
  const ending = dumpDatabase(server.superuserUrl, join(folder, "other")).then(() => "made", String);
  await somebodyWaits(watching);
  await upgrade.query("create table public.zebu (id integer)");
  await upgrade.query("commit");
  expect(await ending).toContain("being upgraded");
});
