import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startEmbeddedPostgres } from "./embedded-postgres";
import { findMigrations } from "./migrate/config";
import { migrate, readMigrations } from "./migrate/index";

export { insertOneOfEverything } from "./one-of-everything";

/** A Postgres of a test's own, with all migrations applied. */
export interface TestDatabase {
  /** As the role isthmus_app: what web and gateway have. */
  readonly appUrl: string;
  /** As the role isthmus_owner. */
  readonly ownerUrl: string;
  /** Past every row-level security: what a copy of the database shows. */
  readonly superuserUrl: string;
  readonly pid: number;
  readonly port: number;
  readonly dataDir: string;
  /** Stops it and removes its folder. */
  stop(): Promise<void>;
}

const appPassword = "for-tests-only";

/** Starts Postgres in a new temporary folder on a free port and applies the migrations. Takes about two seconds. */
export async function startTestDatabase(): Promise<TestDatabase> {
  const dataDir = await mkdtemp(join(tmpdir(), "isthmus-db-"));
  await chmod(dataDir, 0o755);
  const postgres = await startEmbeddedPostgres({ dataDir, port: 0, volatile: true });
  // A test run that is cut short must not leave a server behind.
  const endWithThis = () => process.kill(postgres.pid, "SIGQUIT");
  process.once("exit", endWithThis);
  const stop = async () => {
    process.removeListener("exit", endWithThis);
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const migrations = await readMigrations(findMigrations(dirname(fileURLToPath(import.meta.url))));
    await migrate({ ownerUrl: postgres.ownerUrl, migrations, appPassword });
  } catch (error) {
    await stop();
    throw error;
  }
  const { ownerUrl, superuserUrl, pid, port } = postgres;
  return { appUrl: postgres.appUrl(appPassword), ownerUrl, superuserUrl, pid, port, dataDir, stop };
}
