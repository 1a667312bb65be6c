import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import { Client } from "pg";
import { migrate } from "../migrate/migrate";
import { readMigrations, type Migration } from "../migrate/migrations";
import { listTables, quoted, type DatabaseDump, type TableDump } from "./tables";

/** Where a dump goes, and the migrations of this version. */
export interface LoadOptions {
  readonly superuserUrl: string;
  readonly ownerUrl: string;
  readonly migrationsFolder: string;
  readonly folder: string;
}

/** Why a dump cannot be read back; the message says what to do. */
export class RestoreError extends Error {
  override readonly name = "RestoreError";
}

const pageRows = 1_000;

/**
 * Fills an empty database with a dump: makes the schema that it was taken from by the very migrations that made it, then
 * puts every row back in one transaction. What this version has beyond them is migrated at the next start.
 */
export async function loadDatabase(dump: DatabaseDump, options: LoadOptions): Promise<void> {
  const migrations = await findMigrationsOf(dump, options.migrationsFolder);
  const client = new Client({ connectionString: options.superuserUrl, application_name: "isthmus-restore" });
  await client.connect();
  try {
    if ((await listTables(client)).length > 0) {
      throw new RestoreError("the database holds something already: restore into a new state folder");
    }
    await migrate({ ownerUrl: options.ownerUrl, migrations });
    await requireTables(client, dump);
    await client.query("begin");
    // Neither triggers nor foreign keys: the rows held to both when they were written.
    await client.query("set local session_replication_role = replica");
    for (const table of dump.tables) {
      await emptyOfSeeds(client, table);
      await loadTable(client, table, options.folder);
    }
    // What of the evidence is stored is read again from the evidence itself, whose archive is of another moment.
    for (const { name } of dump.tables.filter(({ name }) => name.startsWith("evidence_")))
      await client.query(`delete from public.${quoted(name)}`);
    for (const { name, last } of dump.sequences) {
      if (last !== null) await client.query("select setval($1::regclass, $2::bigint, true)", [quoted(name), last]);
    }
    await client.query("commit");
    await client.query("analyze");
  } finally {
    await client.end();
  }
}

/** The migrations that made a dump's schema, of those in `folder`; throws where this version does not have them. */
export async function findMigrationsOf({ migrations }: DatabaseDump, folder: string): Promise<readonly Migration[]> {
  const known = await readMigrations(folder);
  return migrations.map(({ name, checksum }) => {
    const found = known.find((each) => each.name === name);
    if (found?.checksum === checksum) return found;
    throw new RestoreError(
      found === undefined
        ? `the backup is of a newer version, with the migration \`${name}\`: restore it with that version`
        : `the migration \`${name}\` is another one than when the backup was made: restore it with the version that made it`,
    );
  });
}

async function requireTables(client: Client, dump: DatabaseDump): Promise<void> {
  const made = JSON.stringify(await listTables(client));
  const wanted = JSON.stringify(dump.tables.map(({ name, columns }) => ({ name, columns })));
  if (made !== wanted) throw new RestoreError("the tables of the backup are not those that its migrations make");
}

/** Migrations put rows of their own into some tables; those that only grow have none, and could not be emptied. */
async function emptyOfSeeds(client: Client, { name }: TableDump): Promise<void> {
  const { rows } = await client.query(`select from public.${quoted(name)} limit 1`);
  if (rows.length > 0) await client.query(`delete from public.${quoted(name)}`);
}

async function loadTable(client: Client, { name, columns, rows }: TableDump, folder: string): Promise<void> {
  const list = columns.map(quoted);
  const sql = `insert into public.${quoted(name)} (${list.join(", ")}) overriding system value
    select ${list.map((column) => `(r).${column}`).join(", ")}
    from (select x::public.${quoted(name)} as r from unnest($1::text[]) as x offset 0) as rows`;
  let page: string[] = [];
  let loaded = 0;
  const flush = async () => {
    if (page.length > 0) await client.query(sql, [page]);
    loaded += page.length;
    page = [];
  };
  const text = createReadStream(join(folder, `${name}.jsonl.gz`)).pipe(createGunzip());
  for await (const line of createInterface({ input: text })) {
    page.push(JSON.parse(line) as string);
    if (page.length === pageRows) await flush();
  }
  await flush();
  if (loaded !== rows) throw new RestoreError(`${name} has ${loaded} rows where the backup says ${rows}`);
}
