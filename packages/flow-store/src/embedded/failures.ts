import { DiskFull, tellsOfFullDisk } from "./disk-guard";
import { EndedRequest } from "./running-requests";
import { PoolRefusal } from "./session-pool";
import { RefusedSql } from "./sql-text";

/** A failed request, as ClickHouse's HTTP interface answers it. */
export interface Failure {
  readonly status: number;
  /** ClickHouse's number of the error. */
  readonly code: number;
  readonly message: string;
}

/** Turns an error into the answer that ClickHouse's own server would give. */
export function explainFailure(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof RefusedSql) {
    const code = typeof error.cause === "number" ? error.cause : 62;
    const name = code === 456 ? "UNKNOWN_QUERY_PARAMETER" : "SYNTAX_ERROR";
    return { status: 400, code, message: `Code: ${code}. DB::Exception: ${message}. (${name})` };
  }
  if (error instanceof EndedRequest) {
    return { status: 400, code: 394, message: `Code: 394. DB::Exception: ${message}. (QUERY_WAS_CANCELLED)` };
  }
  if (error instanceof PoolRefusal) {
    const text = `Code: 202. DB::Exception: ${message}. (TOO_MANY_SIMULTANEOUS_QUERIES)`;
    return { status: 503, code: 202, message: text };
  }
  if (error instanceof DiskFull || tellsOfFullDisk(error)) {
    const text = message.startsWith("Code: ") ? message : `Code: 243. DB::Exception: ${message}. (NOT_ENOUGH_SPACE)`;
    return { status: 503, code: 243, message: text };
  }
  const code = Number(/^Code: (\d+)/.exec(message)?.[1] ?? 1001);
  const text = message.startsWith("Code: ") ? message : `Code: ${code}. DB::Exception: ${message}. (STD_EXCEPTION)`;
  return { status: statusOf(code), code, message: text };
}

function statusOf(code: number): number {
  if ([60, 81].includes(code)) return 404;
  if (code === 159) return 408;
  if ([202, 241, 243].includes(code)) return 503;
  return code === 1001 ? 500 : 400;
}
