import type { Assertion, CharClass, RegexNode } from "./syntax";

/** Most repetitions that RE2 allows. */
const MAX_REPEAT = 1000;

/** Deepest nesting and longest text that are read; what is beyond is not understood. */
const MAX_DEPTH = 100;
const MAX_LENGTH = 1024;

const range = (from: string, to: string): readonly [number, number] => [
  from.codePointAt(0) ?? 0,
  to.codePointAt(0) ?? 0,
];
const only = (text: string): CharClass => ({ negated: false, ranges: Array.from(text, (c) => range(c, c)) });
const negate = ({ negated, ranges }: CharClass): CharClass => ({ negated: !negated, ranges });

const DIGIT: CharClass = { negated: false, ranges: [range("0", "9")] };
const WORD: CharClass = {
  negated: false,
  ranges: [range("0", "9"), range("A", "Z"), range("a", "z"), range("_", "_")],
};
const SPACE = only("\t\n\f\r ");
const ANY_BUT_NEWLINE = negate(only("\n"));

const CLASSES: ReadonlyMap<string, CharClass> = new Map([
  ["d", DIGIT],
  ["D", negate(DIGIT)],
  ["w", WORD],
  ["W", negate(WORD)],
  ["s", SPACE],
  ["S", negate(SPACE)],
]);
const CONTROLS: ReadonlyMap<string, string> = new Map([
  ["t", "\t"],
  ["n", "\n"],
  ["r", "\r"],
  ["f", "\f"],
  ["v", "\v"],
]);
const ASSERTIONS: ReadonlyMap<string, Assertion> = new Map([
  ["A", "start"],
  ["z", "end"],
  ["b", "boundary"],
  ["B", "not-boundary"],
]);

/** Thrown within the parser alone, where the expression leaves what is understood. */
class NotUnderstood extends Error {}

/** Reads the part of RE2's syntax that policies use; anything else is not guessed at. */
class Parser {
  readonly #text: readonly string[];
  #at = 0;
  #depth = 0;
  readonly #foldsCase: boolean;

  constructor(text: string) {
    this.#foldsCase = text.startsWith("(?i)");
    this.#text = Array.from(this.#foldsCase ? text.slice(4) : text);
  }

  parse(): RegexNode {
    const node = this.#choice();
    if (this.#at < this.#text.length) throw new NotUnderstood();
    return node;
  }

  #eat(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at += 1;
    return true;
  }

  #next(): string {
    const char = this.#text[this.#at];
    if (char === undefined) throw new NotUnderstood();
    this.#at += 1;
    return char;
  }

  // choice = sequence { "|" sequence }
  #choice(): RegexNode {
    const first = this.#sequence();
    const options = [first];
    while (this.#eat("|")) options.push(this.#sequence());
    return options.length === 1 ? first : { kind: "choice", options };
  }

  // sequence = { atom [ repeat ] }
  #sequence(): RegexNode {
    const parts: RegexNode[] = [];
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined || char === "|" || char === ")") break;
      parts.push(this.#repeated(this.#atom()));
    }
    return { kind: "sequence", parts };
  }

  // repeat = ( "*" | "+" | "?" | "{" min [ "," [ max ] ] "}" ) [ "?" ]
  #repeated(of: RegexNode): RegexNode {
    const bounds = this.#bounds();
    if (!bounds) return of;
    this.#eat("?");
    if (this.#bounds()) throw new NotUnderstood();
    return { kind: "repeat", of, ...bounds };
  }

  #bounds(): { readonly min: number; readonly max: number } | undefined {
    if (this.#eat("*")) return { min: 0, max: Number.POSITIVE_INFINITY };
    if (this.#eat("+")) return { min: 1, max: Number.POSITIVE_INFINITY };
    if (this.#eat("?")) return { min: 0, max: 1 };
    const match = /^\{(\d{1,4})(,(\d{0,4}))?\}/.exec(this.#text.slice(this.#at, this.#at + 12).join(""));
    if (!match) return undefined;
    this.#at += match[0].length;
    const min = Number(match[1]);
    const max = match[2] === undefined ? min : match[3] === "" ? Number.POSITIVE_INFINITY : Number(match[3]);
    if (min > MAX_REPEAT || (Number.isFinite(max) && (max > MAX_REPEAT || max < min))) throw new NotUnderstood();
    return { min, max };
  }

  // atom = "(" [ "?:" ] choice ")" | "[" set "]" | "." | "^" | "$" | "\" escape | char
  #atom(): RegexNode {
    const char = this.#next();
    switch (char) {
      case "(":
        return this.#group();
      case "[":
        return { kind: "class", set: this.#set() };
      case ".":
        return { kind: "class", set: ANY_BUT_NEWLINE };
      case "^":
        return { kind: "assert", assertion: "start" };
      case "$":
        return { kind: "assert", assertion: "end" };
      case "\\":
        return this.#escape();
      case "*":
      case "+":
      case "?":
        throw new NotUnderstood();
      default:
        return { kind: "class", set: this.#fold(only(char)) };
    }
  }

  #group(): RegexNode {
    if (this.#eat("?") && !this.#eat(":")) throw new NotUnderstood();
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new NotUnderstood();
    const inner = this.#choice();
    this.#depth -= 1;
    if (!this.#eat(")")) throw new NotUnderstood();
    return inner;
  }

  #escape(): RegexNode {
    const char = this.#next();
    const assertion = ASSERTIONS.get(char);
    if (assertion) return { kind: "assert", assertion };
    return { kind: "class", set: this.#fold(this.#escapedClass(char)) };
  }

  #escapedClass(char: string): CharClass {
    const known = CLASSES.get(char);
    if (known) return known;
    const literal = CONTROLS.get(char) ?? char;
    if (literal === char && /[\p{L}\p{N}]/u.test(char)) throw new NotUnderstood();
    return only(literal);
  }

  // set = [ "^" ] { char [ "-" char ] | "\" escape }
  #set(): CharClass {
    const negated = this.#eat("^");
    const ranges: (readonly [number, number])[] = [];
    for (let first = true; first || !this.#eat("]"); first = false) {
      const char = this.#next();
      if (char === "[" && this.#text[this.#at] === ":") throw new NotUnderstood();
      const part = char === "\\" ? this.#escapedClass(this.#next()) : only(char);
      if (part.negated) throw new NotUnderstood();
      const [low] = part.ranges;
      const isRange = part.ranges.length === 1 && this.#text[this.#at] === "-" && this.#text[this.#at + 1] !== "]";
      if (!isRange || !low) {
        ranges.push(...part.ranges);
        continue;
      }
      this.#at += 1;
      const end = this.#next();
      const high = end === "\\" ? this.#escapedClass(this.#next()) : only(end);
      const to = high.ranges.length === 1 ? high.ranges[0]?.[1] : undefined;
      if (to === undefined || to < low[0]) throw new NotUnderstood();
      ranges.push([low[0], to]);
    }
    return { ...this.#fold({ negated: false, ranges }), negated };
  }

  /** Both cases of every letter of the alphabet; expressions that fold others are not understood. */
  #fold(set: CharClass): CharClass {
    if (!this.#foldsCase) return set;
    if (set.ranges.some(([, to]) => to > 127) && !set.negated) throw new NotUnderstood();
    const shifted = set.ranges.flatMap(([from, to]) => [
      ...shift([from, to], { within: range("a", "z"), by: -32 }),
      ...shift([from, to], { within: range("A", "Z"), by: 32 }),
    ]);
    return { ...set, ranges: [...set.ranges, ...shifted] };
  }
}

interface Shift {
  readonly within: readonly [number, number];
  readonly by: number;
}

function shift(
  [from, to]: readonly [number, number],
  { within: [low, high], by }: Shift,
): readonly (readonly [number, number])[] {
  const [start, end] = [Math.max(from, low), Math.min(to, high)];
  return start <= end ? [[start + by, end + by]] : [];
}

/** Parses an expression of RE2 (Go's regexp, without what policies have no use for); undefined where it is not understood. */
export function parseRegex(text: string): RegexNode | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  try {
    return new Parser(text).parse();
  } catch (error) {
    if (error instanceof NotUnderstood) return undefined;
    throw error;
  }
}
