/** Where in the text something is, in UTF-16 units from 0, the end exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What kind of mistake a filter has. */
export type FilterMistake =
  | "unexpected"
  | "unknown-field"
  | "unknown-value"
  | "missing-value"
  | "unclosed"
  | "not-comparable"
  | "bad-pattern"
  | "too-large"
  | "unanswerable";

/** What a person wrote wrong, where, and what to write; what they wrote stands in backticks. */
export interface FilterDiagnostic {
  readonly code: FilterMistake;
  readonly span: Span;
  readonly message: string;
  readonly hint?: string;
}

/** A mistake in a value, before it is known where it stands. */
export type Mistake = Omit<FilterDiagnostic, "span">;
