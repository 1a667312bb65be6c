/** What went wrong in ClickHouse, as far as a caller can act on it. */
export type FlowStoreErrorCode =
  /** It does not answer, or has too much to do: later. */
  | "unavailable"
  /** No answer came in time. */
  | "timeout"
  /** The question met a limit of rows, bytes, time or memory: narrow the range. */
  | "too-much"
  /** Whoever asked has left. */
  | "cancelled"
  /** What was to be inserted is not what the table takes, and never will be. */
  | "bad-data"
  /** An insert came after its deadline. */
  | "late"
  | "failed";

/** ClickHouse or its client failed; `cause` is their own error, and `retryable` says whether the same may work later. */
export class FlowStoreError extends Error {
  override readonly name = "FlowStoreError";
  /** By name: Next bundles this package several times into one process, and each copy throws its own class. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === "FlowStoreError";
  }
  readonly retryable: boolean;
  constructor(
    readonly code: FlowStoreErrorCode,
    message: string,
    { retryable, cause }: { readonly retryable: boolean; readonly cause?: unknown },
  ) {
    super(`${code}: ${message}`, { cause });
    this.retryable = retryable;
  }
}
