import { pino } from "pino";
import { describe, expect, it } from "vitest";
import type { Examined } from "./examine";
import { Examiner } from "./examiner";

/** An examiner whose examinations end, and whose pauses pass, when the test says so. */
function started() {
  const stop = new AbortController();
  const underWay: ((examined: Examined) => void)[] = [];
  const sleeping: (() => void)[] = [];
  const answers: bigint[] = [];
  const examiner = new Examiner({
    examine: () => new Promise((resolve) => underWay.push(resolve)),
    agentVersion: "1",
    examined: (examination) => answers.push(examination.answers),
    clock: {
      sleep: (_, signal) =>
        new Promise((resolve, reject) => {
          sleeping.push(resolve);
          signal?.addEventListener("abort", () => reject(new Error("woken")));
        }),
    },
    log: pino({ level: "silent" }),
  });
  const running = examiner.run(stop.signal);
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    examiner,
    answers,
    examinations: () => underWay.length,
    end: async () => {
      underWay.at(-1)?.({ examinedAtMs: 1, tookMs: 1.4, findings: [] });
      await settle();
    },
    pass: async () => {
      sleeping.at(-1)?.();
      await settle();
    },
    ask: async (number: bigint) => {
      examiner.ask(number);
      await settle();
    },
    again: async () => {
      examiner.again();
      await settle();
    },
    /** Aborts during whatever is under way, and waits until it rests. */
    abort: async () => {
      stop.abort();
      await running;
    },
    stop: async () => {
      stop.abort();
      underWay.at(-1)?.({ examinedAtMs: 1, tookMs: 1, findings: [] });
      await running;
    },
  };
}

describe("Examiner", () => {
  it("examines at the start, and again when the time has passed", async () => {
    const { examinations, end, pass, answers, examiner, stop } = started();
    await end();
    expect([answers, examinations(), examiner.latest?.tookMs]).toEqual([[0n], 1, 1]);
    await pass();
    expect(examinations()).toBe(2);
    await stop();
  });

  it("is woken by a question and names it in the answer, once", async () => {
    const { examinations, end, ask, answers, stop } = started();
    await end();
    await ask(3n);
    await ask(3n);
    expect(examinations()).toBe(2);
    await end();
    expect([answers, examinations()]).toEqual([[0n, 3n], 2]);
    await stop();
  });

  it("examines once more after a change, and answers no question with it", async () => {
    const { examinations, end, again, answers, stop } = started();
    await again();
    expect(examinations()).toBe(1);
    await end();
    expect(examinations()).toBe(2);
    await end();
    await again();
    expect([answers, examinations()]).toEqual([[0n, 0n], 3]);
    await stop();
  });

  it("answers a number that is lower than one before, as a restored database asks it", async () => {
    const { examinations, end, ask, answers, stop } = started();
    await end();
    await ask(7n);
    await end();
    await ask(2n);
    expect(examinations()).toBe(3);
    await end();
    expect(answers).toEqual([0n, 7n, 2n]);
    await stop();
  });

  it("answers what was asked during an examination with the next one", async () => {
    const { examinations, end, ask, answers, stop } = started();
    await ask(1n);
    expect(examinations()).toBe(1);
    await end();
    expect([answers, examinations()]).toEqual([[0n], 2]);
    await end();
    expect(answers).toEqual([0n, 1n]);
    await stop();
  });

  it("rests at once when it is told to, and says nothing of what ends later", async () => {
    const { abort, end, answers, examiner } = started();
    await abort();
    await end();
    expect([answers, examiner.latest]).toEqual([[], undefined]);
  });
});
