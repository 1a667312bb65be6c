import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { streamSink } from "./stream-sink";

/** A stream that takes what it is given when it is told to, or fails. */
function slowStream(isTTY = false) {
  const taken: string[] = [];
  const pending: ((error?: Error) => void)[] = [];
  const stream = new Writable({
    highWaterMark: 4,
    decodeStrings: false,
    write: (chunk: string, _encoding, done) => {
      taken.push(chunk);
      pending.push(done);
    },
  });
  return { stream: Object.assign(stream, { isTTY }), taken, release: (error?: Error) => pending.shift()?.(error) };
}

describe("a stream as a sink", () => {
  it("waits for a slow reader, however often", async () => {
    const { stream, taken, release } = slowStream();
    const sink = streamSink(stream, true);
    for (let turn = 0; turn < 20; turn += 1) {
      sink.write("12345678");
      let drained = false;
      const waiting = sink.drained().then(() => (drained = true));
      await Promise.resolve();
      expect(drained).toBe(false);
      release();
      await waiting;
    }
    expect(taken).toHaveLength(20);
    expect(stream.listenerCount("drain") + stream.listenerCount("close")).toBeLessThan(5);
  });

  it("does not wait where there is room", async () => {
    const { stream } = slowStream();
    const sink = streamSink(stream, true);
    sink.write("1");
    await sink.drained();
    expect(stream.writableLength).toBe(1);
  });

  it("stops writing, and lets go of who waits, when the reader goes away", async () => {
    const { stream, taken, release } = slowStream();
    const sink = streamSink(stream, true);
    sink.write("12345678");
    const waiting = sink.drained();
    release(Object.assign(new Error("gone"), { code: "EPIPE" }));
    await waiting;
    sink.write("more");
    expect(taken).toEqual(["12345678"]);
  });

  it.each([
    { name: "a terminal", isTTY: true, colour: true, shown: true },
    { name: "a terminal where colour is not wanted", isTTY: true, colour: false, shown: false },
    { name: "a pipe", isTTY: false, colour: true, shown: false },
  ])("colours $name: $shown", ({ isTTY, colour, shown }) => {
    const sink = streamSink(slowStream(isTTY).stream, colour);
    expect([sink.isTerminal, sink.colour]).toEqual([isTTY, shown]);
  });
});
