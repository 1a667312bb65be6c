import { mkdirSync, realpathSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { Session } from "chdb";
import { openBlockFiles, type BlockFiles } from "./block-files";
import { DiskGuard } from "./disk-guard";
import { RunningRequests } from "./running-requests";
import { createSalvage } from "./salvage";
import { literal, readBlockInsert, readEnd, readRowInsert, readSql, RefusedSql, type SqlText } from "./sql-text";
import { SessionPool, type PooledSession } from "./session-pool";
import { noteTableFolders } from "./table-folders";
import { undoWrite } from "./undo-write";
import { isHeld } from "./status-file";
import { leftNote, writeNoteIn } from "./write-note";

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
  /** Where blocks lie while they are inserted; emptied at the start. */
  readonly blockFolder: string;
  readonly configFile: string;
  readonly readers: number;
  /** What happens of itself: what befalls the disk, and what is done about it. */
  readonly onEvent: (event: string, details: Readonly<Record<string, unknown>>) => void;
}

// Limits of every request that does not set its own.
const limits: Readonly<Record<string, string>> = {
  max_execution_time: "60",
  max_memory_usage: "700000000",
  max_result_bytes: "200000000",
  max_threads: "2",
  // As a server has it: a statement that waited for its mutation would hold the writer, for as long as merges rest.
  mutations_sync: "0",
};
// Long lists of places are longer than what the engine takes for one statement (256 KiB) unless it is told.
const longSet = 200_000;
const roomFor = (assignments: readonly string[]): readonly string[] => {
  const length = assignments.reduce((sum, { length: each }) => sum + each, 0);
  return length < longSet ? [] : [`SET max_query_size = ${4 * length}`];
};
const identifier = /^[A-Za-z_]\w*$/;

/** Opens the data directory; throws where another process has it. */
export function openEngine({ dataFolder, blockFolder, configFile, readers, onEvent }: EngineOptions): Engine {
  mkdirSync(dataFolder, { recursive: true });
  const folder = realpathSync(dataFolder);
  undoUnfinished(folder, onEvent);
  const open = () => new Session(folder, { connectionArgs: [`--config-file=${configFile}`] });
  const writers = new SessionPool(open, 1);
  const reading = new SessionPool(open, readers);
  const control = open();
  const files = openBlockFiles(blockFolder);
  const requests = new RunningRequests();
  const disk = guardDisk(blockFolder, { dataFolder: folder, control, writers, onEvent });
  const running = new Set<string>();
  /** A KILL before the query has begun finds nothing, so it is repeated until the request is over. */
  const stop = async (mark: string) => {
    for (; running.has(mark); await delay(100)) {
      await control
        .queryAsync(`KILL QUERY WHERE Settings['log_comment'] = ${literal(mark)} ASYNC`)
        .catch(() => undefined);
    }
  };
  const runMarked = async (request: EngineRequest, signal: AbortSignal) => {
    const mark = `isthmus:${crypto.randomUUID()}`;
    const prepared = prepare(request, mark, files);
    const pool = prepared.reads ? reading : writers;
    const pooled = await pool.acquire(signal);
    running.add(mark);
    const stopThis = () => void stop(mark);
    signal.addEventListener("abort", stopThis, { once: true });
    try {
      if (prepared.reads) await disk.everyTableThere();
      const work = () => runOn(pooled, prepared, request);
      const look = () => noteTableFolders(folder, { withDefinitions: request.body.length === 0 });
      return await (prepared.reads ? work() : disk.write({ look, work }));
    } finally {
      running.delete(mark);
      signal.removeEventListener("abort", stopThis);
      pool.release(pooled);
    }
  };
  return {
    run: async (request, signal) => {
      const ended = readEnd(request.sql);
      if (ended === undefined) return await requests.run(request.id, signal, (both) => runMarked(request, both));
      await requests.end(ended);
      // Whoever ends it goes on to count what is stored of it.
      disk.mustBeCertain();
      return nothing;
    },
    close: async () => {
      reading.refuse();
      const stopped = Promise.all([...running].map(stop));
      // What is in doubt is put right if it can be: it needs the writer.
      await disk.stop();
      writers.refuse();
      await stopped;
      await Promise.all([writers.close(), reading.close()]);
      control.close();
    },
  };
}

/** Undoes what a process that died while it wrote had not told anybody of; a living one has the folder to itself. */
function undoUnfinished(dataFolder: string, onEvent: EngineOptions["onEvent"]): void {
  const before = leftNote(dataFolder);
  if (before === undefined || isHeld(dataFolder)) return;
  const lines = undoWrite(dataFolder, before);
  writeNoteIn(dataFolder).forget();
  if (lines.length > 0) onEvent("what was being written when the process died is undone", { lines });
}

interface Guarded extends Pick<EngineOptions, "dataFolder" | "onEvent"> {
  readonly control: Session;
  readonly writers: SessionPool;
}

/** A folder of ours on the disk of the data is where it is tried. */
function guardDisk(folder: string, { dataFolder, control, writers, onEvent }: Guarded): DiskGuard {
  const nobodyLeaves = new AbortController().signal;
  return new DiskGuard({
    folder,
    freeBytes: async () => {
      const { bavail, bsize } = await statfs(folder);
      return bavail * bsize;
    },
    allow: async (background) => {
      await query(control, `SYSTEM ${background === "everything" ? "START" : "STOP"} MERGES`);
      await query(control, `SYSTEM ${background === "nothing" ? "STOP" : "START"} CLEANUP`);
    },
    alone: async (work) => {
      const pooled = await writers.acquire(nobodyLeaves);
      try {
        await work(async (sql) => rowsOf(await query(pooled.session, sql, "JSONEachRow")));
      } finally {
        writers.release(pooled);
      }
    },
    salvage: createSalvage(dataFolder),
    note: writeNoteIn(dataFolder),
    onEvent,
  });
}

const nothing: EngineResult = { bytes: new Uint8Array(0), rowsRead: 0, rowsWritten: 0 };

interface Prepared {
  readonly reads: boolean;
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly execute: (session: Session) => Promise<EngineResult>;
}

function prepare(request: EngineRequest, mark: string, files: BlockFiles): Prepared {
  const text = readSql(request.sql);
  const execute = executionOf(request, text, files);
  const missing = [...text.placeholders].find((name) => request.parameters[name] === undefined);
  if (missing !== undefined) throw new RefusedSql(`Substitution \`${missing}\` is not set`, { cause: 456 });
  // The engine gives its own query ids, and takes comments out of inserts: this setting names a query to KILL.
  const settings = Object.entries({ ...limits, ...request.settings, log_comment: mark });
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
    execute,
  };
}

function executionOf({ sql, body }: EngineRequest, text: SqlText, files: BlockFiles): Prepared["execute"] {
  if (body.length === 0) return (session) => query(session, text.statement);
  const block = readBlockInsert(sql);
  if (block !== undefined) {
    const { before, structure, after } = block;
    return (session) =>
      files.withFile(body, (path) => query(session, `${before}file(${literal(path)}, Native, ${structure})${after}`));
  }
  const insert = readRowInsert(sql);
  if (!insert) {
    throw new RefusedSql(
      "A body beside the query is served only for INSERT INTO table (columns) FORMAT JSON…EachRow, or for a block in " +
        "the Native format as nativeInsertStatement asks for it",
    );
  }
  const { table, columns, format } = insert;
  const target = { table, format, ...(columns ? { columns } : {}) };
  return async (session) => {
    const { rowsWritten } = await session.insert({ ...target, values: body });
    return { ...nothing, rowsWritten };
  };
}

async function query(session: Session, sql: string, format = "TabSeparated"): Promise<EngineResult> {
  const result = await session.queryAsync(sql, { format });
  return { bytes: result.bytes(), rowsRead: result.rowsRead, rowsWritten: 0 };
}

function rowsOf<T>({ bytes }: EngineResult): readonly T[] {
  const lines = Buffer.from(bytes).toString("utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as T);
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
