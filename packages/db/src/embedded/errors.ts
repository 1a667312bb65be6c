/** Why the embedded Postgres does not start. */
export type EmbeddedPostgresErrorCode =
  | "unsupported-platform"
  | "folder-unreachable"
  | "folder-owned-by-another"
  | "in-use"
  | "port-taken"
  | "initdb-failed"
  | "start-failed";

/** The embedded Postgres does not start; the message names the cure. */
export class EmbeddedPostgresError extends Error {
  override readonly name = "EmbeddedPostgresError";
  constructor(
    readonly code: EmbeddedPostgresErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
