import { setTimeout as delay } from "node:timers/promises";
import { Session } from "chdb";
import { literal, readRowInsert, readSql, RefusedSql } from "./sql-text";
import { SessionPool, type PooledSession } from "./session-pool";

/** One statement with what its text needs. */
export interface EngineRequest {
  readonly id: string;
  readonly sql: string;
  /** Rows of an insert; empty otherwise. */
  readonly body: Buffer;
  readonly database: string | undefined;
  readonly settings: Readonly<Record<string, string>>;
  /** As the HTTP interface takes them: escaped like a value of TabSeparated. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** What a statement gave. */
export interface EngineResult {
  readonly bytes: Uint8Array;
  readonly rowsRead: number;
  readonly rowsWritten: number;
}

/** The engine: one writer, a few readers and a session to stop them with, all on one data directory. */
export interface Engine {
  run(request: EngineRequest, signal: AbortSignal): Promise<EngineResult>;
  /** Stops what runs, waits for it and closes the data directory. */
  close(): Promise<void>;
}

/** Where the engine keeps its data, and its configuration file. */
export interface EngineOptions {
  readonly dataFolder: string;
  readonly configFile: string;
  readonly readers: number;
}

// Limits of every request that does not set its own.
const limits: Readonly<Record<string, string>> = {
  max_execution_time: "60",
  max_memory_usage: "700000000",
  max_result_bytes: "200000000",
  max_threads: "2",
};
// Long lists of places are longer than what the engine takes for one statement (256 KiB) unless it is told.
const longSet = 200_000;
const roomFor = (assignments: readonly string[]): readonly string[] => {
  const length = assignments.reduce((sum, { length: each }) => sum + each, 0);
  return length < longSet ? [] : [`SET max_query_size = ${4 * length}`];
};
const identifier = /^[A-Za-z_]\w*$/;

/** Opens the data directory; throws where another process has it. */
export function openEngine({ dataFolder, configFile, readers }: EngineOptions): Engine {
  const open = () => new Session(dataFolder, { connectionArgs: [`--config-file=${configFile}`] });
  const writers = new SessionPool(open, 1);
  const reading = new SessionPool(open, readers);
  const control = open();
  const running = new Set<string>();
  /** A KILL before the query has begun finds nothing, so it is repeated until the request is over. */
  const stop = async (id: string) => {
    for (; running.has(id); await delay(100)) {
      await control
        .queryAsync(`KILL QUERY WHERE query LIKE ${literal(`%${marker(id)}%`)} ASYNC`)
        .catch(() => undefined);
    }
  };
  return {
    run: async (request, signal) => {
      const prepared = prepare(request);
      const pool = prepared.reads ? reading : writers;
      const pooled = await pool.acquire(signal);
      running.add(request.id);
      const stopThis = () => void stop(request.id);
      signal.addEventListener("abort", stopThis, { once: true });
      try {
        return await runOn(pooled, prepared, request);
      } finally {
        running.delete(request.id);
        signal.removeEventListener("abort", stopThis);
        pool.release(pooled);
      }
    },
    close: async () => {
      writers.refuse();
      reading.refuse();
      await Promise.all([...running].map(stop));
      await Promise.all([writers.close(), reading.close()]);
      control.close();
    },
  };
}

interface Prepared {
  readonly reads: boolean;
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly execute: (session: Session) => Promise<EngineResult>;
}

function prepare(request: EngineRequest): Prepared {
  const insert = request.body.length > 0 ? readRowInsert(request.sql) : undefined;
  if (request.body.length > 0 && !insert) {
    throw new RefusedSql("A body beside the query is served only for INSERT INTO table (columns) FORMAT JSON…EachRow");
  }
  const text = readSql(request.sql);
  const missing = [...text.placeholders].find((name) => request.parameters[name] === undefined);
  if (missing !== undefined) throw new RefusedSql(`Substitution \`${missing}\` is not set`, { cause: 456 });
  const settings = Object.entries({ ...limits, ...request.settings });
  const parameters = Object.entries(request.parameters).map(([name, value]) => [`param_${name}`, value] as const);
  const assignments = [...settings, ...parameters].map(([name, value]) => {
    if (!identifier.test(name)) throw new RefusedSql(`Not a name of a setting: ${name}`);
    return `${name} = ${literal(value)}`;
  });
  const { database = "default" } = request;
  if (!identifier.test(database)) throw new RefusedSql(`Not a name of a database: ${database}`);
  return {
    reads: text.reads,
    before: [`USE ${database}`, ...roomFor(assignments), `SET ${assignments.join(", ")}`],
    after: [
      `SET ${[...settings.map(([name]) => name), "max_query_size"].map((name) => `${name} = DEFAULT`).join(", ")}`,
    ],
    execute: insert
      ? async (session) => {
          const { table, columns, format } = insert;
          const target = { table, format, ...(columns ? { columns } : {}) };
          const { rowsWritten } = await session.insert({ ...target, values: request.body });
          return { bytes: new Uint8Array(0), rowsRead: 0, rowsWritten };
        }
      : async (session) => {
          const sql = `${marker(request.id)} ${text.statement}`;
          const result = await session.queryAsync(sql, { format: "TabSeparated" });
          return { bytes: result.bytes(), rowsRead: result.rowsRead, rowsWritten: 0 };
        },
  };
}

/** Names a query to KILL: the engine gives its own query ids, so ours is a comment before the text. */
function marker(id: string): string {
  return `/* isthmus:${id.replaceAll(/[^\w-]/g, "")} */`;
}

async function runOn(pooled: PooledSession, prepared: Prepared, request: EngineRequest): Promise<EngineResult> {
  const { session } = pooled;
  try {
    for (const statement of prepared.before) await session.queryAsync(statement);
    return await prepared.execute(session);
  } finally {
    // A session that does not take its defaults back would give this request's settings to the next one.
    for (const statement of prepared.after) {
      await session.queryAsync(statement).catch(() => (pooled.spoiled = true));
    }
    if (Object.keys(request.parameters).length > 20) pooled.spoiled = true;
  }
}
