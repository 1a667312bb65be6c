import type { FlowRow } from "@isthmus/protocol";
import { describe, expect, it } from "vitest";
import { BucketAssembler, type ClosedBucket } from "./bucket-assembler";

const end = { name: "a-*", namespace: "n", type: 1, workloadKind: "", workload: "", labels: "" };
const row = (destPort: number): FlowRow => ({
  source: end,
  dest: end,
  destPort,
  destServiceName: "",
  destServiceNamespace: "",
  destServicePortName: "",
  destServicePort: 0,
  protocol: "tcp",
  reporter: 1,
  action: 1,
  enforced: [],
  pending: [],
  packetsIn: 1,
  packetsOut: 0,
  bytesIn: 0,
  bytesOut: 0,
  connectionsStarted: 0,
  connectionsCompleted: 0,
  connectionsLive: 0,
});

const BUCKETS = 24;
const FIRST = 1_000_005 - (1_000_005 % 15);
/** Every third bucket is without flows. */
const hasFlows = (index: number): boolean => index % 3 !== 2;

/** What is closed of buckets that Goldmane sends 30 s after their start, by an agent whose clock is off. */
function streamed(offsetSeconds: number): readonly ClosedBucket[] {
  const assembler = new BucketAssembler(FIRST);
  const closed: ClosedBucket[] = [];
  for (let half = 0; half < (BUCKETS * 15 + 240) * 2; half += 1) {
    const goldmaneNow = FIRST + half / 2;
    const agentNow = goldmaneNow + offsetSeconds;
    const index = (goldmaneNow - 30 - FIRST) / 15;
    if (Number.isInteger(index) && index >= 0 && index < BUCKETS && hasFlows(index))
      for (const port of [1, 2]) closed.push(...assembler.add(FIRST + index * 15, row(index * 10 + port), agentNow));
    closed.push(...assembler.due(agentNow));
  }
  return closed;
}

describe.each([0, 60, -60, 300])("an agent whose clock is %i s before Goldmane's", (offset) => {
  const closed = streamed(offset).filter(({ start }) => start < FIRST + BUCKETS * 15);

  it("closes each bucket once, in order, without a hole", () => {
    const starts = closed.filter(({ correction }) => correction === 0).map(({ start }) => start);
    expect(starts).toEqual(Array.from({ length: BUCKETS }, (_, index) => FIRST + index * 15));
  });

  it("loses no flow and tells none twice", () => {
    const ports = closed.flatMap(({ start, rows }) => rows.map(({ destPort }) => `${start} ${destPort}`));
    const sent = Array.from({ length: BUCKETS }, (_, index) => index)
      .filter(hasFlows)
      .flatMap((index) => [1, 2].map((port) => `${FIRST + index * 15} ${index * 10 + port}`));
    expect(ports.toSorted()).toEqual(sent.toSorted());
  });
});
