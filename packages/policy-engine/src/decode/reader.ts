import type { Diagnostic, FieldPath } from "../diagnostic";

/** What a decoder found wrong, and the fields that it does not know. */
export interface Findings {
  readonly diagnostics: Diagnostic[];
}

/** A place in a manifest: its value, and where findings about it go. An absent field and null are both `undefined`. */
export interface Reader {
  readonly value: unknown;
  readonly path: FieldPath;
  readonly findings: Findings;
}

/** A reader of a whole manifest. */
export const readerOf = (value: unknown): Reader => ({ value, path: [], findings: { diagnostics: [] } });

/** What a finding says beside its place. */
export interface Complaint {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** Longest message: what it repeats of a manifest may be as long as somebody likes. */
const MAX_MESSAGE = 300;

const clipped = (text: string): string =>
  text.length <= MAX_MESSAGE ? text : `${text.slice(0, MAX_MESSAGE - 80)}…${text.slice(-79)}`;

function record(reader: Reader, severity: "error" | "warning", complaint: Complaint): void {
  const message = clipped(complaint.message);
  reader.findings.diagnostics.push({ ...complaint, message, severity, path: reader.path });
}

/** Records an error at the reader's place. */
export const complain = (reader: Reader, complaint: Complaint): void => record(reader, "error", complaint);

/** Records a warning at the reader's place. */
export const warn = (reader: Reader, complaint: Complaint): void => record(reader, "warning", complaint);

const describe = (value: unknown): string => (Array.isArray(value) ? "a list" : `a ${typeof value}`);

function wrongType(reader: Reader, wanted: string): undefined {
  complain(reader, { code: "wrong-type", message: `expected ${wanted}, found ${describe(reader.value)}` });
  return undefined;
}

/** A value of any kind as a message names it; an object may hold a `toString` of its own, so it is not asked. */
export function written(value: unknown): string {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return `\`${value}\``;
  return describe(value);
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const absent = (value: unknown): value is undefined | null => value === undefined || value === null;

/** Whether the field is there. */
export const isPresent = (reader: Reader): boolean => !absent(reader.value);

/** The field of an object, whatever the object is. */
export function field(reader: Reader, key: string): Reader {
  const value = isRecord(reader.value) && Object.hasOwn(reader.value, key) ? reader.value[key] : undefined;
  return { value, path: [...reader.path, key], findings: reader.findings };
}

function nearest(key: string, known: readonly string[]): string | undefined {
  const wanted = key.toLowerCase();
  const close = (k: string) => Math.abs(k.length - wanted.length) <= 2 && distance(k.toLowerCase(), wanted) <= 2;
  return known.find((k) => k.toLowerCase() === wanted) ?? known.find(close);
}

/** Levenshtein distance of two short words. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** So many unknown fields of one object are compared with the known ones: whoever has more did not mistype them. */
const MAX_GUESSES = 20;

function unknownFieldHint(key: string, known: readonly string[], index: number): string {
  const guess = index >= MAX_GUESSES ? undefined : nearest(key.slice(0, 64), known);
  return guess ? `did you mean \`${guess}\`?` : `fields here are ${known.join(", ")}`;
}

/**
 * Reads an object and reports the fields that are not among `known`. Those in `enterprise` are understood, though
 * open-source Calico refuses them: they are reported by a code of their own.
 */
export function readObject(reader: Reader, known: readonly string[], enterprise: readonly string[] = []): void {
  if (absent(reader.value)) return;
  if (!isRecord(reader.value)) {
    wrongType(reader, "an object");
    return;
  }
  const unknown = Object.keys(reader.value).filter((key) => !known.includes(key));
  for (const [index, key] of unknown.entries()) {
    const message = `unknown field \`${key}\``;
    const complaint = enterprise.includes(key)
      ? { code: "enterprise-field", message, hint: "open-source Calico does not have this field" }
      : { code: "unknown-field", message, hint: unknownFieldHint(key, known, index) };
    complain(field(reader, key), complaint);
  }
}

/** How much has been found so far; `unknownFieldsSince` tells what came after. */
export const findingsSoFar = ({ findings }: Reader): number => findings.diagnostics.length;

/**
 * The names of fields that nobody understands, found since then, at whatever depth. INVARIANT: every reader of an object
 * calls `readObject`, so that none is missed.
 */
export const unknownFieldsSince = ({ findings }: Reader, since: number): readonly string[] => [
  ...new Set(
    findings.diagnostics
      .slice(since)
      .flatMap(({ code, path }) => (code === "unknown-field" ? [String(path.at(-1))] : [])),
  ),
];

/** Reads a text; undefined when absent or no text. */
export function readString(reader: Reader): string | undefined {
  if (absent(reader.value)) return undefined;
  return typeof reader.value === "string" ? reader.value : wrongType(reader, "a text");
}

/** Reads a number. */
export function readNumber(reader: Reader): number | undefined {
  if (absent(reader.value)) return undefined;
  if (typeof reader.value === "number" && Number.isFinite(reader.value)) return reader.value;
  return wrongType(reader, "a number");
}

/** Reads a whole number within bounds. */
export function readInteger(
  reader: Reader,
  bounds: { readonly min: number; readonly max: number },
): number | undefined {
  const value = readNumber(reader);
  if (value === undefined) return undefined;
  if (Number.isInteger(value) && value >= bounds.min && value <= bounds.max) return value;
  const message = `\`${value}\` is not a whole number from ${bounds.min} to ${bounds.max}`;
  complain(reader, { code: "out-of-range", message });
  return undefined;
}

/** Reads a truth value; absent is false. */
export function readBoolean(reader: Reader): boolean {
  if (absent(reader.value)) return false;
  if (typeof reader.value === "boolean") return reader.value;
  wrongType(reader, "true or false");
  return false;
}

/** The items of a list; `max` is the most that it may hold. */
export function readList(reader: Reader, max?: number): readonly Reader[] {
  if (absent(reader.value)) return [];
  if (!Array.isArray(reader.value)) {
    wrongType(reader, "a list");
    return [];
  }
  const items: readonly unknown[] = reader.value;
  if (max !== undefined && items.length > max) {
    complain(reader, { code: "too-many", message: `${items.length} entries, at most ${max} are allowed` });
  }
  return items.map((value, index) => ({ value, path: [...reader.path, index], findings: reader.findings }));
}

/** Reads a list of texts. */
export function readStrings(reader: Reader, max?: number): readonly { readonly at: Reader; readonly text: string }[] {
  return readList(reader, max).flatMap((at) => {
    const text = readString(at);
    if (text === undefined && !isPresent(at)) wrongType(at, "a text");
    return text === undefined ? [] : [{ at, text }];
  });
}

/** Reads a map of texts to texts. */
export function readStringMap(reader: Reader): Readonly<Record<string, string>> {
  if (absent(reader.value)) return {};
  if (!isRecord(reader.value)) {
    wrongType(reader, "a map of texts");
    return {};
  }
  const entries = Object.keys(reader.value).map((key) => [key, readString(field(reader, key))] as const);
  return Object.fromEntries(entries.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
}

/** Reads one of a few words; `fallback` stands for an absent field, and for an empty one where `emptyIsAbsent`. */
export function readWord<W extends string>(reader: Reader, words: readonly W[], emptyIsAbsent = false): W | undefined {
  const text = readString(reader);
  if (text === undefined || (emptyIsAbsent && text === "")) return undefined;
  const word = words.find((w) => w === text);
  if (word === undefined) {
    const hint = `write ${words.slice(0, -1).join(", ")} or ${words.at(-1) ?? ""}`;
    complain(reader, { code: "not-one-of", message: `\`${text}\` is not allowed here`, hint });
  }
  return word;
}

/** Reports entries of a list that repeat an earlier one. */
export function rejectRepeats(items: readonly { readonly at: Reader; readonly text: string }[]): void {
  const seen = new Set<string>();
  for (const { at, text } of items) {
    if (seen.has(text)) complain(at, { code: "repeated", message: `\`${text}\` is given more than once` });
    seen.add(text);
  }
}
