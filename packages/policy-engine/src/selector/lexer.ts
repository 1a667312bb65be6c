import type { Diagnostic } from "../diagnostic";
import {
  endlessString,
  foreignOperator,
  halfOperator,
  illegalLabel,
  junk,
  longLabel,
  MAX_MISTAKES,
  malformedCall,
  mistakeAt,
  noOperator,
  oddBlank,
  wordOperator,
  wrongQuotes,
  type Mistake,
} from "./diagnostics";
import type { Token, TokenKind } from "./token";

/** The tokens of a selector, closed by an `end` token, and everything that is not a token. */
export interface Tokens {
  readonly tokens: readonly Token[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Longest label name in a selector (Calico, libcalico-go/lib/selector/tokenizer, MaxLabelLength). */
const MAX_LABEL_LENGTH = 512;

/** Operators are words only right after a label, and end where a label name would (tokenizer, isWordBoundary). */
const WORD_OPERATORS: readonly { readonly kind: TokenKind; readonly pattern: RegExp }[] = [
  { kind: "contains", pattern: /contains(?![\w./-])/y },
  { kind: "starts with", pattern: /starts[ \t]*with(?![\w./-])/y },
  { kind: "ends with", pattern: /ends[ \t]*with(?![\w./-])/y },
  { kind: "not in", pattern: /not[ \t]*in(?![\w./-])/y },
  { kind: "in", pattern: /in(?![\w./-])/y },
];

const CALLS = [
  { kind: "has", whole: /has\([ \t]*([\w./-]+)[ \t]*\)/y, open: "has(" },
  { kind: "all", whole: /all\([ \t]*\)/y, open: "all(" },
  { kind: "global", whole: /global\([ \t]*\)/y, open: "global(" },
] as const;

const LABEL = /[\w./-]+/y;
/** What somebody meant as one word. */
const WORD = /[^\s"'(){},=!&|<>~:“”„‘’‚`´]+/y;
const BLANK = /[ \t]+/y;
const ODD_BLANK = /[^\S \t]+/y;
const IN_CALL = /[^()&|]*\)?/y;
/** Signs that compare in other languages, and longer ones that begin like ours; `=` and `!=` alone are not here. */
const FOREIGN_OPERATOR = /={3,}|!={2,}|=[~!]|!~|<>|[<>]=?|[~:]=?/y;
/** `&`, `|` and `=` other than as often as they must stand. */
const HALF_OPERATOR = /&{3,}|\|{3,}|[&|=]/y;
const WRONG_QUOTES = [/[“”„"]/g, /[‘’‚']/g, /[`´]/g] as const;

const SIGNS: ReadonlyMap<string, TokenKind> = new Map(
  (["==", "!=", "&&", "||", "(", ")", "{", "}", ",", "!"] as const).map((kind) => [kind, kind]),
);

const CONNECTIVES: ReadonlyMap<string, TokenKind> = new Map([
  ["and", "&&"],
  ["or", "||"],
]);

/** After these a condition is complete, so a word cannot be a label. */
const CLOSING: ReadonlySet<TokenKind> = new Set(["string", "}", ")", "has", "all", "global"]);

/** What was read at a place: a token or none, and what is wrong with it; `end` is where to go on. */
interface Step {
  readonly end: number;
  readonly kind?: TokenKind;
  readonly value?: string;
  readonly mistake?: Mistake;
  /** The token before must be read as this one; the complaint is about it. */
  readonly previous?: TokenKind;
}

/** A place in the text, and what stands before it. */
interface Place {
  readonly text: string;
  readonly at: number;
  readonly before: Token | undefined;
  readonly inSet: boolean;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

function readString({ text, at }: Place): Step {
  const quote = text.charAt(at);
  const close = text.indexOf(quote, at + 1);
  if (close >= 0) return { end: close + 1, kind: "string", value: text.slice(at + 1, close) };
  return { end: text.length, kind: "unreadable", mistake: endlessString(text.slice(at + 1), quote) };
}

function readWrongQuotes({ text, at }: Place): Step | undefined {
  const quote = text.charAt(at);
  const pattern = WRONG_QUOTES.find((marks) => text.charAt(at).search(marks) === 0);
  if (!pattern) return undefined;
  const close = matchAt(pattern, text, at + 1);
  const end = close ? close.index + 1 : text.length;
  return { end, kind: "string", value: text.slice(at + 1, close?.index), mistake: wrongQuotes(quote) };
}

function readSign({ text, at, before }: Place): Step | undefined {
  const foreign = before?.kind === "label" ? matchAt(FOREIGN_OPERATOR, text, at)?.[0] : undefined;
  if (foreign !== undefined) return { end: at + foreign.length, kind: "==", mistake: foreignOperator(foreign) };
  const many = matchAt(HALF_OPERATOR, text, at)?.[0] ?? "";
  for (const length of many.length < 3 ? [2, 1] : []) {
    const kind = SIGNS.get(text.slice(at, at + length));
    if (kind) return { end: at + kind.length, kind };
  }
  if (many === "") return undefined;
  const right = SIGNS.get(many.charAt(0).repeat(2)) ?? "unreadable";
  return { end: at + many.length, kind: right, mistake: halfOperator(many, right) };
}

function readCall({ text, at }: Place): Step | undefined {
  for (const { kind, whole, open } of CALLS) {
    if (!text.startsWith(open, at)) continue;
    const found = matchAt(whole, text, at);
    const rest = found?.[0].length ?? open.length + (matchAt(IN_CALL, text, at + open.length)?.[0].length ?? 0);
    const value = found?.[1] ?? "";
    const mistake = !found ? malformedCall(kind) : value.length > MAX_LABEL_LENGTH && longLabel(MAX_LABEL_LENGTH);
    return { end: at + rest, kind, value, ...(mistake && { mistake }) };
  }
  return undefined;
}

function readWordOperator({ text, at, before }: Place): Step {
  for (const { kind, pattern } of WORD_OPERATORS) {
    const found = matchAt(pattern, text, at);
    if (found) return { end: at + found[0].length, kind };
  }
  if (before?.value.toLowerCase() === "not")
    return { end: at, previous: "!", mistake: wordOperator(before.value, "!") };
  const word = matchAt(WORD, text, at)?.[0] ?? text.charAt(at);
  return { end: at + word.length, kind: "unreadable", mistake: noOperator(word) };
}

function readWord(place: Place): Step | undefined {
  const { text, at, before } = place;
  const word = matchAt(WORD, text, at)?.[0];
  if (word === undefined) return undefined;
  const end = at + word.length;
  const connective = !place.inSet && before && CLOSING.has(before.kind) && CONNECTIVES.get(word.toLowerCase());
  if (connective) return { end, kind: connective, mistake: wordOperator(word, connective) };
  const label = matchAt(LABEL, text, at)?.[0] ?? "";
  if (label === word && word.length <= MAX_LABEL_LENGTH) return { end, kind: "label", value: word };
  if (label === word) return { end, kind: "label", value: word, mistake: longLabel(MAX_LABEL_LENGTH) };
  // Without a letter of any language it is no name that somebody meant.
  return /[\p{L}\p{N}]/u.test(word)
    ? { end, kind: "label", value: word, mistake: illegalLabel(word) }
    : { end, kind: "unreadable", mistake: junk(word) };
}

function readStep(place: Place): Step {
  const { text, at, before, inSet } = place;
  const first = text.charAt(at);
  if (first === '"' || first === "'") return readString(place);
  const sign = readSign(place);
  if (sign) return sign;
  const blank = matchAt(ODD_BLANK, text, at)?.[0];
  if (blank !== undefined) return { end: at + blank.length, mistake: oddBlank(blank) };
  if (before?.kind === "label" && !inSet && matchAt(WORD, text, at)) return readWordOperator(place);
  const found = readCall(place) ?? readWord(place) ?? readWrongQuotes(place);
  return found ?? { end: at + 1, kind: "unreadable", mistake: junk(first) };
}

/** Splits a selector into tokens as Calico's tokenizer does, going on after each mistake so that several are found. */
export function tokenize(text: string): Tokens {
  const tokens: Token[] = [];
  const diagnostics: Diagnostic[] = [];
  let at = 0;
  let inSet = false;
  for (;;) {
    at += matchAt(BLANK, text, at)?.[0].length ?? 0;
    if (at >= text.length) break;
    if (diagnostics.length >= MAX_MISTAKES) {
      tokens.push({ kind: "unreadable", value: "", span: { start: at, end: text.length } });
      break;
    }
    const before = tokens.at(-1);
    const { end, kind, value = "", mistake, previous } = readStep({ text, at, before, inSet });
    const span = { start: at, end };
    if (kind) tokens.push({ kind, value, span });
    if (previous && before) tokens[tokens.length - 1] = { kind: previous, value: "", span: before.span };
    if (mistake) diagnostics.push(mistakeAt(previous && before ? before.span : span, mistake));
    if (kind) inSet = kind === "{" || (inSet && (kind === "string" || kind === "label" || kind === ","));
    at = end;
  }
  tokens.push({ kind: "end", value: "", span: { start: text.length, end: text.length } });
  return { tokens, diagnostics };
}
