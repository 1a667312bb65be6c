import type { Clock } from "@isthmus/std";
import { turnedClock } from "@isthmus/std/testing";
import { pino } from "pino";
import { expect, it } from "vitest";
import type { Cursor } from "../../spool/entry";
import { FlowReader } from "./flow-reader";
import { OpenStream } from "./open-stream";
import { Reconciliation } from "./reconciliation";
import { silentEvents } from "./testing/silent-events";

const NOW = 1_700_010_000;
const HOUR = 3_600;

/** A stream that is open to a Goldmane of the same time, with everything in the sink that has been. */
function opened() {
  const steady = turnedClock(NOW * 1_000);
  let offMs = 0;
  const setBack = (ms: number): void => void (offMs -= ms);
  const clock: Clock = { now: () => steady.now() + offMs, sleep: (ms, signal) => steady.sleep(ms, signal) };
  let cursor: Cursor | undefined = { incarnation: "g", through: NOW - 30, reconciledThrough: NOW - 330 };
  const incarnation = { id: "g", startedAt: undefined };
  const stop = new AbortController();
  const stream = new OpenStream({
    target: {
      sink: {
        get cursor() {
          return cursor;
        },
        append: (_, next) => (cursor = next),
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
    from: NOW - 30,
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
  return { setBack, stream, stop, running, pass };
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
