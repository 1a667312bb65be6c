import type { Diagnostic, Span } from "../diagnostic";
import { MAX_MISTAKES, mistakeAt, type Mistake } from "./diagnostics";
import type { Token, TokenKind } from "./token";

/** A place among the tokens, and what was found wrong so far. */
export interface Cursor {
  readonly tokens: readonly Token[];
  readonly diagnostics: Diagnostic[];
  at: number;
  depth: number;
  /** Set once the rest of the text is left unread: nothing that follows from it is told. */
  muted: boolean;
}

const END: Token = { kind: "end", value: "", span: { start: 0, end: 0 } };

/** The token that comes next. */
export const peek = (c: Cursor): Token => c.tokens[c.at] ?? c.tokens.at(-1) ?? END;

/** Takes the next token; the end is never passed. */
export function next(c: Cursor): Token {
  const token = peek(c);
  if (token.kind !== "end") c.at += 1;
  return token;
}

/** Takes the next token if it is of this kind. */
export function take(c: Cursor, kind: TokenKind): boolean {
  if (peek(c).kind !== kind) return false;
  next(c);
  return true;
}

/** Records a mistake at a place, unless it follows from text that the lexer could not read: the cause alone is told. */
export function complain(c: Cursor, mistake: Mistake, span: Span = peek(c).span): void {
  const unreadable = peek(c).kind === "unreadable" || c.tokens[c.at - 1]?.kind === "unreadable";
  if (unreadable || c.muted) return;
  c.diagnostics.push(mistakeAt(span, mistake));
  if (c.diagnostics.length >= 2 * MAX_MISTAKES) giveUp(c);
}

/** Leaves the rest of the text unread. */
export function giveUp(c: Cursor): void {
  c.muted = true;
  c.at = c.tokens.length - 1;
}

const STOPS: ReadonlySet<TokenKind> = new Set(["&&", "||", ")", "end"]);

/** Goes to where a condition could end. */
export function skip(c: Cursor): void {
  while (!STOPS.has(peek(c).kind)) next(c);
}
