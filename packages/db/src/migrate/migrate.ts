import { randomUUID } from "node:crypto";
import { Client } from "pg";
import { lockTables } from "./lock-tables";
import { MigrationError, planMigrations, type AppliedMigration, type Migration } from "./migrations";

/** What `migrate` needs. */
export interface MigrateOptions {
  /** A role that owns the database and may create roles. */
  readonly ownerUrl: string;
  readonly migrations: readonly Migration[];
  /** Set as the password of isthmus_app where given. */
  readonly appPassword?: string;
  readonly onApplied?: (migration: Migration, durationMs: number) => void;
}

// Any number that nobody else uses; Prisma's own CLI takes 72707369, and holding the same keeps the two apart.
const advisoryLock = 72_707_369;

const bookkeeping = `
  create table if not exists _prisma_migrations (
    id varchar(36) primary key not null,
    checksum varchar(64) not null,
    finished_at timestamptz,
    migration_name varchar(255) not null,
    logs text,
    rolled_back_at timestamptz,
    started_at timestamptz not null default now(),
    applied_steps_count integer not null default 0
  )`;

/** Applies what is pending, each migration in a transaction of its own, and returns the names of those applied. */
export async function migrate(options: MigrateOptions): Promise<readonly string[]> {
  const client = new Client({
    connectionString: options.ownerUrl,
    application_name: "isthmus-migrate",
    connectionTimeoutMillis: 10_000,
  });
  await client.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [advisoryLock]);
    await client.query(bookkeeping);
    const pending = planMigrations(options.migrations, await readApplied(client));
    for (const migration of pending) await apply(client, migration, options.onApplied);
    if (options.appPassword !== undefined) await setAppPassword(client, options.appPassword);
    return pending.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

async function readApplied(client: Client): Promise<readonly AppliedMigration[]> {
  const { rows } = await client.query<AppliedMigration>(
    `select migration_name as name, checksum, finished_at is not null as finished,
            rolled_back_at is not null as "rolledBack"
     from _prisma_migrations order by started_at`,
  );
  return rows;
}

async function apply(client: Client, migration: Migration, onApplied: MigrateOptions["onApplied"]): Promise<void> {
  const startedAt = performance.now();
  await lockTables(client);
  try {
    await client.query(migration.sql);
    await client.query(
      `insert into _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       values ($1, $2, $3, now(), clock_timestamp(), 1)`,
      [randomUUID(), migration.checksum, migration.name],
    );
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    throw new MigrationError(`migration \`${migration.name}\` failed and was undone: ${describe(error)}`, {
      cause: error,
    });
  }
  onApplied?.(migration, performance.now() - startedAt);
}

async function setAppPassword(client: Client, password: string): Promise<void> {
  // ALTER ROLE takes no parameters; the literal is quoted by Postgres itself.
  const { rows } = await client.query<{ literal: string }>("select quote_literal($1) as literal", [password]);
  await client.query(`alter role isthmus_app password ${rows[0]?.literal ?? "null"}`);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { position, where } = error as Error & { readonly position?: string; readonly where?: string };
  return [error.message, position && `at character ${position}`, where].filter(Boolean).join("; ");
}
