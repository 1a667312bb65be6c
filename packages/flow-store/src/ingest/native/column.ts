import type { Steps } from "@isthmus/std";
import type { Coded } from "../flow-table";
import { Dictionary } from "./dictionary";
import type { NativeWriter } from "./writer";

/** Rows that follow each other in a block and come from one place. */
export interface Span {
  readonly rows: number;
}

/** The spans of a block, their rows in all, and an array of so many numbers that each column may use while it is written. */
export interface Block<S extends Span> {
  readonly spans: readonly S[];
  readonly rows: number;
  readonly indices: Uint32Array;
}

/** One column of a block. */
export interface NativeColumn<S extends Span> {
  readonly name: string;
  /** ClickHouse's type, as the block says it and a structure repeats it. */
  readonly type: string;
  write(out: NativeWriter, block: Block<S>): void;
}

/** Makes the columns of blocks whose spans are of one kind. */
type ColumnOf<S extends Span, V> = (name: string, pick: (span: S) => V) => NativeColumn<S>;

/** Calls `each` with every row's place in its span and in the block. */
function fillFrom<S extends Span>(spans: readonly S[], fill: (span: S, start: number) => void): void {
  let start = 0;
  for (const span of spans) {
    fill(span, start);
    start += span.rows;
  }
}

const TEXT = "LowCardinality(String)";

/** A text for each row, of which there are few. */
export function texts<S extends Span>(name: string, pick: (span: S) => Coded<string>): NativeColumn<S> {
  return {
    name,
    type: TEXT,
    write(out, { spans, indices }) {
      const dictionary = new Dictionary();
      fillFrom(spans, (span, start) => {
        recode(span.rows, pick(span), { start, indices, indexOf: (text) => dictionary.indexOf(text) });
      });
      Dictionary.writeVersion(out);
      dictionary.write(out, indices);
    },
  };
}

interface Recoding<T> {
  readonly start: number;
  readonly indices: Uint32Array;
  readonly indexOf: (value: T) => number;
}

/** Gives rows the codes of the block, looking each value up once, and only those that rows have. */
function recode<T>(rows: number, { values, codes }: Coded<T>, { start, indices, indexOf }: Recoding<T>): void {
  // One more than the code, so that a fresh array says that none is known.
  const known = new Uint32Array(values.length);
  for (let row = 0; row < rows; row += 1) {
    const code = codes[row] ?? 0;
    let index = known[code] ?? 0;
    if (index === 0) {
      index = indexOf(valueAt(values, code)) + 1;
      known[code] = index;
    }
    indices[start + row] = index - 1;
  }
}

function valueAt<T>(values: readonly T[], code: number): T {
  const value = values[code];
  if (value === undefined) throw new RangeError(`a column has no value ${code}`);
  return value;
}

/** One text for all rows of a span. */
export function spanText<S extends Span>(name: string, pick: (span: S) => string): NativeColumn<S> {
  return {
    name,
    type: TEXT,
    write(out, { spans, indices }) {
      const dictionary = new Dictionary();
      fillFrom(spans, (span, start) => indices.fill(dictionary.indexOf(pick(span)), start, start + span.rows));
      Dictionary.writeVersion(out);
      dictionary.write(out, indices);
    },
  };
}

/** A list of texts for each row, of which there are few. */
export function textLists<S extends Span>(name: string, pick: (span: S) => Coded<readonly string[]>): NativeColumn<S> {
  return {
    name,
    type: `Array(${TEXT})`,
    write(out, { spans, indices: listOf }) {
      const dictionary = new Dictionary();
      const lists: (readonly number[])[] = [];
      fillFrom(spans, (span, start) => {
        const indexOf = (list: readonly string[]) => lists.push(list.map((text) => dictionary.indexOf(text))) - 1;
        recode(span.rows, pick(span), { start, indices: listOf, indexOf });
      });
      Dictionary.writeVersion(out);
      dictionary.write(out, writeOffsets(out, lists, listOf));
    },
  };
}

/** Writes where each row's list ends, and gives what the lists hold, one after another. */
function writeOffsets(out: NativeWriter, lists: readonly (readonly number[])[], listOf: Uint32Array): Uint32Array {
  // Eight bytes each; a block has far less than 2^32 of them.
  const ends = new Uint32Array(2 * listOf.length);
  let end = 0;
  for (let row = 0; row < listOf.length; row += 1) {
    end += lists[listOf[row] ?? 0]?.length ?? 0;
    ends[2 * row] = end;
  }
  out.values(ends);
  const indices = new Uint32Array(end);
  let at = 0;
  for (const index of listOf) {
    const list = lists[index] ?? [];
    for (let each = 0; each < list.length; each += 1) indices[at++] = list[each] ?? 0;
  }
  return indices;
}

const uuidText = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The four words of a UUID as ClickHouse stores it: two numbers of 64 bits, each little endian. */
function uuidWords(text: string): readonly number[] {
  if (!uuidText.test(text)) throw new RangeError(`"${text}" is not a UUID`);
  const digits = text.replaceAll("-", "");
  return [8, 0, 24, 16].map((at) => Number.parseInt(digits.slice(at, at + 8), 16));
}

/** A UUID for each row, of which there are few. */
export function uuids<S extends Span>(name: string, pick: (span: S) => Coded<string>): NativeColumn<S> {
  return {
    name,
    type: "UUID",
    write(out, { spans, rows, indices }) {
      const words = new Uint32Array(4 * rows);
      const keys: number[] = [];
      const indexOf = (text: string) => (keys.push(...uuidWords(text)) >> 2) - 1;
      fillFrom(spans, (span, start) => recode(span.rows, pick(span), { start, indices, indexOf }));
      for (let row = 0; row < rows; row += 1) {
        const key = 4 * (indices[row] ?? 0);
        for (let word = 0; word < 4; word += 1) words[4 * row + word] = keys[key + word] ?? 0;
      }
      out.values(words);
    },
  };
}

/** One UUID for all rows of a span. */
export function spanUuid<S extends Span>(name: string, pick: (span: S) => string): NativeColumn<S> {
  return {
    name,
    type: "UUID",
    write(out, { spans, rows }) {
      const words = new Uint32Array(4 * rows);
      fillFrom(spans, (span, start) => {
        const of = uuidWords(pick(span));
        for (let row = start; row < start + span.rows; row += 1) words.set(of, 4 * row);
      });
      out.values(words);
    },
  };
}

/** A text for each row that a column of Enum8 has a number for. */
export function enums<S extends Span>(
  name: string,
  numbers: Readonly<Record<string, number>>,
  pick: (span: S) => Coded<string>,
): NativeColumn<S> {
  const entries = Object.entries(numbers).map(([text, number]) => `'${text}' = ${number}`);
  const indexOf = (text: string) => {
    const number = numbers[text];
    if (number === undefined) throw new RangeError(`"${text}" is no value of ${name}`);
    return number;
  };
  return {
    name,
    type: `Enum8(${entries.join(", ")})`,
    write(out, { spans, indices }) {
      fillFrom(spans, (span, start) => recode(span.rows, pick(span), { start, indices, indexOf }));
      out.values(new Int8Array(indices));
    },
  };
}

type NumberArray = Uint8Array | Uint16Array | Uint32Array | Int32Array;

/** A column of numbers, of at most 32 bits: as many as there are rows, or one for all of a span. */
export function numbers<S extends Span>(
  type: string,
  make: (rows: number) => NumberArray,
): ColumnOf<S, ArrayLike<number> | number> {
  return (name, pick) => ({
    name,
    type,
    write(out, { spans, rows }) {
      const all = make(rows);
      fillFrom(spans, (span, start) => {
        const some = pick(span);
        if (typeof some === "number") all.fill(some, start, start + span.rows);
        else all.set(some, start);
      });
      out.values(all);
    },
  });
}

/** A column of signed whole numbers within 2^53, in 64 bits. */
export function wideNumbers<S extends Span>(type: string): ColumnOf<S, Float64Array | number> {
  return (name, pick) => ({
    name,
    type,
    write(out, { spans, rows }) {
      const words = new Uint32Array(2 * rows);
      fillFrom(spans, (span, start) => {
        const some = pick(span);
        for (let row = 0; row < span.rows; row += 1) {
          const value = typeof some === "number" ? some : (some[row] ?? 0);
          // An array of words keeps the low 32 bits of what it is given: two's complement where it is negative.
          words[2 * (start + row)] = value;
          words[2 * (start + row) + 1] = Math.floor(value / 2 ** 32);
        }
      });
      out.values(words);
    },
  });
}

/** A column of unsigned numbers of 64 bits, as they are. */
export function hashes<S extends Span>(name: string, pick: (span: S) => BigUint64Array): NativeColumn<S> {
  return {
    name,
    type: "UInt64",
    write: (out, { spans }) => {
      for (const span of spans) out.values(pick(span));
    },
  };
}

/** One block: how many columns and rows, then each column with its name and type; a step for each column. */
export function* writeBlock<S extends Span>(
  out: NativeWriter,
  columns: readonly NativeColumn<S>[],
  spans: readonly S[],
): Steps<void> {
  const rows = spans.reduce((sum, span) => sum + span.rows, 0);
  const block = { spans, rows, indices: new Uint32Array(rows) };
  out.varint(columns.length);
  out.varint(rows);
  for (const column of columns) {
    out.string(column.name);
    out.string(column.type);
    if (rows > 0) column.write(out, block);
    yield;
  }
}
