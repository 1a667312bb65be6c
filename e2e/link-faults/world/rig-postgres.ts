import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "@isthmus/db/embedded-postgres";
import { migrate, readMigrations } from "@isthmus/db/migrate";
import { familyOf } from "./file-limit";

const appPassword = "for-tests-only";
const migrationsFolder = join(import.meta.dirname, "../../../prisma/migrations");

/** A Postgres that keeps what it has committed through every fault. */
export interface RigPostgres {
  readonly port: number;
  /** As the role isthmus_app, at another port of this machine. */
  appUrlAt(port: number): string;
  readonly superuserUrl: string;
  /** The server and its backends. */
  pids(): Promise<readonly number[]>;
  /** Whether the server has ended. */
  isDown(): boolean;
  /** Ends the server: at once, or asking clients to leave (SIGTERM's smart end would wait for them; this is its fast one). */
  down(signal: "SIGKILL" | "SIGTERM"): Promise<void>;
  up(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts it in a temporary folder, with all migrations. */
export async function startRigPostgres(): Promise<RigPostgres> {
  const dataDir = await mkdtemp(join(tmpdir(), "isthmus-rig-db-"));
  await chmod(dataDir, 0o755);
  let running: EmbeddedPostgres = await startEmbeddedPostgres({ dataDir, port: 0 });
  let isDown = false;
  const watch = (server: EmbeddedPostgres): void =>
    void server.exited.then(() => {
      if (running === server) isDown = true;
    });
  watch(running);
  const { ownerUrl, superuserUrl, port } = running;
  await migrate({ ownerUrl, migrations: await readMigrations(migrationsFolder), appPassword });
  const appUrl = running.appUrl(appPassword);
  // A run that is cut short must not leave a server behind.
  const endWithThis = (): void => void (isDown || process.kill(running.pid, "SIGQUIT"));
  process.once("exit", endWithThis);
  return {
    port,
    superuserUrl,
    appUrlAt: (at) => appUrl.replace(`:${port}/`, `:${at}/`),
    pids: () => (isDown ? Promise.resolve([]) : familyOf(running.pid)),
    isDown: () => isDown,
    down: async (signal) => {
      if (signal === "SIGTERM") return await running.stop();
      if (!isDown) process.kill(running.pid, "SIGKILL");
      await running.exited;
    },
    up: async () => {
      if (!isDown) return;
      running = await startEmbeddedPostgres({ dataDir, port });
      isDown = false;
      watch(running);
    },
    stop: async () => {
      process.removeListener("exit", endWithThis);
      await running.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
