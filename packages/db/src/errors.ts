import { Prisma } from "./generated/client";

/** What went wrong in Postgres, as far as a caller can act on it. */
export type DatabaseErrorCode =
  "unique-violation" | "foreign-key-violation" | "not-found" | "refused" | "conflict" | "unavailable" | "failed";

/** Postgres or its client failed; `cause` is their own error, and `retryable` says whether the same may work later. */
export class DatabaseError extends Error {
  override readonly name = "DatabaseError";
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

/** Wraps an error of the client once; what is not the client's passes through as it is. */
export function wrapDatabaseError(error: unknown): unknown {
  if (error instanceof DatabaseError) return error;
  const code = codeOf(error);
  return code === undefined ? error : new DatabaseError(code, code === "unavailable" || code === "conflict", error);
}

function codeOf(error: unknown): DatabaseErrorCode | undefined {
  if (error instanceof Prisma.PrismaClientKnownRequestError) {
    return byPrismaCode[error.code] ?? bySqlState(sqlStateIn(error)) ?? "failed";
  }
  if (error instanceof Prisma.PrismaClientInitializationError) return "unavailable";
  if (error instanceof Prisma.PrismaClientUnknownRequestError || error instanceof Prisma.PrismaClientRustPanicError) {
    return bySqlState(sqlStateIn(error)) ?? "failed";
  }
  if (error instanceof Error && error.name === "DriverAdapterError")
    return bySqlState(sqlStateIn(error)) ?? "unavailable";
  return undefined;
}

function bySqlState(state: string | undefined): DatabaseErrorCode | undefined {
  if (state === undefined) return undefined;
  if (state === "42501") return "refused";
  if (state === "40001" || state === "40P01") return "conflict";
  if (state === "23505") return "unique-violation";
  if (state === "23503") return "foreign-key-violation";
  if (state.startsWith("08") || state.startsWith("57")) return "unavailable";
  return undefined;
}

function sqlStateIn(value: unknown, depth = 0): string | undefined {
  if (typeof value !== "object" || value === null || depth > 4) return undefined;
  const record = value as Readonly<Record<string, unknown>>;
  const own = record["originalCode"] ?? (depth > 0 ? record["code"] : undefined);
  if (typeof own === "string" && /^[0-9A-Z]{5}$/.test(own)) return own;
  return (
    sqlStateIn(record["meta"], depth + 1) ??
    sqlStateIn(record["driverAdapterError"], depth + 1) ??
    sqlStateIn(record["cause"], depth + 1)
  );
}

function lastLine(message: string): string {
  return message.trim().split("\n").at(-1) ?? message;
}
