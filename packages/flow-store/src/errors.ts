/** What went wrong in ClickHouse, as far as a caller can act on it. */
export type FlowStoreErrorCode = "unavailable" | "timeout" | "invalid" | "failed";

/** ClickHouse or its client failed; `cause` is their own error, and `retryable` says whether the same may work later. */
export class FlowStoreError extends Error {
  override readonly name = "FlowStoreError";
  constructor(
    readonly code: FlowStoreErrorCode,
    readonly retryable: boolean,
    message: string,
    cause?: unknown,
  ) {
    super(`${code}: ${message}`, { cause });
  }
}
