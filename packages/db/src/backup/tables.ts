import type { Client } from "pg";

/** One table of a backup. */
export interface TableDump {
  readonly name: string;
  /** Those that are stored, not worked out, in the order in which they are written back. */
  readonly columns: readonly string[];
  readonly rows: number;
  /** Of the file `<name>.jsonl.gz`, hex. */
  readonly sha256: string;
}

/** What lies beside the tables' files. */
export interface DatabaseDump {
  readonly migrations: readonly { readonly name: string; readonly checksum: string }[];
  readonly tables: readonly TableDump[];
  /** Where each sequence stands; null where it was never used. */
  readonly sequences: readonly { readonly name: string; readonly last: string | null }[];
}

/** The rows of `_prisma_migrations` say what made the schema, and are made again with it. */
const bookkeeping = "_prisma_migrations";

/** Every table that holds something, with its stored columns. */
export async function listTables(
  client: Client,
): Promise<readonly { readonly name: string; readonly columns: readonly string[] }[]> {
  const { rows } = await client.query<{ name: string; columns: string[] }>(
    `select c.relname as name,
            array_agg(a.attname::text order by a.attnum) filter (where a.attgenerated = '') as columns
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
       and c.relname <> $1
     group by c.relname order by c.relname`,
    [bookkeeping],
  );
  return rows;
}

/** A name as SQL text. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
