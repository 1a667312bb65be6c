import { Client } from "pg";

/** Holds named locks for as long as its one connection lives: at most one process holds each. */
export interface JobLeader {
  /** True where this process holds the lock after the call, which also says that it still lives. */
  tryHold(name: string): Promise<boolean>;
  close(): Promise<void>;
}

/** A leader that has said nothing for this long is frozen or cut off: Postgres ends its connection, and with it its locks. */
const LEADER_SILENT_MS = 20_000;

/**
 * Makes a leader with a connection of its own, opened when first needed. When the process dies or the connection is
 * lost, Postgres frees its locks at once, and after `silentMs` where it only falls silent; what a lock guards must be safe
 * for the moment in which two believe they hold it.
 */
export function createJobLeader(
  url: string,
  { silentMs = LEADER_SILENT_MS }: { readonly silentMs?: number } = {},
): JobLeader {
  let connection: Promise<Client> | undefined;
  let held = new Set<string>();
  const forget = (): void => {
    connection = undefined;
    held = new Set();
  };
  const connect = async (): Promise<Client> => {
    const client = new Client({
      connectionString: url,
      application_name: "isthmus-jobs",
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
    });
    client.on("error", forget);
    client.on("end", forget);
    await client.connect();
    await client.query("select set_config('idle_session_timeout', $1, false)", [`${silentMs}`]);
    return client;
  };
  return {
    tryHold: async (name) => {
      connection ??= connect();
      try {
        const client = await connection;
        if (held.has(name)) {
          await client.query("select 1");
          return held.has(name);
        }
        const { rows } = await client.query<{ held: boolean }>(
          "select pg_try_advisory_lock(hashtextextended($1, 1)) as held",
          [name],
        );
        if (rows[0]?.held === true) held.add(name);
        return held.has(name);
      } catch (error) {
        forget();
        throw error;
      }
    },
    close: async () => {
      const open = connection;
      forget();
      await (await open?.catch(() => undefined))?.end().catch(() => undefined);
    },
  };
}
