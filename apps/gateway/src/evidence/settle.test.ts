import type { FlowCounts } from "@isthmus/flow-store";
import { flowTableOf } from "@isthmus/flow-store/testing";
import { describe, expect, it } from "vitest";
import { FIRST_SETTLED, settle } from "./settle";

const counts: FlowCounts = {
  packetsIn: 10,
  packetsOut: 20,
  bytesIn: 1_000,
  bytesOut: 2_000,
  connectionsStarted: 3,
  connectionsCompleted: 2,
  connectionsLive: 1,
};
const end = {
  clusterId: null,
  namespace: "",
  workloadKind: "",
  workloadName: "",
  name: "pub",
  type: "network",
  labels: [],
  resolution: "unresolved",
} as const;
const row = (keyHash: bigint, changes: Partial<FlowCounts> = {}) => ({
  keyHash,
  source: end,
  dest: end,
  destPort: 443,
  protocol: "tcp",
  service: { namespace: "", name: "", portName: "", port: 0 },
  reporter: "source" as const,
  action: "allow" as const,
  enforcedTrace: [],
  pendingTrace: [],
  ...counts,
  ...changes,
});
const stored = (entries: readonly (readonly [bigint, FlowCounts])[], newestCorrection = 0) => ({
  sums: new Map(entries),
  newestCorrection,
  isWhole: true,
});

describe("settle", () => {
  it("stores nothing of what is stored already", () => {
    const table = flowTableOf([row(1n), row(2n)]);
    expect(settle(table, stored([[1n, counts], [2n, counts]])).rows).toEqual([]); // prettier-ignore
  });

  it("stores what is missing as it is, and of the rest what it grew by: the most that was said holds", () => {
    const table = flowTableOf([row(1n), row(2n, { bytesIn: 1_500, packetsIn: 4 }), row(3n), row(4n, { bytesIn: 7 })]);
    const settled = settle(table, stored([[1n, counts], [2n, counts], [4n, counts]])); // prettier-ignore
    expect(settled.rows).toEqual([1, 2]);
    expect([...settled.isFirst]).toEqual([0, 1]);
    expect([...settled.counts.bytesIn]).toEqual([500, 1_000]);
    expect([...settled.counts.packetsIn]).toEqual([0, 10]);
    expect([...settled.counts.connectionsLive]).toEqual([0, 1]);
  });

  it("stores nothing more of a bucket whose flows have gone: rollups count them still", () => {
    const table = flowTableOf([row(1n), row(2n)]);
    expect(settle(table, { ...stored([]), isWhole: false }).rows).toEqual([]);
    expect(settle(table, { ...stored([[1n, counts]]), isWhole: false }).rows).toEqual([]);
  });

  it.each([
    { newest: 0, correction: FIRST_SETTLED },
    { newest: 3, correction: FIRST_SETTLED },
    { newest: FIRST_SETTLED, correction: FIRST_SETTLED + 1 },
  ])("numbers it beyond what is stored: $newest gives $correction", ({ newest, correction }) => {
    expect(settle(flowTableOf([row(1n)]), stored([], newest)).correction).toBe(correction);
  });
});
