import { describe, expect, it } from "vitest";
import type { Submission } from "./evidence";
import { SubmissionQueue } from "./submission-queue";

const limits = { maxRows: 100, maxBatches: 10 };
const failures: string[] = [];
const submission = (
  clusterId: string,
  { rows = 10, bucket = 15, ended = false }: { rows?: number; bucket?: number; ended?: boolean } = {},
): Submission => {
  const claim = { bucket, part: 0, parts: 1, build: "", kind: "part" as const, sentCorrection: 0 };
  const flows = { incarnation: "g", claim, asOfMs: 0, rows, names: [], table: () => undefined as never };
  return {
    owner: { clusterId } as Submission["owner"],
    evidence: { kind: "flows", ...flows },
    receivedAtMs: 0,
    signal: ended ? AbortSignal.abort() : new AbortController().signal,
    done: () => undefined,
    failed: () => failures.push(clusterId),
  };
};
const queueOf = (...submissions: readonly Submission[]): SubmissionQueue => {
  const queue = new SubmissionQueue();
  for (const each of submissions) queue.push(each);
  return queue;
};
const clusters = (taken: readonly Submission[]) => taken.map(({ owner }) => owner.clusterId).join("");
const done = { again: [], resting: [], untilMs: 0 };

describe("SubmissionQueue", () => {
  it("takes in order, up to its limits, and no more of a cluster while some of it is under way", () => {
    const queue = queueOf(
      submission("a", { rows: 60 }),
      submission("b", { rows: 60 }),
      submission("a"),
      submission("c"),
    );
    const first = queue.take(limits, 0);
    expect(clusters(first)).toBe("aac");
    expect(clusters(queue.take(limits, 0))).toBe("b");
    queue.push(submission("a"));
    expect(clusters(queue.take(limits, 0))).toBe("");
    queue.release(first, done);
    expect(clusters(queue.take(limits, 0))).toBe("a");
  });

  it("keeps a cluster's order where one of its batches does not fit", () => {
    const queue = queueOf(submission("b", { rows: 60 }), submission("a", { rows: 60 }), submission("a", { rows: 1 }));
    expect(clusters(queue.take(limits, 0))).toBe("b");
  });

  it("takes one batch that is larger than the limit", () => {
    expect(clusters(queueOf(submission("a", { rows: 500 }), submission("b")).take(limits, 0))).toBe("a");
  });

  it("takes rows of one day, and buckets without any with those of any day", () => {
    const queue = queueOf(
      submission("a"),
      submission("b", { bucket: 86_400 }),
      submission("c", { bucket: 86_400, rows: 0 }),
    );
    expect(clusters(queue.take(limits, 0))).toBe("ac");
    expect(clusters(queue.take(limits, 0))).toBe("b");
  });

  it("lets clusters rest without keeping others waiting, and gives back in order", () => {
    const queue = queueOf(submission("a", { rows: 70 }), submission("b", { rows: 70 }));
    const [a] = queue.take(limits, 0);
    queue.release([a!], { again: [a!], resting: ["a"], untilMs: 500 });
    expect(queue.restsUntilMs).toBe(500);
    expect([queue.rowsAt(0), queue.rowsAt(500)]).toEqual([70, 140]);
    expect(clusters(queue.take(limits, 499))).toBe("b");
    expect(clusters(queue.take(limits, 500))).toBe("a");
    expect(queue.isEmpty).toBe(true);
  });

  it("fails what sessions that ended have left", () => {
    const queue = queueOf(submission("a", { ended: true }), submission("b"));
    expect(clusters(queue.take(limits, 0))).toBe("b");
    expect(failures).toEqual(["a"]);
  });
});
