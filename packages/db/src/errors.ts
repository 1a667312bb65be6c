import {
  PrismaClientInitializationError,
  PrismaClientKnownRequestError,
  PrismaClientRustPanicError,
  PrismaClientUnknownRequestError,
} from "@prisma/client/runtime/client";

/** What went wrong in Postgres, as far as a caller can act on it. */
export type DatabaseErrorCode =
  "unique-violation" | "foreign-key-violation" | "not-found" | "refused" | "conflict" | "unavailable" | "failed";

/** Postgres or its client failed; `cause` is their own error, and `retryable` says whether the same may work later. */
export class DatabaseError extends Error {
  override readonly name = "DatabaseError";
  /** By name: Next bundles this package several times into one process, and each copy throws its own class. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === "DatabaseError";
  }
  constructor(
    readonly code: DatabaseErrorCode,
    readonly retryable: boolean,
    cause: unknown,
  ) {
    super(`${code}: ${cause instanceof Error ? lastLine(cause.message) : String(cause)}`, { cause });
  }
}

const byPrismaCode: Readonly<Record<string, DatabaseErrorCode>> = {
  P1001: "unavailable",
  P1002: "unavailable",
  P1008: "unavailable",
  P1017: "unavailable",
  P2002: "unique-violation",
  P2003: "foreign-key-violation",
  P2024: "unavailable",
  P2025: "not-found",
  P2028: "unavailable",
  P2034: "conflict",
};

const byKind: Readonly<Record<string, DatabaseErrorCode>> = {
  DatabaseNotReachable: "unavailable",
  ConnectionClosed: "unavailable",
  SocketTimeout: "unavailable",
  TooManyConnections: "unavailable",
  TlsConnectionError: "unavailable",
  UniqueConstraintViolation: "unique-violation",
  ForeignKeyConstraintViolation: "foreign-key-violation",
  TransactionWriteConflict: "conflict",
};

/** Wraps an error of the client once; what is not the client's passes through as it is. */
export function wrapDatabaseError(error: unknown): unknown {
  if (error instanceof DatabaseError) return error;
  const code = codeOf(error);
  return code === undefined ? error : new DatabaseError(code, code === "unavailable" || code === "conflict", error);
}

function codeOf(error: unknown): DatabaseErrorCode | undefined {
  if (error instanceof PrismaClientKnownRequestError) {
    return byPrismaCode[error.code] ?? byDriver(error);
  }
  if (error instanceof PrismaClientInitializationError) return "unavailable";
  if (error instanceof PrismaClientUnknownRequestError || error instanceof PrismaClientRustPanicError) {
    return byDriver(error);
  }
  if (!(error instanceof Error)) return undefined;
  if (error.name === "DriverAdapterError") return byDriver(error);
  return isLostConnection(error) ? "unavailable" : undefined;
}

// What pg throws as it is when a connection breaks under a query: it has no class or code of its own for that.
const lostConnection =
  /^(Connection terminated|Client has encountered a connection error|Connection ended|timeout exceeded when trying to connect)/;
const lostCodes: ReadonlySet<string> = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOTFOUND"]);

function isLostConnection(error: Error): boolean {
  return lostConnection.test(error.message) || lostCodes.has((error as NodeJS.ErrnoException).code ?? "");
}

function byDriver(error: Error): DatabaseErrorCode {
  return byKind[fieldIn(error, "kind") ?? ""] ?? bySqlState(fieldIn(error, "originalCode")) ?? "failed";
}

function bySqlState(state: string | undefined): DatabaseErrorCode | undefined {
  if (state === undefined) return undefined;
  if (state === "42501") return "refused";
  if (state === "40001" || state === "40P01") return "conflict";
  if (state === "23505") return "unique-violation";
  if (state === "23503") return "foreign-key-violation";
  // A lock that was waited for too long, and a transaction that idled too long.
  if (state === "55P03" || state === "25P03") return "unavailable";
  if (state.startsWith("08") || state.startsWith("57")) return "unavailable";
  return undefined;
}

/** Finds a text field in the driver's error, which Prisma wraps at a different depth for each kind of query. */
function fieldIn(value: unknown, field: string, depth = 0): string | undefined {
  if (typeof value !== "object" || value === null || depth > 4) return undefined;
  const record = value as Readonly<Record<string, unknown>>;
  const own = record[field];
  if (typeof own === "string") return own;
  const inner = ["meta", "driverAdapterError", "cause"].map((key) => fieldIn(record[key], field, depth + 1));
  return inner.find((found) => found !== undefined);
}

function lastLine(message: string): string {
  return message.trim().split("\n").at(-1) ?? message;
}
