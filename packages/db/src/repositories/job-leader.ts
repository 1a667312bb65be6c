import { Client } from "pg";

/** Holds named locks for as long as its one connection lives: at most one process holds each. */
export interface JobLeader {
  /** True where this process holds the lock after the call. */
  tryHold(name: string): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Makes a leader with a connection of its own, opened when first needed. When the process dies or the connection is
 * lost, Postgres frees its locks at once; what a lock guards must be safe for the moment in which two believe they
 * hold it.
 */
export function createJobLeader(url: string): JobLeader {
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
    return client;
  };
  return {
    tryHold: async (name) => {
      if (held.has(name)) return true;
      connection ??= connect();
      try {
        const client = await connection;
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
