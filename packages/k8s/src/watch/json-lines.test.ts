import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { linesOf } from "./json-lines";

async function* chunksOf(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const places = [...new Set([0, ...cuts.map((cut) => Math.floor(cut * bytes.length)), bytes.length])].toSorted(
    (a, b) => a - b,
  );
  for (const [index, from] of places.entries())
    yield await Promise.resolve(bytes.subarray(from, places[index + 1] ?? from));
}

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const line of lines) found.push(line);
  return found;
}

describe("linesOf", () => {
  it("gives whole lines, wherever the stream was cut, and not the last one when it is torn", async () => {
    const line = fc.string({ unit: "grapheme" }).map((text) => text.replaceAll(/[\r\n]/gu, "x"));
    await fc.assert(
      fc.asyncProperty(
        fc.array(line),
        fc.string(),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true })),
        async (lines, tail, cuts) => {
          const torn = tail.replaceAll("\n", "");
          const bytes = Buffer.from(lines.map((each) => `${each}\n`).join("") + torn);
          expect(await collect(linesOf(chunksOf(bytes, cuts)))).toEqual(lines.filter((each) => each !== ""));
        },
      ),
    );
  });
});
