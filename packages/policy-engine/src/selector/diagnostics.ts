import type { Diagnostic, Span } from "../diagnostic";
import type { Token, TokenKind } from "./token";

/** What is told of a mistake beside its place. */
export interface Mistake {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** Most errors of one selector that are told at once. */
const MAX_DIAGNOSTICS = 20;

/** After so many mistakes the rest of a text is not read: it is no selector, and the first mistakes are told anyway. */
export const MAX_MISTAKES = 100;

const MAX_SHOWN = 40;

/** User text as a message shows it: in backticks, and not longer than a line bears. */
export function shown(text: string): string {
  if (text.length <= MAX_SHOWN) return `\`${text}\``;
  const halfLetter = /[\ud800-\udbff]$/.test(text.slice(0, MAX_SHOWN));
  return `\`${text.slice(0, halfLetter ? MAX_SHOWN - 1 : MAX_SHOWN)}…\``;
}

/** User text in an example of a hint; another word for it where it is long. */
export const brief = (text: string, otherwise: string): string => (text.length <= MAX_SHOWN ? text : otherwise);

/** A token as a message names it. */
export function spell(token: Token): string {
  if (token.kind === "end") return "the end";
  if (token.kind === "label") return shown(token.value);
  if (token.kind === "string") return `the string ${shown(token.value)}`;
  return token.kind === "has" ? shown(`has(${token.value})`) : `\`${token.kind}\``;
}

/** A mistake at its place. */
export const mistakeAt = (span: Span, mistake: Mistake): Diagnostic => ({
  ...mistake,
  severity: "error",
  path: [],
  span,
});

/** The first mistakes in the order of the text, and that there are more. */
export function firstMistakes(found: readonly Diagnostic[]): readonly Diagnostic[] {
  const start = (d: Diagnostic) => d.span?.start ?? 0;
  const sorted = [...found].sort((a, b) => start(a) - start(b));
  const [next] = sorted.slice(MAX_DIAGNOSTICS);
  if (!next) return sorted;
  const more: Diagnostic = {
    ...next,
    code: "more-errors",
    severity: "info",
    message: `at least ${sorted.length - MAX_DIAGNOSTICS} more errors are not shown`,
    hint: "mend the first ones and look again",
  };
  return [...sorted.slice(0, MAX_DIAGNOSTICS), more];
}

const OPERATORS = "==, !=, in, not in, contains, starts with or ends with";

/** Words that people write where the language has another operator. */
const MEANT: Readonly<Record<string, string>> = {
  is: "compare with ==",
  eq: "compare with ==",
  equals: "compare with ==",
  equal: "compare with ==",
  ne: "compare with !=",
  isnt: "compare with !=",
  like: "write contains, starts with or ends with",
  matches: "there are no patterns: write contains, starts with or ends with",
  exists: "write has(label)",
  startswith: "write starts with, in lower case",
  endswith: "write ends with, in lower case",
  beginswith: "write starts with",
  contains: "write contains, in lower case",
  includes: "write contains",
  in: "write in, in lower case",
  notin: "write not in, in lower case",
  not: "write not in {'a', 'b'}, or != 'value'",
  starts: "write starts with 'value'",
  ends: "write ends with 'value'",
  and: "this label needs an operator; conditions are joined with &&",
  or: "this label needs an operator; conditions are joined with ||",
};

const meant = new Map(Object.entries(MEANT));

/** A word after a label that is no operator. */
export function noOperator(word: string): Mistake {
  return {
    code: "expected-operator",
    message: `${shown(word)} is not an operator`,
    hint: meant.get(word.toLowerCase().replaceAll("_", "")) ?? `after a label write ${OPERATORS}`,
  };
}

/** A word or sign that stands where `right` does the same in this language. */
export const wordOperator = (word: string, right: TokenKind): Mistake => ({
  code: "word-operator",
  message: `${shown(word)} is not an operator of selectors`,
  hint: right === "!" ? "negate with ! before the condition" : `join conditions with ${right}`,
});

/** Half an operator. */
export const halfOperator = (text: string, right: TokenKind): Mistake => ({
  code: "half-operator",
  message: `${shown(text)} alone is not an operator`,
  hint: right === "==" ? "compare with ==" : `write ${right}`,
});

/** A sign of other languages that compares. */
export const foreignOperator = (text: string): Mistake => ({
  code: "unknown-operator",
  message: `${shown(text)} is not an operator`,
  hint: text.includes("~")
    ? "there are no patterns: write contains, starts with or ends with"
    : `write ${OPERATORS}; values are texts without an order`,
});

/** A label name with characters that none may have. */
export const illegalLabel = (text: string): Mistake => ({
  code: "illegal-label",
  message: `${shown(text)} is not a label name`,
  hint: "a label name holds letters a to z, digits, and _ . / -",
});

/** A label name beyond Calico's limit. */
export const longLabel = (max: number): Mistake => ({
  code: "label-too-long",
  message: "label name is too long",
  hint: `a label name in a selector has at most ${max} characters`,
});

/** A string whose quote never comes again. */
export function endlessString(content: string, quote: string): Mistake {
  const other = quote === "'" ? '"' : "'";
  const hint = content.includes(other) ? `it begins with ${quote} and must end with it` : `close it with ${quote}`;
  return { code: "unterminated-string", message: "string has no end", hint };
}

/** A string in quotes of another kind. */
export const wrongQuotes = (quote: string): Mistake => ({
  code: "wrong-quotes",
  message: `${quote} is not a quotation mark of selectors`,
  hint: "use straight quotes: 'value' or \"value\"",
});

const codePoint = (text: string): string =>
  `U+${(text.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;

/** A blank that is neither space nor tab. */
export function oddBlank(text: string): Mistake {
  return /[\r\n\u2028\u2029]/.test(text)
    ? { code: "line-break", message: "a selector has no line breaks", hint: "write it on one line" }
    : { code: "odd-space", message: `${codePoint(text)} is not a space`, hint: "write ordinary spaces" };
}

/** Text that begins nothing. */
export const junk = (text: string): Mistake => ({
  code: "unexpected-character",
  message: `unexpected ${shown(text)}`,
  hint: "a condition is label, operator and value in quotes: app == 'cart'",
});

const CALL_HINTS = { has: "write has(label), without quotes", all: "write all()", global: "write global()" } as const;

/** A function whose parentheses hold something else than they may. */
export const malformedCall = (name: keyof typeof CALL_HINTS): Mistake => ({
  code: "malformed-call",
  message: `\`${name}(\` is not closed as it should be`,
  hint: CALL_HINTS[name],
});
