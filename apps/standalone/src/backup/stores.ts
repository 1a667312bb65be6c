import { superuserUrlOf } from "@isthmus/db/embedded-postgres";
import type { StandaloneConfig } from "../config";
import type { Console } from "../console";
import { findTakenPorts, portsFor } from "../stack/ports";
import { clickhouseProcess } from "../stack/processes";
import { openSecrets, type Secrets, type StateFolder } from "../stack/state-folder";
import { supervisePostgres } from "../stack/supervised-postgres";
import { endOrphans, findRunningSupervisor, openPidFile } from "../supervise/pid-file";
import { superviseProcess } from "../supervise/supervised-process";

/** Both stores, running. */
export interface Stores {
  readonly superuserUrl: string;
  readonly flows: { readonly url: string; readonly user: string; readonly password: string; readonly database: string };
}

/** What the stores are started from. */
export interface StoresInput {
  readonly config: StandaloneConfig;
  readonly folder: StateFolder;
  readonly console: Console;
}

/** Works with the stores of a state folder: with those of the Isthmus that runs from it, else with some of its own. */
export async function withStores<T>(input: StoresInput, work: (stores: Stores) => Promise<T>): Promise<T> {
  const secrets = openSecrets(input.folder);
  if (findRunningSupervisor(input.folder.run) !== null) return await work(storesOf(input, secrets));
  return await withOwnStores(input, secrets, work);
}

function storesOf({ config, folder }: StoresInput, { clickhousePassword }: Secrets): Stores {
  const ports = portsFor(config.port);
  return {
    superuserUrl: superuserUrlOf({ dataDir: folder.postgres, port: ports.postgres }),
    flows: {
      url: `http://127.0.0.1:${ports.clickhouse}`,
      user: "isthmus",
      password: clickhousePassword,
      database: "isthmus",
    },
  };
}

async function withOwnStores<T>(
  input: StoresInput,
  secrets: Secrets,
  work: (stores: Stores) => Promise<T>,
): Promise<T> {
  const { config, folder, console } = input;
  const ports = portsFor(config.port);
  await endOrphans(folder.run);
  const taken = await findTakenPorts(ports, false);
  if (taken.length > 0) throw new Error(taken.join("\n"));
  const pids = openPidFile(folder.run, (error) => console.say(`  ! ${error.message}`));
  try {
    const postgres = await supervisePostgres({ config, folder, secrets, ports, pids, console });
    try {
      const settings = { config, folder, secrets, ports, databaseUrl: "" };
      const clickhouse = superviseProcess(clickhouseProcess(settings), pids);
      try {
        await clickhouse.ready(60_000);
        return await work(storesOf(input, secrets));
      } finally {
        await clickhouse.stop(60_000);
      }
    } finally {
      await postgres.stop();
    }
  } finally {
    pids.clear();
  }
}
