import type { IncomingMessage } from "node:http";

/** More than any page of 500 objects that a cluster answers. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** The whole body as text; rejects where it is longer than 64 MiB. */
export async function readBody(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    // INVARIANT: no encoding is set on the answer, so that its chunks are buffers.
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > MAX_BODY_BYTES) throw new Error(`the answer is longer than ${MAX_BODY_BYTES} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}
