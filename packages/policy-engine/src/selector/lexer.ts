import type { Diagnostic, Span } from "../diagnostic";
import type { Token, TokenKind } from "./token";

/** The tokens of a selector, closed by an `end` token, and everything that is not a token. */
export interface Tokens {
  readonly tokens: readonly Token[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Longest label name in a selector (Calico, libcalico-go selector tokenizer). */
const MAX_LABEL_LENGTH = 512;

const PUNCTUATION: readonly TokenKind[] = ["==", "!=", "&&", "||", "(", ")", "{", "}", ",", "!"];

/** Operators are words only right after a label: everywhere else the same word is a label. */
const WORD_OPERATORS: readonly { readonly kind: TokenKind; readonly pattern: RegExp }[] = [
  { kind: "contains", pattern: /contains\b/y },
  { kind: "starts with", pattern: /starts[ \t]*with\b/y },
  { kind: "ends with", pattern: /ends[ \t]*with\b/y },
  { kind: "not in", pattern: /not[ \t]*in\b/y },
  { kind: "in", pattern: /in\b/y },
];

const CALLS: readonly {
  readonly kind: TokenKind;
  readonly pattern: RegExp;
  readonly open: RegExp;
  readonly hint: string;
}[] = [
  { kind: "has", pattern: /has\([ \t]*([A-Za-z0-9_./-]+)[ \t]*\)/y, open: /has\(/y, hint: "write `has(label)`" },
  { kind: "all", pattern: /all\([ \t]*\)/y, open: /all\(/y, hint: "write `all()`" },
  { kind: "global", pattern: /global\([ \t]*\)/y, open: /global\(/y, hint: "write `global()`" },
];

const LABEL = /[A-Za-z0-9_./-]+/y;
const BLANK = /[ \t]+/y;
const JUNK = /[^\s"'{}(),=!&|A-Za-z0-9_./-]+|[\s\S]/y;

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

/** What was read at a place: a token, or why there is none; `end` is where to go on. */
interface Step {
  readonly end: number;
  readonly token?: Token;
  readonly error?: { readonly code: string; readonly message: string; readonly hint: string };
}

function token(kind: TokenKind, value: string, span: Span): Step {
  return { end: span.end, token: { kind, value, span } };
}

function readString(text: string, at: number): Step {
  const quote = text.charAt(at);
  const close = text.indexOf(quote, at + 1);
  if (close >= 0) return token("string", text.slice(at + 1, close), { start: at, end: close + 1 });
  const error = { code: "unterminated-string", message: "string has no end", hint: `close it with ${quote}` };
  return { end: text.length, error };
}

function readCall(text: string, at: number): Step | undefined {
  for (const call of CALLS) {
    const whole = matchAt(call.pattern, text, at);
    if (whole) return token(call.kind, whole[1] ?? "", { start: at, end: at + whole[0].length });
    const open = matchAt(call.open, text, at);
    if (!open) continue;
    const close = /[^()&|]*\)?/y;
    const rest = matchAt(close, text, at + open[0].length);
    const message = `\`${open[0]}\` is not closed as it should be`;
    return {
      end: at + open[0].length + (rest?.[0].length ?? 0),
      error: { code: "malformed-call", message, hint: call.hint },
    };
  }
  return undefined;
}

function readWordOperator(text: string, at: number): Step {
  for (const { kind, pattern } of WORD_OPERATORS) {
    const found = matchAt(pattern, text, at);
    if (found) return token(kind, "", { start: at, end: at + found[0].length });
  }
  const word = matchAt(LABEL, text, at)?.[0] ?? text.charAt(at);
  return {
    end: at + word.length,
    error: {
      code: "expected-operator",
      message: `\`${word}\` is not an operator`,
      hint: "after a label write ==, !=, in, not in, contains, starts with or ends with",
    },
  };
}

function readPunctuation(text: string, at: number): Step | undefined {
  const kind = PUNCTUATION.find((p) => text.startsWith(p, at));
  if (kind) return token(kind, "", { start: at, end: at + kind.length });
  const single = text.charAt(at);
  if (single !== "=" && single !== "&" && single !== "|") return undefined;
  const hint = single === "=" ? "compare with ==" : `write ${single}${single}`;
  return { end: at + 1, error: { code: "half-operator", message: `\`${single}\` alone is not an operator`, hint } };
}

function readLabel(text: string, at: number): Step | undefined {
  const label = matchAt(LABEL, text, at)?.[0];
  if (label === undefined) return undefined;
  const span = { start: at, end: at + label.length };
  if (label.length <= MAX_LABEL_LENGTH) return token("label", label, span);
  const hint = `a label name in a selector has at most ${MAX_LABEL_LENGTH} characters`;
  return { end: span.end, error: { code: "label-too-long", message: "label name is too long", hint } };
}

function readJunk(text: string, at: number): Step {
  const junk = matchAt(JUNK, text, at)?.[0] ?? text.charAt(at);
  const newline = /[\r\n]/.test(junk);
  return {
    end: at + junk.length,
    error: newline
      ? { code: "line-break", message: "a selector has no line breaks", hint: "write it on one line" }
      : { code: "unexpected-character", message: `unexpected \`${junk}\``, hint: "quote values: app == 'cart'" },
  };
}

function readStep(text: string, at: number, afterLabel: boolean): Step {
  const first = text.charAt(at);
  if (first === '"' || first === "'") return readString(text, at);
  const punctuation = readPunctuation(text, at);
  if (punctuation) return punctuation;
  if (afterLabel && matchAt(LABEL, text, at)) return readWordOperator(text, at);
  return readCall(text, at) ?? readLabel(text, at) ?? readJunk(text, at);
}

/** Splits a selector into tokens as Calico's tokenizer does, going on after each error so that several are found. */
export function tokenize(text: string): Tokens {
  const tokens: Token[] = [];
  const diagnostics: Diagnostic[] = [];
  let at = 0;
  for (;;) {
    at += matchAt(BLANK, text, at)?.[0].length ?? 0;
    if (at >= text.length) break;
    const step = readStep(text, at, tokens.at(-1)?.kind === "label");
    if (step.token) tokens.push(step.token);
    if (step.error)
      diagnostics.push({ ...step.error, severity: "error", path: [], span: { start: at, end: step.end } });
    at = step.end;
  }
  tokens.push({ kind: "end", value: "", span: { start: text.length, end: text.length } });
  return { tokens, diagnostics };
}
