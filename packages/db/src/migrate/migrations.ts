import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** A migration as it lies in prisma/migrations. */
export interface Migration {
  /** The folder's name: "0001_init". */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file, hex: what Prisma's own CLI records. */
  readonly checksum: string;
}

/** A row of `_prisma_migrations`. */
export interface AppliedMigration {
  readonly name: string;
  readonly checksum: string;
  readonly finished: boolean;
  readonly rolledBack: boolean;
}

/** The migrations cannot go on; the message says why and what to do. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
}

/** Reads a folder of migrations in their order. */
export async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return await Promise.all(names.toSorted().map((name) => readMigration(folder, name)));
}

async function readMigration(folder: string, name: string): Promise<Migration> {
  const content = await readFile(join(folder, name, "migration.sql"));
  return { name, sql: content.toString("utf8"), checksum: createHash("sha256").update(content).digest("hex") };
}

/** Which migrations are still to be applied; throws where history and folder contradict each other. */
export function planMigrations(
  migrations: readonly Migration[],
  applied: readonly AppliedMigration[],
): readonly Migration[] {
  const inForce = applied.filter((row) => !row.rolledBack);
  for (const row of inForce) checkApplied(row, migrations);
  const done = new Set(inForce.map((row) => row.name));
  const pending = migrations.filter((migration) => !done.has(migration.name));
  const newest =
    inForce
      .map((row) => row.name)
      .toSorted()
      .at(-1) ?? "";
  const late = pending.find((migration) => migration.name < newest);
  if (late) {
    throw new MigrationError(
      `migration \`${late.name}\` sorts before \`${newest}\`, which is already applied; give it a later name`,
    );
  }
  return pending;
}

function checkApplied(row: AppliedMigration, migrations: readonly Migration[]): void {
  if (!row.finished) {
    throw new MigrationError(
      `migration \`${row.name}\` was begun by another tool and never finished; ` +
        `finish or undo it by hand, then mark its row in _prisma_migrations as rolled back`,
    );
  }
  const migration = migrations.find(({ name }) => name === row.name);
  if (!migration) {
    throw new MigrationError(
      `the database has migration \`${row.name}\`, which this version does not know; ` +
        `it was made by a newer version of Isthmus: start that version, or restore the backup from before it`,
    );
  }
  if (migration.checksum !== row.checksum) {
    throw new MigrationError(
      `migration \`${row.name}\` was edited after it was applied ` +
        `(applied ${row.checksum.slice(0, 12)}, now ${migration.checksum.slice(0, 12)}); ` +
        `restore the file and put the change into a new migration`,
    );
  }
}
