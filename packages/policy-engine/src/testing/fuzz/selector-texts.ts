import type { Draws } from "./draws";

const LABELS = [
  "a",
  "b",
  "app",
  "projectcalico.org/namespace",
  "pcns.team",
  "in",
  "not",
  "has",
  "all",
  "contains",
  "x/y_z.-",
];
const VALUES = [
  "",
  "x",
  "y",
  "cart",
  "shop",
  "it's",
  'a "b"',
  "é",
  "\u{1f600}",
  "in",
  "&&",
  " ",
  "__proto__",
  "\ud800",
];
const HOSTILE = [
  "\0",
  "\n",
  "\r\n",
  "\u00a0",
  "\u2028",
  "\ufeff",
  "“",
  "”",
  "’",
  "`",
  "\ud800",
  "\udfff",
  "\u{1f600}",
  "é",
  "=",
  "===",
  "=~",
  "!",
  "!!",
  "&",
  "&&&",
  "|",
  "||",
  "(",
  ")",
  "{",
  "}",
  "{}",
  "()",
  ",",
  "'",
  '"',
  "%",
  "$",
  ":",
  ";",
  "<",
  ">",
  "[",
  "]",
  "\\",
  " and ",
  " or ",
  " not ",
  "has(",
  "all(",
  "global(",
  "has()",
  "all()",
  "global( )",
  "has( a )",
  "in",
  "notin",
  "not in",
  "contains",
  "startswith",
  "ends  with",
  "__proto__",
  "constructor",
  "toString",
  "0",
  "1e308",
  "a".repeat(513),
  " ".repeat(40),
];

const blank = (draws: Draws): string => draws.pick(["", "", " ", " ", "  ", "\t"]);
const gap = (draws: Draws): string => draws.pick([" ", " ", "  ", "\t"]);

function quoted(draws: Draws, value: string): string {
  if (value.includes("'")) return `"${value.replaceAll('"', "")}"`;
  return value.includes('"') || draws.once(2) ? `'${value}'` : `"${value}"`;
}

const valueOf = (draws: Draws): string =>
  quoted(draws, draws.once(30) ? "v".repeat(draws.below(200)) : draws.pick(VALUES));
const labelOf = (draws: Draws): string => (draws.once(60) ? "l".repeat(500 + draws.below(20)) : draws.pick(LABELS));

function leaf(draws: Draws): string {
  const b = () => blank(draws);
  switch (draws.below(8)) {
    case 0:
      return `all(${b()})`;
    case 1:
      return `global(${b()})`;
    case 2:
      return `has(${b()}${labelOf(draws)}${b()})`;
    case 3: {
      const values = draws.some(0, draws.once(50) ? 40 : 3, () => `${b()}${valueOf(draws)}${b()}`).join(",");
      const operator = draws.pick(["in", "in", "not in", "notin", "not\tin"]);
      return `${labelOf(draws)}${gap(draws)}${operator}${b()}{${values}${values !== "" && draws.once(4) ? "," : ""}}`;
    }
    case 4: {
      const operator = draws.pick(["contains", "starts with", "startswith", "ends with", "ends \t with"]);
      return `${labelOf(draws)}${gap(draws)}${operator}${b()}${valueOf(draws)}`;
    }
    default:
      return `${labelOf(draws)}${b()}${draws.pick(["==", "==", "!="])}${b()}${valueOf(draws)}`;
  }
}

/** A selector by the grammar, with every spacing and quoting that it allows. */
export function writtenSelector(draws: Draws, depth = 4): string {
  const inner = () => writtenSelector(draws, depth - 1);
  const b = () => blank(draws);
  switch (depth <= 0 ? 0 : draws.below(6)) {
    case 1:
      return `${"!".repeat(1 + draws.below(3))}${b()}(${b()}${inner()}${b()})`;
    case 2:
      return `(${b()}${inner()}${b()})`;
    case 3:
      return draws.some(2, 3, inner).join(`${b()}&&${b()}`);
    case 4:
      return draws.some(2, 3, inner).join(`${b()}||${b()}`);
    case 5:
      return `!${b()}${leaf(draws)}`;
    default:
      return leaf(draws);
  }
}

/** A short piece of a text, or of another one. */
function pieceOf(draws: Draws, text: string): string {
  const from = draws.below(text.length + 1);
  return text.slice(from, from + draws.below(12));
}

/** The text with one thing changed. */
function changed(draws: Draws, text: string, others: readonly string[]): string {
  const at = draws.below(text.length + 1);
  const [before, after] = [text.slice(0, at), text.slice(at)];
  switch (draws.below(8)) {
    case 0:
      return before + after.slice(1 + draws.below(3));
    case 1:
      return before + draws.pick(HOSTILE) + after;
    case 2:
      return before + draws.pick(HOSTILE) + after.slice(1);
    case 3:
      return before + pieceOf(draws, text) + after;
    case 4:
      return before + pieceOf(draws, draws.pick(others)) + after;
    case 5:
      return after + before;
    case 6:
      return before;
    default:
      return before + String.fromCharCode(draws.below(0x10000)) + after;
  }
}

/** A piece repeated to some kilobytes, 64 KB at the most. */
function swollen(draws: Draws, text: string): string {
  const piece = draws.once(2) ? draws.pick(HOSTILE) : `${text}${draws.pick([" && ", " || ", "&&!", "(", ""])}`;
  const size = draws.pick([1_000, 4_000, 16_000, 65_536]);
  const long = piece.repeat(Math.ceil(size / Math.max(1, piece.length))).slice(0, size);
  return draws.once(2) ? long : `${text} && ${long}${text}`;
}

/** A text for the parser: a selector as written, one that was changed, a handful of tokens, or a long repetition. */
export function selectorText(draws: Draws, corpus: readonly string[]): string {
  const base = draws.once(3) && corpus.length > 0 ? draws.pick(corpus) : writtenSelector(draws, draws.below(5));
  if (draws.once(400)) return swollen(draws, base);
  switch (draws.below(4)) {
    case 0:
      return base;
    case 1:
      return draws
        .some(0, 12, () => draws.pick(draws.once(2) ? HOSTILE : [leaf(draws), labelOf(draws)]))
        .join(blank(draws));
    default: {
      let text = base;
      for (let change = draws.below(4); change >= 0; change -= 1) text = changed(draws, text, [base, ...corpus]);
      return text;
    }
  }
}
