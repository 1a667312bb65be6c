import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { ClickHouseError, createClient } from "@clickhouse/client";
import type { FlowStoreConnection } from "./domain";
import { FlowStoreError, type FlowStoreErrorCode } from "./errors";
import { endStatement, nativeInsertStatement, type ColumnType } from "./native-insert";

/** A value that goes into `{name:Type}`; text is never put into a statement by hand. */
export type Parameter = string | number | boolean | readonly string[] | readonly number[];

/** Rows for one table; with a token they are stored once, without one as often as they are sent. */
export interface RowsInsert {
  readonly table: string;
  readonly columns: readonly [string, ...string[]];
  readonly rows: readonly (readonly unknown[])[];
  readonly token?: string;
}

/** Blocks of the Native format for one table, stored whole and once. */
export interface NativeInsert {
  readonly table: string;
  /** The columns of the blocks, in their order. */
  readonly columns: readonly ColumnType[];
  /** One block, or several that follow each other; they become one part for each partition. */
  readonly body: readonly Uint8Array[];
  /** What is stored under a token is not stored again. */
  readonly token: string;
  /** Names the insert, for endInsert; attempts share it. Letters, digits, "-" and "_". */
  readonly insertId: string;
  /** Unix ms by the store's clock from which on the insert does nothing and fails. */
  readonly deadlineMs: number;
}

/** How a question is asked. */
export interface SelectOptions {
  readonly signal?: AbortSignal | undefined;
  /** Settings of the query, as its limits. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** ClickHouse as this package uses it; the one file that knows its client. */
export interface ClickHouse {
  readonly database: string;
  /** The ClickHouse cluster on which tables lie; undefined for one server. */
  readonly cluster: string | undefined;
  /** Ends with "cancelled" when the signal is aborted, and the query ends on the server too. */
  select<T>(
    sql: string,
    parameters: Readonly<Record<string, Parameter>>,
    options?: SelectOptions,
  ): Promise<readonly T[]>;
  insert(insert: RowsInsert): Promise<void>;
  /** What a statement selects, as one block of the Native format. */
  selectNative(sql: string, parameters: Readonly<Record<string, Parameter>>): Promise<Uint8Array>;
  insertNative(insert: NativeInsert): Promise<void>;
  /**
   * Ends what runs of an insert, and resolves only when nothing of it does. What of it has not reached the store by
   * then is held off by its deadline.
   */
  endInsert(insertId: string): Promise<void>;
  command(sql: string): Promise<void>;
  /** What time it is for ClickHouse, in Unix ms. */
  now(): Promise<number>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

// Numbers as numbers, also where a server's profile says otherwise; times as Unix seconds.
const reading = {
  output_format_json_quote_64bit_integers: 0,
  // Otherwise a server works on for who has left.
  cancel_http_readonly_queries_on_client_close: 1,
} as const;
// A retried insert is dropped by its token in the table and in every view behind it, each on its own.
const once = (token: string) => ({
  insert_deduplicate: 1 as const,
  deduplicate_blocks_in_dependent_materialized_views: 1 as const,
  insert_deduplication_token: token,
});

// One block, and so one part in each partition, which is there as a whole or not at all, whatever the profile says.
const whole = {
  async_insert: 0,
  max_block_size: "1000000",
  preferred_block_size_bytes: "0",
  max_insert_block_size: "1000000",
  min_insert_block_size_rows: "10000000",
  min_insert_block_size_bytes: "1000000000",
  max_threads: 1,
  max_insert_threads: "1",
} as const;

// What a gateway stores it must find at once, at whatever replica it asks: else it would store it again.
const onCluster = {
  distributed_foreground_insert: 1,
  insert_quorum: "auto",
  insert_quorum_parallel: 0,
  select_sequential_consistency: "1",
} as const;

/** For statements about a whole database: none is chosen, and they may take long. */
interface ConnectionScope {
  readonly database?: false;
  readonly requestTimeoutMs?: number;
}

/** Connects to ClickHouse over HTTP; nothing is sent before the first use. */
export function connectClickHouse(connection: FlowStoreConnection, scope: ConnectionScope = {}): ClickHouse {
  const client = createClient({
    url: connection.url,
    username: connection.user,
    password: connection.password,
    request_timeout: scope.requestTimeoutMs ?? 65_000,
    max_open_connections: 16,
    compression: { request: false, response: true },
    use_multipart_params_auto: true, // a scope may be thousands of places long
    // An insert into a distributed table is there once its shard has it, and not when it waits on some server's disk.
    ...(connection.cluster === undefined ? {} : { clickhouse_settings: onCluster }),
    ...(connection.ca === undefined ? {} : { tls: { ca_cert: Buffer.from(connection.ca) } }),
    ...(scope.database === false ? {} : { database: connection.database }),
    log: { level: 127 }, // failures are thrown, and logged once by whoever handles them
  });
  return {
    database: connection.database,
    cluster: connection.cluster,
    select: <T>(query: string, parameters: Readonly<Record<string, Parameter>>, options: SelectOptions = {}) =>
      wrapped(async () => {
        const { signal, settings } = options;
        if (signal?.aborted === true) throw cancelled();
        const result = await client.query({
          query,
          query_params: parameters,
          format: "JSONEachRow",
          clickhouse_settings: { ...reading, ...settings },
          ...(signal === undefined ? {} : { abort_signal: signal }),
        });
        return await result.json<T>();
      }, options),
    insert: ({ table, columns, rows, token }) =>
      wrapped(async () => {
        await client.insert({
          table,
          columns: [...columns],
          values: [...rows],
          format: "JSONCompactEachRow",
          clickhouse_settings: { async_insert: 0, ...(token === undefined ? { insert_deduplicate: 0 } : once(token)) },
        });
      }),
    ...blockInserts(client, connection.cluster),
    command: (query) =>
      wrapped(async () => {
        const unlimited = scope.requestTimeoutMs === undefined ? {} : { max_execution_time: 0 };
        await client.command({ query, clickhouse_settings: unlimited });
      }),
    ping: () =>
      wrapped(async () => {
        const result = await client.ping({ select: true });
        if (!result.success) throw result.error;
      }),
    close: () => client.close(),
  };
}

function blockInserts(
  client: ReturnType<typeof createClient>,
  cluster: string | undefined,
): Pick<ClickHouse, "now" | "selectNative" | "insertNative" | "endInsert"> {
  return {
    now: () =>
      wrapped(async () => {
        const query = "SELECT toUnixTimestamp64Milli(now64(3)) AS now";
        const result = await client.query({ query, format: "JSONEachRow", clickhouse_settings: reading });
        const [row] = await result.json<{ now: number | string }>();
        return Number(row?.now);
      }),
    selectNative: (query, parameters) =>
      wrapped(async () => {
        const { stream } = await client.exec({
          query: `${query} FORMAT Native`,
          query_params: parameters,
          clickhouse_settings: whole,
        });
        return Buffer.concat((await stream.toArray()) as Uint8Array[]);
      }),
    insertNative: ({ table, columns, body, token, insertId, deadlineMs }) =>
      wrapped(async () => {
        const { stream } = await client.exec({
          query: nativeInsertStatement(table, columns),
          values: Readable.from(body),
          query_params: { deadline: deadlineMs },
          query_id: insertId,
          clickhouse_settings: { ...whole, ...once(token) },
        });
        await finished(stream.resume());
      }),
    endInsert: (insertId) =>
      wrapped(async () => {
        await client.command({ query: endStatement(insertId, cluster) });
      }),
  };
}

async function wrapped<T>(work: () => Promise<T>, { signal, settings }: SelectOptions = {}): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (signal?.aborted === true) throw cancelled(error);
    throw wrapFailure(error, settings !== undefined);
  }
}

const cancelled = (cause?: unknown) =>
  new FlowStoreError("cancelled", "whoever asked has left", { retryable: false, cause });

const unavailableCodes = ["ECONNREFUSED", "ECONNRESET", "EPIPE", "ENOTFOUND", "ETIMEDOUT", "EHOSTUNREACH", "EAI_AGAIN"];

/** Wraps an error of the client once; `limited` where the statement brought limits of its own. */
function wrapFailure(error: unknown, limited: boolean): FlowStoreError {
  if (error instanceof FlowStoreError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ClickHouseError) {
    const code = limited && meetsLimit(error.code, message) ? "too-much" : codeOf(error.code);
    const retryable = code === "unavailable" || code === "timeout";
    return new FlowStoreError(code, message, { retryable, cause: error });
  }
  const system = (error as NodeJS.ErrnoException | undefined)?.code ?? "";
  const lost = unavailableCodes.includes(system) || /socket hang up|ECONN|aborted/i.test(message);
  if (/timeout/i.test(message)) return new FlowStoreError("timeout", message, { retryable: true, cause: error });
  return new FlowStoreError(lost ? "unavailable" : "failed", message, { retryable: lost, cause: error });
}

/** What is inserted is not of the types that the table has, or is too much for any block. */
const badData = "6 26 27 53 70 72 117 128 130 131 190 321 349 432 691".split(" ");
const deadlinePassed = "395"; // throwIf
/** Rows, bytes, rows or bytes, time, estimated time; and the query's own memory, where the server's is `(total)`. */
function meetsLimit(code: string, message: string): boolean {
  return ["158", "307", "396", "159", "160"].includes(code) || (code === "241" && !/\(total\)/i.test(message));
}

function codeOf(code: string): FlowStoreErrorCode {
  if (badData.includes(code)) return "bad-data";
  if (code === deadlinePassed) return "late";
  if (["159", "160"].includes(code)) return "timeout";
  // too many queries or parts, out of memory or disk, read-only replica, no keeper, query cancelled, another attempt still runs
  if (["33", "216", "202", "252", "241", "242", "243", "225", "999", "394", "236"].includes(code)) return "unavailable";
  return "failed";
}
