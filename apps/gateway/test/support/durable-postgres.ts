import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres } from "@isthmus/db/embedded-postgres";
import { migrate, readMigrations } from "@isthmus/db/migrate";
import type { TestDatabase } from "@isthmus/db/testing";

const appPassword = "for-tests-only";

/** A Postgres that keeps what it committed through a SIGKILL, and can be started again in its place. */
export interface DurablePostgres extends TestDatabase {
  /** Kills it with SIGKILL. */
  kill(): void;
  /** Starts it again on the same data and port. */
  restart(): Promise<void>;
}

/** Starts Postgres with all migrations applied; the tests' usual one trades durability for speed. */
export async function startDurablePostgres(): Promise<DurablePostgres> {
  const dataDir = await mkdtemp(join(tmpdir(), "isthmus-durable-"));
  await chmod(dataDir, 0o755);
  let running = await startEmbeddedPostgres({ dataDir, port: 0 });
  const { ownerUrl, superuserUrl, port, pid } = running;
  const migrations = await readMigrations(join(import.meta.dirname, "../../../../prisma/migrations"));
  await migrate({ ownerUrl, migrations, appPassword });
  return {
    appUrl: running.appUrl(appPassword),
    ownerUrl,
    superuserUrl,
    pid,
    port,
    dataDir,
    kill: () => process.kill(running.pid, "SIGKILL"),
    restart: async () => {
      running = await startEmbeddedPostgres({ dataDir, port });
    },
    stop: async () => {
      await running.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
