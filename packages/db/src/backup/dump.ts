import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { Client } from "pg";
import { rowLine } from "./row-line";
import { listTables, quoted, type DatabaseDump, type TableDump } from "./tables";

const pageRows = 2_000;

/**
 * Writes every row of the database into `folder`, as of one moment, while others go on reading and writing. A row is what
 * Postgres prints for it, one JSON string a line, so that it is read back by the types that printed it.
 * `superuserUrl`: a role that no row-level security binds.
 */
export async function dumpDatabase(superuserUrl: string, folder: string): Promise<DatabaseDump> {
  await mkdir(folder, { recursive: true });
  const client = new Client({ connectionString: superuserUrl, application_name: "isthmus-backup" });
  await client.connect();
  try {
    const tables: TableDump[] = [];
    for (const table of await beginWithTables(client)) tables.push(await dumpTable(client, table, folder));
    const migrations = await client.query<DatabaseDump["migrations"][number]>(
      `select migration_name as name, checksum from _prisma_migrations
       where finished_at is not null and rolled_back_at is null order by migration_name`,
    );
    const sequences = await client.query<DatabaseDump["sequences"][number]>(
      `select sequencename as name, last_value::text as last from pg_sequences where schemaname = 'public' order by 1`,
    );
    await client.query("commit");
    return { migrations: migrations.rows, tables, sequences: sequences.rows };
  } finally {
    await client.end();
  }
}

/**
 * Begins, with every table held as it is: an upgrade waits until the dump is done. Locks come before anything is read,
 * since what is read first fixes the moment that is dumped.
 */
async function beginWithTables(client: Client): ReturnType<typeof listTables> {
  const before = (await listTables(client)).map(({ name }) => `public.${quoted(name)}`);
  await client.query("begin isolation level repeatable read read only");
  if (before.length > 0) await client.query(`lock table ${before.join(", ")} in access share mode`);
  const tables = await listTables(client);
  const now = tables.map(({ name }) => `public.${quoted(name)}`);
  if (now.join() !== before.join())
    throw new Error("the database is being upgraded: back it up again when that is done");
  return tables;
}

async function dumpTable(
  client: Client,
  { name, columns }: { readonly name: string; readonly columns: readonly string[] },
  folder: string,
): Promise<TableDump> {
  await client.query(`declare dumped no scroll cursor for select t::text as row from public.${quoted(name)} t`);
  let rows = 0;
  async function* lines(): AsyncGenerator<string> {
    for (;;) {
      const page = await client.query<{ row: string }>(`fetch ${pageRows} from dumped`);
      if (page.rows.length === 0) return;
      rows += page.rows.length;
      yield page.rows.map(({ row }) => rowLine(row)).join("");
    }
  }
  const file = join(folder, `${name}.jsonl.gz`);
  await pipeline(Readable.from(lines()), createGzip({ level: 6 }), createWriteStream(file, { mode: 0o600 }));
  await client.query("close dumped");
  return { name, columns, rows, sha256: await sha256OfFile(file) };
}

/** The SHA-256 of a file, hex. */
export async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
