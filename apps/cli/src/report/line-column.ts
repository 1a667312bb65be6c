import type { Place, Source } from "../files/source";

/** A position as editors count it: both from 1, columns in characters. */
export interface LineColumn {
  readonly line: number;
  readonly column: number;
}

const lineStarts = new WeakMap<Source, readonly number[]>();

function startsOf(source: Source): readonly number[] {
  const known = lineStarts.get(source);
  if (known) return known;
  const starts = [0];
  for (let at = source.text.indexOf("\n"); at >= 0; at = source.text.indexOf("\n", at + 1)) starts.push(at + 1);
  lineStarts.set(source, starts);
  return starts;
}

/** The index of the last line that starts at or before the offset. */
function lineAt(starts: readonly number[], offset: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

const characters = (text: string): number => Array.from(text).length;

/** Line and column of an offset. */
export function lineColumn(source: Source, offset: number): LineColumn {
  const starts = startsOf(source);
  const line = lineAt(starts, offset);
  return { line: line + 1, column: characters(source.text.slice(starts[line] ?? 0, offset)) + 1 };
}

/** The line that a place starts in, without its end, and the part of it that the place covers, in characters from 0. */
export interface SourceLine {
  readonly number: number;
  readonly characters: readonly string[];
  readonly from: number;
  readonly to: number;
}

/** The line of a place; a place over several lines is cut at the end of its first. */
export function sourceLine({ source, start, end }: Place): SourceLine {
  const starts = startsOf(source);
  const line = lineAt(starts, start);
  const begin = starts[line] ?? 0;
  const text = source.text.slice(begin, (starts[line + 1] ?? source.text.length + 1) - 1).replace(/\r$/, "");
  const from = characters(text.slice(0, Math.max(0, start - begin)));
  const to = characters(text.slice(0, Math.max(0, Math.min(end - begin, text.length))));
  return { number: line + 1, characters: Array.from(text), from, to: Math.max(to, from + 1) };
}
