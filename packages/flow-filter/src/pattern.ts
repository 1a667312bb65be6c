import { err, ok, type Result } from "@isthmus/std";
import type { Mistake } from "./diagnostic";
import { limits } from "./limits";

/*
 * The part of RE2's syntax (https://github.com/google/re2/wiki/Syntax) that JavaScript has too, so that ClickHouse's
 * `match` and the evaluator here mean the same. It is found anywhere in a name; `.` is any character, as in `match`.
 */

/** RE2 repeats at most a thousand times (re2/parse.cc, maximum_repeat_count), also through groups within each other. */
const maxRepeats = 1_000;
/** Characters and classes once repetitions are written out; RE2 compiles so many in far less than its memory. */
const maxSize = 2_000;
const maxGroups = 20;

class Refused extends Error {
  constructor(
    message: string,
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** A part of a pattern: what it is in JavaScript, how long it is when written out, and its greatest repetition. */
interface Part {
  readonly source: string;
  readonly size: number;
  readonly repeats: number;
}

interface Scan {
  readonly text: string;
  at: number;
  depth: number;
}

/**
 * Reads a regular expression as ClickHouse takes it; the value matches as ClickHouse matches.
 * The mistake says which part is not supported.
 */
export function readPattern(text: string): Result<RegExp, Mistake> {
  if (text.length > limits.patternCharacters)
    return refusal(`a regular expression has at most ${limits.patternCharacters} characters, this has ${text.length}`);
  const ignoresCase = text.startsWith("(?i)");
  const scan: Scan = { text, at: ignoresCase ? 4 : 0, depth: 0 };
  try {
    const { source, size } = alternatives(scan);
    if (scan.at < text.length) throw new Refused("`)` closes no group", "write `\\)` for the character");
    if (size > maxSize) throw new Refused(`repetitions make this more than ${maxSize} characters long`);
    return ok(new RegExp(source, ignoresCase ? "ius" : "us"));
  } catch (error) {
    if (error instanceof Refused) return refusal(error.message, error.hint);
    throw error;
  }
}

const refusal = (message: string, hint?: string) =>
  err({ code: "bad-pattern" as const, message, ...(hint === undefined ? {} : { hint }) });

// alternatives = sequence { "|" sequence }
function alternatives(scan: Scan): Part {
  const parts = [sequence(scan)];
  while (scan.text[scan.at] === "|") {
    scan.at += 1;
    parts.push(sequence(scan));
  }
  return together(parts, "|");
}

// sequence = { atom [ repetition ] }
function sequence(scan: Scan): Part {
  const parts: Part[] = [];
  for (;;) {
    const next = scan.text[scan.at];
    if (next === undefined || next === "|" || next === ")") return together(parts, "");
    parts.push(repeated(scan, atom(scan)));
  }
}

const together = (parts: readonly Part[], between: string): Part => ({
  source: parts.map(({ source }) => source).join(between),
  size: parts.reduce((sum, { size }) => sum + size, 0),
  repeats: Math.max(1, ...parts.map(({ repeats }) => repeats)),
});

// repetition = ( "*" | "+" | "?" | "{" n [ "," [ m ] ] "}" ) [ "?" ]
function repeated(scan: Scan, part: Part & { readonly isAnchor?: boolean }): Part {
  const [whole = "", sign, least, comma, most] =
    /^(?:([*+?])|\{(\d{1,5})(,?)(\d{0,5})\})\??/.exec(scan.text.slice(scan.at)) ?? [];
  if (whole === "") return part;
  if (part.isAnchor === true) throw new Refused(`\`${whole}\` repeats nothing`);
  scan.at += whole.length;
  if (/^[*+?]|^\{\d+,?\d*\}/.test(scan.text.slice(scan.at)))
    throw new Refused("one repetition directly follows another", "put the first in a group: `(?:a+)+`");
  const count = sign === undefined ? Number(most || least) : 1;
  if (most !== undefined && most !== "" && Number(most) < Number(least))
    throw new Refused(`\`${whole}\` ends before it begins`);
  if (comma === "" && most !== "" && sign === undefined) throw new Refused(`\`${whole}\` is no repetition`);
  const repeats = part.repeats * Math.max(1, count);
  if (repeats > maxRepeats) throw new Refused(`\`${whole}\` makes more than ${maxRepeats} repetitions`);
  return { source: part.source + whole, size: part.size * Math.max(1, count), repeats };
}

// atom = "^" | "$" | "." | "[" class "]" | "(" [ "?:" ] alternatives ")" | "\" escape | any other character
function atom(scan: Scan): Part & { readonly isAnchor?: boolean } {
  const next = characterAt(scan.text, scan.at);
  switch (next) {
    case "(":
      return group(scan);
    case "[":
      return { source: characterClass(scan), size: 1, repeats: 1 };
    case "\\":
      return escaped(scan);
    case "^":
    case "$":
      scan.at += 1;
      return { source: next, size: 1, repeats: 1, isAnchor: true };
    case "*":
    case "+":
    case "?":
      throw new Refused(`\`${next}\` repeats nothing`, `write \`\\${next}\` for the character`);
    case "{":
    case "}":
    case "]":
      throw new Refused(`\`${next}\` stands alone`, `write \`\\${next}\` for the character`);
    default:
      refuseControl(next);
      scan.at += next.length;
      return { source: next, size: 1, repeats: 1 };
  }
}

function group(scan: Scan): Part {
  const rest = scan.text.slice(scan.at);
  const look = /^\(\?(?:<?[=!])/.exec(rest)?.[0];
  if (look !== undefined)
    throw new Refused(`\`${look}\` looks around, which RE2 cannot`, "use `not` and `and` between conditions");
  if (rest.startsWith("(?i)")) throw new Refused("`(?i)` stands at the beginning alone");
  if (rest.startsWith("(?") && !rest.startsWith("(?:"))
    throw new Refused(`\`${rest.slice(0, 3)}\` is no kind of group here`, "groups are `(…)` and `(?:…)`");
  if (scan.depth === maxGroups) throw new Refused(`groups lie more than ${maxGroups} deep in each other`);
  scan.depth += 1;
  scan.at += rest.startsWith("(?:") ? 3 : 1;
  const inside = alternatives(scan);
  if (scan.text[scan.at] !== ")") throw new Refused("a group is not closed", "write `\\(` for the character");
  scan.at += 1;
  scan.depth -= 1;
  return { ...inside, source: `(?:${inside.source})` };
}

/** RE2's classes are of ASCII, and its `\s` has no vertical tab; JavaScript's differ in `\s` alone. */
const classes: Readonly<Record<string, string>> = {
  d: "0-9",
  w: "0-9A-Za-z_",
  s: "\\t\\n\\f\\r ",
};
const punctuation = /^[!-/:-@[-`{-~]$/;

// escape = "d" | "D" | "w" | "W" | "s" | "S" | "b" | "B" | punctuation
function escaped(scan: Scan): Part & { readonly isAnchor?: boolean } {
  const name = characterAt(scan.text, scan.at + 1);
  scan.at += 1 + name.length;
  const inside = classes[name.toLowerCase()];
  if (inside !== undefined) return { source: `[${name in classes ? "" : "^"}${inside}]`, size: 1, repeats: 1 };
  if (name === "b" || name === "B") return { source: wordEdge(name), size: 1, repeats: 1, isAnchor: true };
  return { source: literal(name), size: 1, repeats: 1 };
}

const word = "[0-9A-Za-z_]";
/** Between a word's character and another, both of ASCII: with `i`, JavaScript's own takes more for words. */
const wordEdge = (name: "b" | "B") =>
  name === "b"
    ? `(?:(?<=${word})(?!${word})|(?<!${word})(?=${word}))`
    : `(?:(?<=${word})(?=${word})|(?<!${word})(?!${word}))`;

function literal(name: string): string {
  if (punctuation.test(name)) return `\\u${name.charCodeAt(0).toString(16).padStart(4, "0")}`;
  if (name === "") throw new Refused("`\\` stands at the end", "write `\\\\` for the character");
  if (/^[1-9k]$/.test(name)) throw new Refused(`\`\\${name}\` refers to a group, which RE2 cannot`);
  throw new Refused(`\`\\${name}\` has no meaning here`, "escapes are \\d \\w \\s \\D \\W \\S \\b \\B and punctuation");
}

// class = [ "^" ] { character [ "-" character ] | "\" escape }
function characterClass(scan: Scan): string {
  scan.at += 1;
  const isNegated = scan.text[scan.at] === "^";
  if (isNegated) scan.at += 1;
  let source = "";
  while (scan.text[scan.at] !== "]") {
    const from = classItem(scan);
    if (from.set !== undefined || scan.text[scan.at] !== "-" || scan.text[scan.at + 1] === "]") {
      source += from.set ?? printed(from.code);
      continue;
    }
    scan.at += 1;
    const to = classItem(scan);
    if (to.set !== undefined || to.code < from.code) throw new Refused("a range in `[…]` ends before it begins");
    source += `${printed(from.code)}-${printed(to.code)}`;
  }
  if (source === "") throw new Refused("`[]` is of no character", "write `\\[` and `\\]` for the characters");
  scan.at += 1;
  return `[${isNegated ? "^" : ""}${source}]`;
}

const printed = (code: number) => `\\u{${code.toString(16)}}`;

function classItem(scan: Scan): { readonly code: number; readonly set?: string } {
  const next = characterAt(scan.text, scan.at);
  if (next === "") throw new Refused("`[` is not closed", "write `\\[` for the character");
  if (next === "[") throw new Refused("`[` stands within `[…]`", "write `\\[` for the character");
  if (next !== "\\") {
    refuseControl(next);
    scan.at += next.length;
    return { code: next.codePointAt(0) ?? 0 };
  }
  const name = characterAt(scan.text, scan.at + 1);
  scan.at += 1 + name.length;
  const set = classes[name];
  if (set !== undefined) return { code: 0, set };
  literal(name); // refuses what has no meaning
  return { code: name.codePointAt(0) ?? 0 };
}

function refuseControl(character: string): void {
  // oxlint-disable-next-line no-control-regex -- those are what is refused
  if (/^[\u0000-\u001f\u007f]$|^\p{Cs}$/u.test(character)) throw new Refused("it has a control character");
}

const characterAt = (text: string, at: number): string => {
  const code = text.codePointAt(at);
  return code === undefined ? "" : String.fromCodePoint(code);
};
