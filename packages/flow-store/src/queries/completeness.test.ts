import { describe, expect, it } from "vitest";
import { judgeCompleteness, type AnsweringEvidence, type DurableBucket, type GapStretch } from "./completeness";

const clusterId = "c";
const at = (seconds: number) => seconds * 1_000;
const buckets = (starts: readonly number[]): readonly DurableBucket[] =>
  starts.map((start) => ({ clusterId, incarnation: "a", startMs: at(start) }));
const gap = (from: number, to: number, changes: Partial<GapStretch> = {}): GapStretch => ({
  clusterId,
  incarnation: "a",
  fromMs: at(from),
  toMs: at(to),
  reason: "spool-lost",
  ...changes,
});
const minute = [0, 15, 30, 45];

describe("judgeCompleteness", () => {
  const rows = [
    { name: "all there", durable: minute, expected: 4, counted: 4 },
    { name: "nothing arrived", durable: [], expected: 4, counted: 0, reasons: [] },
    { name: "one missing without a word", durable: [0, 15, 45], expected: 4, counted: 3, reasons: [] },
    {
      name: "a gap names it",
      durable: [0, 15, 45],
      gaps: [gap(30, 45)],
      expected: 4,
      counted: 3,
      reasons: ["spool-lost"],
    },
    { name: "a gap that turned out durable after all", durable: minute, gaps: [gap(0, 60)], expected: 4, counted: 4 },
    {
      name: "a gap of another incarnation in a bucket that this one filled",
      durable: minute,
      gaps: [gap(15, 30, { incarnation: "b", reason: "source-restarted" })],
      expected: 4,
      counted: 3,
      reasons: ["source-restarted"],
    },
    {
      name: "what a restore has no evidence of",
      durable: [0, 15],
      gaps: [gap(30, 60, { reason: "restored" })],
      expected: 4,
      counted: 2,
      reasons: ["restored"],
    },
    {
      name: "evidence that came after a restore, whoever had it",
      durable: minute,
      gaps: [gap(15, 60, { incarnation: "b", reason: "restored" })],
      expected: 4,
      counted: 4,
    },
    { name: "another cluster's gap", durable: minute, gaps: [gap(0, 60, { clusterId: "d" })], expected: 4, counted: 4 },
    { name: "nothing is expected before it joined", durable: [30, 45], joined: 30, expected: 2, counted: 2 },
    { name: "a bucket that had begun when it joined", durable: [30, 45], joined: 16, expected: 2, counted: 2 },
    { name: "not joined: nothing expected, nothing known", durable: [], joined: null, expected: 0, counted: 0 },
    { name: "a bucket that is not closed yet", durable: [0, 15], now: 44, expected: 2, counted: 2 },
    { name: "a bucket that has not settled yet", durable: [0, 15], now: 89, settle: 45, expected: 2, counted: 2 },
    { name: "a bucket that has settled", durable: [0, 15], now: 90, settle: 45, expected: 3, counted: 2, reasons: [] },
  ];
  it.each(rows)("$name", ({ durable, gaps = [], joined = 0, now = 1_000, settle = 0, expected, counted, reasons }) => {
    const judged = judgeCompleteness(
      { clusterId, joinedAtMs: joined === null ? null : at(joined) },
      { range: { fromMs: 0, toMs: at(60) }, clusters: [], nowMs: at(now), settleMs: at(settle), answeredFrom: [] },
      { buckets: buckets(durable), gaps, answering: [] },
    );
    expect({ expected: judged.expected, durable: judged.durable }).toEqual({ expected, durable: counted });
    expect(judged.incomplete.map((each) => each.reasons)).toEqual(reasons === undefined ? [] : [reasons]);
  });

  it("keeps minutes apart, in order", () => {
    const judged = judgeCompleteness(
      { clusterId, joinedAtMs: 0 },
      { range: { fromMs: 0, toMs: at(180) }, clusters: [], nowMs: at(999), settleMs: 0, answeredFrom: [] },
      { buckets: buckets([...minute, 120, 135]), gaps: [gap(60, 90)], answering: [] },
    );
    expect(judged.incomplete).toEqual([
      { startMs: at(60), expected: 4, durable: 0, reasons: ["spool-lost"] },
      { startMs: at(120), expected: 4, durable: 2, reasons: [] },
    ]);
    expect(judged.latestMs).toBe(at(150));
  });

  it("judges the longest range that a page takes", () => {
    const starts = Array.from({ length: 31 * 5_760 }, (_, index) => index * 15);
    const toMs = at(starts.length * 15);
    const judged = judgeCompleteness(
      { clusterId, joinedAtMs: 0 },
      { range: { fromMs: 0, toMs }, clusters: [], nowMs: toMs, settleMs: 0, answeredFrom: [] },
      { buckets: buckets(starts), gaps: [], answering: [] },
    );
    expect(judged).toMatchObject({ expected: starts.length, durable: starts.length, incomplete: [], latestMs: toMs });
  });

  const kept = (since: number, changes: Partial<AnsweringEvidence> = {}): AnsweringEvidence => ({
    kind: "flows",
    sinceMs: at(since),
    days: 7,
    ...changes,
  });
  const flows = { kind: "flows", beforeMs: at(60), days: 7 };
  const past = [
    { name: "marks of what is past its retention count for nothing", answering: [kept(60)], gone: 4, told: [flows] },
    { name: "all of it is past it", answering: [kept(999)], gone: 8, told: [{ ...flows, beforeMs: at(999) }] },
    { name: "the range begins where it begins to be kept", answering: [kept(0)], gone: 0, told: [] },
    { name: "the cluster joined after it", answering: [kept(60)], joined: 60, gone: 0, told: [] },
    { name: "the cluster never joined", answering: [kept(60)], joined: null, gone: 0, told: [] },
    {
      name: "of two kinds a bucket needs both, and each is told",
      answering: [kept(60), kept(90, { kind: "hour", days: null })],
      gone: 6,
      told: [flows, { kind: "hour", beforeMs: at(90), days: null }],
    },
    {
      name: "a kind that holds all is not told",
      answering: [kept(60), kept(0, { kind: "day" })],
      gone: 4,
      told: [flows],
    },
    { name: "a gap in it is past retention too", answering: [kept(60)], gaps: [gap(0, 30)], gone: 4, told: [flows] },
  ];
  it.each(past)("$name", ({ answering, gaps = [], joined = 0, gone, told }) => {
    const judged = judgeCompleteness(
      { clusterId, joinedAtMs: joined === null ? null : at(joined) },
      { range: { fromMs: 0, toMs: at(120) }, clusters: [], nowMs: at(999), settleMs: 0, answeredFrom: [] },
      { buckets: buckets([...minute, 60, 75, 90, 105]), gaps, answering },
    );
    expect(judged.expected - judged.durable).toBe(gone);
    expect(judged.pastRetention).toEqual(told);
    expect(judged.incomplete.flatMap(({ reasons }) => reasons)).toEqual(
      Array.from({ length: Math.ceil(gone / 4) }, () => "past-retention"),
    );
  });
});
