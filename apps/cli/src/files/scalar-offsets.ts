import type { Scalar } from "yaml";

/** A content line of a scalar in its source: its text, and the offset where that begins. */
interface Line {
  readonly text: string;
  readonly at: number;
}

/** How many characters of the source an escape of a double-quoted scalar takes. */
function escapeLength(letter: string | undefined): number {
  if (letter === "x") return 4;
  if (letter === "u") return 6;
  return letter === "U" ? 10 : 2;
}

/** The length of what stands at an offset inside quotes: an escape, or one character as it is. */
function stepInQuotes(source: string, at: number, quote: string): number {
  if (quote === '"' && source[at] === "\\") return escapeLength(source[at + 1]);
  return quote === "'" && source[at] === "'" ? 2 : 1;
}

/** Offsets of a quoted scalar on one line, one for each unit of its value and one for its end. */
function quoted(source: string, start: number, value: string): readonly number[] {
  const quote = source[start] ?? "";
  const offsets: number[] = [];
  let at = start + 1;
  for (let index = 0; index < value.length; index += 1) {
    offsets.push(at);
    // A long escape may make a pair of surrogates: the second unit stands where the first does.
    if (source[at] === "\\" && source[at + 1] === "U" && (value.codePointAt(index) ?? 0) > 0xffff) {
      offsets.push(at);
      index += 1;
    }
    at += stepInQuotes(source, at, quote);
  }
  return [...offsets, at];
}

function linesOf(source: string, start: number, end: number): readonly Line[] {
  const lines: Line[] = [];
  for (let at = start; at < end;) {
    const stop = source.indexOf("\n", at);
    const next = stop < 0 || stop >= end ? end : stop;
    const raw = source.slice(at, next).replace(/\r$/, "");
    const indent = raw.length - raw.trimStart().length;
    lines.push({ text: raw.slice(indent).trimEnd(), at: at + indent });
    at = next + 1;
  }
  return lines;
}

/** Offsets of lines that are joined by one character each, where the joined text is the value. */
function joined(lines: readonly Line[], join: string, value: string): readonly number[] | undefined {
  if (lines.map(({ text }) => text).join(join) !== value.trimEnd()) return undefined;
  const offsets = lines.flatMap(({ text, at }) => Array.from({ length: text.length + 1 }, (_, index) => at + index));
  const last = offsets.at(-1) ?? 0;
  return [...offsets, ...Array.from({ length: Math.max(0, value.length + 1 - offsets.length) }, () => last)];
}

/**
 * Where each UTF-16 unit of a scalar's value stands in its source, and the end after the last; undefined where the
 * source does not tell (folded over empty lines, say).
 */
export function scalarOffsets(source: string, scalar: Scalar): readonly number[] | undefined {
  const { range, value, type } = scalar;
  if (!range || typeof value !== "string") return undefined;
  const [start, end] = range;
  const body = source.slice(start, end);
  if (type === "QUOTE_SINGLE" || type === "QUOTE_DOUBLE") {
    return body.includes("\n") ? undefined : quoted(source, start, value);
  }
  if (type !== "BLOCK_LITERAL" && type !== "BLOCK_FOLDED") return joined(linesOf(source, start, end), " ", value);
  const lines = linesOf(source, start + body.indexOf("\n") + 1, end);
  const last = lines.findLastIndex(({ text }) => text !== "");
  return joined(lines.slice(0, last + 1), type === "BLOCK_LITERAL" ? "\n" : " ", value);
}
