import type { Sink } from "../io";

/** Text is handed on in pieces of about this many characters. */
const PIECE = 1 << 16;

/** Writes pieces of text as they are made, no faster than they are read. */
export async function writeAll(sink: Sink, texts: Iterable<string>): Promise<void> {
  let waiting: string[] = [];
  let length = 0;
  for (const text of texts) {
    waiting.push(text);
    length += text.length;
    if (length < PIECE) continue;
    sink.write(waiting.join(""));
    [waiting, length] = [[], 0];
    await sink.drained();
  }
  if (length > 0) sink.write(waiting.join(""));
}
