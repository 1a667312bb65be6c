import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { EvidenceBatchSchema, FlowBatchSchema, flowRows, readFlowColumns } from "@isthmus/protocol";
import type { Clock } from "@isthmus/std";
import { settle, turnedClock } from "@isthmus/std/testing";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import type { Cursor, EncodedContent } from "../../spool/entry";
import { FlowReader } from "./flow-reader";
import { OpenStream } from "./open-stream";
import { Reconciliation } from "./reconciliation";
import { flowBytes } from "./testing/flow-row";
import { silentEvents } from "./testing/silent-events";

const NOW = 1_700_010_000;
const HOUR = 3_600;
/** The first bucket that is asked for. */
const FIRST = NOW - 30;
/** Rows that are not made, sorted and encoded in one turn. */
const MANY = 8_000;

/** What was put in with one write. */
interface Written {
  readonly through: number | undefined;
  readonly incomplete: readonly number[] | undefined;
  /** Of its flows, by their bucket. */
  readonly ports: Readonly<Record<number, readonly number[]>>;
}

function written(contents: readonly EncodedContent[], cursor: Cursor | undefined): Written {
  const ports: Record<number, number[]> = {};
  for (const each of contents) {
    const { content } = fromBinary(EvidenceBatchSchema, each);
    if (content.case !== "flows") throw new Error("a write of something else than flows");
    const columns = readFlowColumns(toBinary(FlowBatchSchema, content.value));
    if (!columns.ok) throw new Error(columns.error.message);
    const known = (ports[columns.value.bucketStart] ??= []);
    known.push(...flowRows(columns.value).map(({ destPort }) => destPort));
  }
  for (const list of Object.values(ports)) list.sort((a, b) => a - b);
  return { through: cursor?.through, incomplete: cursor?.incomplete, ports };
}

const portsUpTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);

/** A stream that is open to a Goldmane of the same time, with everything in the sink that has been. */
function opened() {
  const steady = turnedClock(NOW * 1_000);
  let offMs = 0;
  const setBack = (ms: number): void => void (offMs -= ms);
  const clock: Clock = { now: () => steady.now() + offMs, sleep: (ms, signal) => steady.sleep(ms, signal) };
  let cursor: Cursor | undefined = { incarnation: "g", through: FIRST, reconciledThrough: NOW - 330 };
  const incarnation = { id: "g", startedAt: undefined };
  const stop = new AbortController();
  const writes: Written[] = [];
  const stream = new OpenStream({
    target: {
      sink: {
        get cursor() {
          return cursor;
        },
        append: (contents, next) => {
          writes.push(written(contents, next));
          cursor = next;
        },
        takesWrites: () => true,
        problem: "",
      },
      marks: () => Promise.resolve([]),
      events: silentEvents,
      signal: stop.signal,
    },
    incarnation,
    findIncarnation: () => Promise.resolve(incarnation),
    watchedIncarnation: () => incarnation,
    reader: new FlowReader(() => undefined),
    reconciliation: new Reconciliation(cursor),
    from: FIRST,
    clock,
    log: pino({ level: "silent" }),
  });
  const hasPassed = (seconds: number): Promise<boolean> => Promise.resolve(seconds < clock.now() / 1_000);
  const running = Promise.all([stream.tick(stop), stream.compareClocks(hasPassed, stop.signal)]);
  const pass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds && !stop.signal.aborted; second += 1) {
      await steady.turn(1_000);
      for (let turn = 0; turn < 6; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const receive = async (start: number, ports: readonly number[]): Promise<void> => {
    for (const port of ports) await stream.received(flowBytes(start, port));
  };
  /** Lets just so much time pass that what has come is closed. */
  const close = async (): Promise<void> => {
    for (let looks = 0; looks < 3; looks += 1) await steady.turn(500);
  };
  const end = async (): Promise<void> => {
    stop.abort();
    await Promise.all([running, stream.rest()]);
  };
  return { setBack, stream, stop, running, pass, receive, close, end, writes };
}

it.each([
  {
    name: "by an hour: ends the stream, to begin with the present",
    backMs: HOUR * 1_000,
    problem: "the clock was set back",
  },
  { name: "by a little: lists bring what the stream leaves out", backMs: 60_000, problem: undefined },
])("a clock that is set back $name", async ({ backMs, problem }) => {
  const { setBack, stream, stop, running, pass } = opened();
  await pass(10);
  expect([stream.connected, stream.problem]).toEqual([true, undefined]);
  setBack(backMs);
  await pass(10);
  expect([stream.problem, stop.signal.aborted]).toEqual([problem, problem !== undefined]);
  stop.abort();
  await running;
});

describe("while a bucket is put in, a turn at a time", () => {
  /** A stream of which time has just closed the first bucket. */
  async function closing() {
    const made = opened();
    await made.pass(5);
    await made.receive(FIRST, portsUpTo(MANY));
    await made.close();
    expect(made.writes).toEqual([]);
    return made;
  }

  it("flows of the next come in, and what closes it waits for its turn", async () => {
    const { receive, writes, end } = await closing();
    await receive(FIRST + 15, [1, 2]);
    await settle();
    await receive(FIRST + 15, [3]);
    expect(writes).toEqual([]);
    await receive(FIRST + 30, [9]);
    const incomplete: readonly number[] = [];
    expect(writes).toEqual([
      { through: FIRST + 15, incomplete, ports: { [FIRST]: portsUpTo(MANY) } },
      { through: FIRST + 30, incomplete, ports: { [FIRST + 15]: [1, 2, 3] } },
    ]);
    await end();
    expect(writes.length).toBe(2);
  });

  it("a flow that comes for it is left out, and the bucket is named as incomplete", async () => {
    const { receive, pass, writes, end } = await closing();
    await receive(FIRST, [MANY + 1]);
    expect(writes).toEqual([]);
    for (let second = 0; second < 60 && writes.length < 2; second += 1) await pass(1);
    expect(writes.slice(0, 2)).toEqual([
      { through: FIRST + 15, incomplete: [], ports: { [FIRST]: portsUpTo(MANY) } },
      { through: FIRST + 15, incomplete: [FIRST], ports: {} },
    ]);
    await end();
  });

  it("the end of the stream waits until it is in as a whole, and nothing comes after it", async () => {
    const { stream, receive, writes, end } = await closing();
    await receive(FIRST + 15, [1]);
    const later = stream.received(flowBytes(FIRST + 30, 2));
    await settle();
    expect(writes).toEqual([]);
    await end();
    await later;
    for (let turn = 0; turn < 10; turn += 1) await settle();
    expect(writes).toEqual([{ through: FIRST + 15, incomplete: [], ports: { [FIRST]: portsUpTo(MANY) } }]);
  });
});
