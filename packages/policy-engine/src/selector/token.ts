import type { Span } from "../diagnostic";

/** Kinds of tokens of the selector language; `unreadable` stands for text that is no token and has been complained of. */
export type TokenKind =
  | "label"
  | "string"
  | "{"
  | "}"
  | ","
  | "=="
  | "!="
  | "in"
  | "not in"
  | "contains"
  | "starts with"
  | "ends with"
  | "!"
  | "all"
  | "global"
  | "has"
  | "("
  | ")"
  | "&&"
  | "||"
  | "unreadable"
  | "end";

/** A token; `value` is the label's name or the string's content without quotes, empty for other kinds. */
export interface Token {
  readonly kind: TokenKind;
  readonly value: string;
  readonly span: Span;
}
