import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "@isthmus/db/embedded-postgres";
import { openLogFile } from "../supervise/log-file";
import type { StackInput } from "./stack-input";

/** An embedded Postgres that is started again whenever it ends before stop is called. */
export interface SupervisedPostgres {
  readonly ownerUrl: string;
  appUrl(password: string): string;
  stop(): Promise<void>;
}

const RETRY_MS = 1_000;

/** Starts Postgres and keeps it running; a server that ended recovers by itself at its next start. */
export async function supervisePostgres({ folder, ports, console }: StackInput): Promise<SupervisedPostgres> {
  const log = openLogFile(join(folder.logs, "postgres.log"));
  const start = () =>
    startEmbeddedPostgres({ dataDir: folder.postgres, port: ports.postgres, onLog: (line) => log.write(`${line}\n`) });
  let stopping = false;
  let current = await start();
  let starting: Promise<unknown> = Promise.resolve();

  const follow = (postgres: EmbeddedPostgres): void => {
    void postgres.exited.then(({ code, signal }) => {
      if (stopping) return;
      console.say(
        `  ! postgres ended (${signal ?? `code ${code}`}) and is started again; its log: ${join(folder.logs, "postgres.log")}`,
      );
      starting = restart();
    });
  };
  const restart = async (): Promise<void> => {
    try {
      current = await start();
      follow(current);
    } catch (error) {
      log.write(`${String(error)}\n`);
      await sleep(RETRY_MS);
      if (!stopping) await restart();
    }
  };
  follow(current);
  return {
    ownerUrl: current.ownerUrl,
    appUrl: (password) => current.appUrl(password),
    async stop() {
      stopping = true;
      await starting;
      await current.stop();
      log.close();
    },
  };
}
