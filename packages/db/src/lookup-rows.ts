import { wrapDatabaseError } from "./errors";

/** A row as a look-up function gives it. */
export type LookupRow = Readonly<Record<string, unknown>>;

// INVARIANT: the columns of a look-up function are the snake-cased names of the fields of its type; a test per
// function holds the two together.
/** The row under the names that its type has in TypeScript. */
export function camelCased<T>(row: LookupRow): T {
  const entries = Object.entries(row).map(([key, value]) => [
    key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    value,
  ]);
  return Object.fromEntries(entries) as T;
}

/** Waits for a query; what the database refuses is wrapped. */
export async function ask<T>(query: Promise<T>): Promise<T> {
  try {
    return await query;
  } catch (error) {
    throw wrapDatabaseError(error);
  }
}
