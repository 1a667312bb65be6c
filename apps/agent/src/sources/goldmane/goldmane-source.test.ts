import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../system-clock";
import { goldmaneSource } from "./goldmane-source";

const unused = (): never => {
  throw new Error("not asked for");
};

/** A stream whose marks come when the test says so, from a spool that another replica has overtaken. */
function started() {
  const stop = new AbortController();
  const appended: unknown[] = [];
  let asked: () => void = unused;
  const askedForMarks = new Promise<void>((resolve) => (asked = resolve));
  let resumed = 0;
  const source = goldmaneSource({
    address: "127.0.0.1:9",
    serverName: "",
    tls: () => Promise.resolve({ ok: true, value: { ca: "", cert: "", key: "" } }),
    findIncarnation: () => Promise.resolve({ id: "new", startedAt: undefined }),
    watchedIncarnation: unused,
    reconcileAfterSeconds: 300,
    workloadOf: unused,
    clock: systemClock,
    random: () => 0,
    log: pino({ level: "silent" }),
  });
  const running = source.follow({
    marks: () => {
      asked();
      return new Promise((resolve) => stop.signal.addEventListener("abort", () => resolve([])));
    },
    sink: {
      cursor: { incarnation: "old", through: 900 },
      append: (...given) => appended.push(given),
      takesWrites: () => true,
      problem: "",
    },
    events: {
      state: () => undefined,
      closedWindow: unused,
      reconciled: unused,
      unreconciled: unused,
      lost: unused,
      faulty: unused,
      resumed: () => (resumed += 1),
    },
    signal: stop.signal,
  });
  return { running, askedForMarks, stop, appended, resumed: () => resumed };
}

describe("goldmaneSource", () => {
  it("names nothing as lost, and moves no cursor, when it is stopped while it waits for a gateway's marks", async () => {
    const { running, askedForMarks, stop, appended, resumed } = started();
    await askedForMarks;
    stop.abort();
    await running;
    expect([appended, resumed()]).toEqual([[], 0]);
  });
});
