import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WatchStreams } from "./watch-stream";

/** A response whose reader takes what it is given, or nothing at all. */
function reader(takes: boolean) {
  const written: Buffer[] = [];
  let drain = () => {};
  const response = {
    writableEnded: false,
    destroyed: false,
    get writableLength() {
      return takes ? 0 : written.reduce((sum, piece) => sum + piece.length, 0);
    },
    write: (piece: Buffer) => {
      written.push(piece);
      return takes;
    },
    on: (_event: "drain", listener: () => void) => (drain = listener),
    end: vi.fn(),
    once: vi.fn(),
  };
  return { response: response as unknown as ServerResponse, written, end: response.end, drain: () => drain() };
}

const pod = (name: string, text = "") => ({ kind: "Pod", metadata: { name, annotations: { text } } });
const megabyte = "x".repeat(1024 * 1024);

describe("the streams of watches", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "setImmediate", "performance"] }));
  afterEach(() => void vi.useRealTimers());

  it("write an event once for all who wait for the same ones", () => {
    const streams = new WatchStreams();
    const readers = [reader(true), reader(true), reader(true)];
    const sinks = readers.map(({ response }) => streams.sink(response));
    const [a, b] = [pod("a"), pod("b")];
    for (const sink of sinks) sink.send({ type: "ADDED", object: a });
    for (const sink of sinks.slice(0, 2)) sink.send({ type: "MODIFIED", object: b });
    vi.runAllTimers();
    const texts = readers.map(({ written }) => Buffer.concat(written).toString());
    const line = (type: string, object: unknown) => `${JSON.stringify({ type, object })}\n`;
    expect(texts).toEqual([
      line("ADDED", a) + line("MODIFIED", b),
      line("ADDED", a) + line("MODIFIED", b),
      line("ADDED", a),
    ]);
    expect(readers[0]?.written[0]).toBe(readers[1]?.written[0]);
  });

  it("send at once after a pause, and gather what follows closely", () => {
    const streams = new WatchStreams();
    const { response, written } = reader(true);
    const sink = streams.sink(response);
    vi.advanceTimersByTime(1_000);
    sink.send({ type: "ADDED", object: pod("a") });
    vi.advanceTimersByTime(0);
    expect(written).toHaveLength(1);
    for (const name of ["b", "c", "d"]) sink.send({ type: "ADDED", object: pod(name) });
    vi.advanceTimersByTime(5);
    expect(written).toHaveLength(1);
    vi.advanceTimersByTime(20);
    expect(written).toHaveLength(2);
  });

  it("tell of a reader that takes nothing, and of no other", () => {
    const streams = new WatchStreams();
    const [slow, quick] = [reader(false), reader(true)];
    const [toSlow, toQuick] = [streams.sink(slow.response), streams.sink(quick.response)];
    const answers = Array.from({ length: 12 }, (_, index) => {
      const event = { type: "MODIFIED", object: pod(String(index), megabyte) };
      const both = [toSlow.send(event), toQuick.send(event)];
      vi.runAllTimers();
      return both;
    });
    expect(answers.map(([first]) => first)).toEqual([
      ...Array<boolean>(7).fill(true),
      ...Array<boolean>(5).fill(false),
    ]);
    expect(answers.every(([, second]) => second)).toBe(true);
  });

  it("count what was there already for nothing against a reader, until it has taken it", () => {
    const streams = new WatchStreams();
    const { response } = reader(false);
    const sink = streams.sink(response);
    for (let index = 0; index < 40; index += 1) sink.present({ type: "ADDED", object: pod(String(index), megabyte) });
    vi.runAllTimers();
    const answers = Array.from({ length: 9 }, (_, index) =>
      sink.send({ type: "MODIFIED", object: pod(String(index), megabyte) }),
    );
    expect(answers).toEqual([...Array<boolean>(7).fill(true), false, false]);
  });

  it("hand a slow reader one piece after the other, in order", () => {
    const streams = new WatchStreams();
    const { response, written, drain } = reader(false);
    const sink = streams.sink(response);
    const names = ["a", "b", "c"];
    for (const name of names) sink.send({ type: "ADDED", object: pod(name, megabyte) });
    vi.runAllTimers();
    expect(written).toHaveLength(1);
    drain();
    drain();
    drain();
    expect(written.map((piece) => /"name":"(.)"/.exec(piece.toString("utf8"))?.[1])).toEqual(names);
  });

  it("write what waits before they end", () => {
    const { response, written, end } = reader(true);
    const sink = new WatchStreams().sink(response);
    sink.send({ type: "ADDED", object: pod("a") });
    sink.end();
    expect(Buffer.concat(written).toString()).toContain('"name":"a"');
    expect(end).toHaveBeenCalledOnce();
  });

  it("share one piece of memory among slow readers", () => {
    const streams = new WatchStreams();
    const readers = [reader(false), reader(false), reader(true)];
    const sinks = readers.map(({ response }) => streams.sink(response));
    for (const name of ["a", "b", "c"]) {
      const event = { type: "MODIFIED", object: pod(name, "x".repeat(100_000)) };
      for (const sink of sinks) sink.send(event);
      vi.runAllTimers();
    }
    for (const { drain } of readers.slice(0, 2)) {
      drain();
      drain();
    }
    const [slow, alsoSlow, quick] = readers.map(({ written }) => written);
    expect(quick).toHaveLength(3);
    expect(slow?.map((piece, at) => piece === quick?.[at] && piece === alsoSlow?.[at])).toEqual([true, true, true]);
  });

  it("gather the longer, the longer a round of writing takes", () => {
    const streams = new WatchStreams();
    const { response, written } = reader(true);
    const sink = streams.sink(response);
    // Each look at the clock finds it 15 ms on: a round takes 15, so that 60 are to pass before the next one.
    let clock = 0;
    vi.spyOn(performance, "now").mockImplementation(() => (clock += 15));
    sink.send({ type: "ADDED", object: pod("a") });
    vi.runAllTimers();
    sink.send({ type: "ADDED", object: pod("b") });
    vi.advanceTimersByTime(40);
    expect(written).toHaveLength(1);
    vi.advanceTimersByTime(20);
    expect(written).toHaveLength(2);
  });
});
