const LINE_FEED = 10;
/** Longer than etcd lets any object be. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** The lines of a byte stream; a last line without its line feed is left out, since it was cut off. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let pending: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
      const line = Buffer.concat([...pending, chunk.subarray(from, at)]).toString("utf8");
      pending = [];
      size = 0;
      from = at + 1;
      if (line !== "") yield line;
    }
    if (from < chunk.length) {
      pending.push(chunk.subarray(from));
      size += chunk.length - from;
      if (size > MAX_LINE_BYTES) throw new Error(`a line is longer than ${MAX_LINE_BYTES} bytes`);
    }
  }
}
