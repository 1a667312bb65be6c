/** Why a batch of flows is not one. */
export interface FlowBatchError {
  readonly code:
    | "batch-malformed"
    | "batch-too-large"
    | "bucket-invalid"
    | "restatement-invalid"
    | "part-invalid"
    | "columns-uneven"
    | "index-out-of-range"
    | "hits-circular"
    | "port-invalid"
    | "count-too-large";
  readonly message: string;
}

/** Thrown where a batch is found to be none. */
export class BatchFault extends Error {
  override readonly name = "BatchFault";
  readonly failure: FlowBatchError;

  constructor(code: FlowBatchError["code"], message: string) {
    super(message);
    this.failure = { code, message };
  }
}
