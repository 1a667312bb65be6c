import { Readable, type Writable } from "node:stream";
import { isObject, type JsonObject } from "../json";
import { wireText } from "../store/wire-text";
import type { KubeObject } from "../store/types";

const itemsEnd = Buffer.from("]}");
const comma = Buffer.from(",");

/** What a list is handed to its connection at a time. */
const pieceBytes = 256 * 1024;

/** An answer's body as JSON, in references to what was written before; a list's items are taken as they stand. */
export interface JsonAnswer {
  readonly bytes: number;
  readonly parts: readonly Buffer[];
}

/** An answer's body as JSON; the items of a list are taken as they were written before, where they were. */
export function jsonAnswer(body: JsonObject): JsonAnswer {
  const parts = partsOf(body);
  return { parts, bytes: parts.reduce((sum, { length }) => sum + length, 0) };
}

function partsOf(body: JsonObject): readonly Buffer[] {
  const { items, ...rest } = body;
  if (!Array.isArray(items) || items.length === 0 || !items.every(isObject)) return [Buffer.from(JSON.stringify(body))];
  const head = JSON.stringify(rest);
  const parts: Buffer[] = [Buffer.from(`${head.slice(0, -1)}${head === "{}" ? "" : ","}"items":[`)];
  for (const item of items) parts.push(wireText(item as unknown as KubeObject), comma);
  parts[parts.length - 1] = itemsEnd;
  return parts;
}

/**
 * Writes an answer and ends `to`. A long one goes piece by piece as the reader takes it: TLS keeps a copy of what it is
 * given, and a list of ten thousand pods that several read at once would be held as often.
 */
export function sendJson({ bytes, parts }: JsonAnswer, to: Writable): void {
  if (bytes <= pieceBytes) to.end(Buffer.concat(parts));
  else
    Readable.from(piecesOf(parts), { objectMode: true, highWaterMark: 1 })
      .on("error", () => to.destroy())
      .pipe(to);
}

function* piecesOf(parts: readonly Buffer[]): Generator<Buffer> {
  let [from, bytes] = [0, 0];
  for (const [at, part] of parts.entries()) {
    bytes += part.length;
    if (bytes < pieceBytes && at < parts.length - 1) continue;
    yield Buffer.concat(parts.slice(from, at + 1));
    [from, bytes] = [at + 1, 0];
  }
}
