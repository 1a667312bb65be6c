import type { FieldName } from "./fields";

/** One narrowing: the field is one of the values. */
export interface Term {
  readonly field: FieldName;
  /** At least one, none twice. */
  readonly values: readonly string[];
}

/** A filter: all its terms hold, and no field is named twice. */
export type Filter = readonly Term[];

/** Where in the text something is, from 0, the end exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What a person wrote wrong, where, and what to write. */
export interface FilterDiagnostic {
  readonly code: "unexpected" | "unknown-field" | "unknown-value" | "missing-value" | "repeated-field" | "unclosed";
  readonly span: Span;
  readonly message: string;
  readonly hint?: string;
}
