import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import { MigrationError } from "./migrations";

/** Less than the second after which Postgres looks for deadlocks and ends one of those who wait. */
const LOCK_MS = 700;
const ATTEMPTS = 300;
const PAUSE_MS = 200;
const CANCELLED = "57014";

/**
 * Begins a transaction that holds every table. A migration that took its locks one by one while others work could
 * deadlock with one of them, and Postgres might end theirs: so all are taken before anything is done, and given back
 * where that takes so long that somebody who waits for one of them could be taken for deadlocked.
 */
export async function lockTables(client: Client): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    await client.query("begin");
    try {
      await client.query(`set local statement_timeout = ${LOCK_MS}`);
      await client.query(`do $$
        declare all_tables text;
        begin
          select string_agg(format('%I', tablename), ', ' order by tablename) into all_tables
          from pg_tables where schemaname = 'public' and tablename <> '_prisma_migrations';
          if all_tables is not null then
            execute 'lock table ' || all_tables || ' in access exclusive mode';
          end if;
        end $$`);
      await client.query("set local statement_timeout = 0");
      return;
    } catch (error) {
      await client.query("rollback");
      if (!(error instanceof Error && "code" in error && error.code === CANCELLED)) throw error;
      await sleep(PAUSE_MS);
    }
  }
  throw new MigrationError(
    "the tables were in use all the time: something holds them longer than a moment; end long transactions, or stop web and gateways for this upgrade",
  );
}
