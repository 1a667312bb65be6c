import fc from "fast-check";
import { takeSteps } from "@isthmus/std";
import { describe, expect, it } from "vitest";
import { BucketAssembler, type ClosedBucket } from "./bucket-assembler";
import { flowRow } from "./testing/flow-row";

const BUCKETS = 24;
const FIRST = 1_000_005 - (1_000_005 % 15);
/** Every third bucket is without flows. */
const hasFlows = (index: number): boolean => index % 3 !== 2;

interface Off {
  /** The agent's clock minus Goldmane's. */
  readonly offset: number;
  /** Half seconds after the beginning at which the agent dies and comes back. */
  readonly crashes: readonly number[];
  /** Whether Goldmane was asked for the time when the stream opened. */
  readonly asked: boolean;
}

/** What is closed of buckets that Goldmane sends 30 s after their start, by an agent whose clock is off. */
function streamed({ offset, crashes, asked }: Off): readonly ClosedBucket[] {
  const closed: ClosedBucket[] = [];
  const open = (): BucketAssembler => {
    const through = closed.at(-1)?.start;
    const made = new BucketAssembler(through === undefined ? FIRST : through + 15);
    if (asked) made.measured(offset);
    return made;
  };
  let assembler = open();
  const send = (index: number, agentNow: number): void => {
    if (index < 0 || index >= BUCKETS || !hasFlows(index)) return;
    for (const port of [1, 2]) closed.push(...assembler.add(FIRST + index * 15, flowRow(index * 10 + port), agentNow));
  };
  for (let half = 0; half < (BUCKETS * 15 + 600) * 2; half += 1) {
    const goldmaneNow = FIRST + half / 2;
    const agentNow = goldmaneNow + offset;
    const index = (goldmaneNow - 30 - FIRST) / 15;
    if (crashes.includes(half)) {
      assembler = open();
      const from = closed.length;
      // History, from the cursor on, comes at once.
      for (let each = from; each < index; each += 1) send(each, agentNow);
    }
    if (Number.isInteger(index)) send(index, agentNow);
    closed.push(...assembler.due(agentNow));
  }
  return closed.filter(({ start }) => start < FIRST + BUCKETS * 15);
}

const sent = Array.from({ length: BUCKETS }, (_, index) => index)
  .filter(hasFlows)
  .flatMap((index) => [1, 2].map((port) => `${FIRST + index * 15} ${index * 10 + port}`))
  .toSorted();
const flowsIn = (closed: readonly ClosedBucket[]): readonly string[] =>
  closed
    .flatMap(({ start, rows }) => takeSteps(rows.sorted()).map(({ destPort }) => `${start} ${destPort}`))
    .toSorted();

describe.each([0, 60, -60, 300])("an agent whose clock is %i s before Goldmane's", (offset) => {
  const closed = streamed({ offset, crashes: [], asked: false });

  it("closes each bucket once, in order, without a hole", () => {
    const starts = closed.map(({ start }) => start);
    expect(starts).toEqual(Array.from({ length: BUCKETS }, (_, index) => FIRST + index * 15));
  });

  it("loses no flow and tells none twice", () => {
    expect(flowsIn(closed)).toEqual(sent);
  });
});

it("loses no flow and tells none twice, however far the clock is off and wherever the agent crashes", () => {
  const off = fc.record({
    offset: fc.integer({ min: -600, max: 300 }),
    crashes: fc.array(fc.nat({ max: (BUCKETS * 15 + 120) * 2 }), { maxLength: 4 }),
    asked: fc.boolean(),
  });
  fc.assert(
    fc.property(off, (each) => {
      const closed = streamed(each);
      expect(flowsIn(closed)).toEqual(sent);
    }),
    { numRuns: 60 },
  );
});

it.each([
  { name: "nothing known: as far as can be", arrivals: [], is: 300 },
  { name: "behind counts as not ahead", arrivals: [-60], is: 0 },
  { name: "history tells less than what comes live", arrivals: [3_000, 2_000, 7], is: 7 },
  { name: "a clock that is set ahead is followed", arrivals: [0, ...Array.from({ length: 8 }, () => 60)], is: 60 },
  { name: "asked, and nothing came since", asked: 60, arrivals: [3_000], is: 60 },
  { name: "asked anew, after a clock was set", asked: 60, arrivals: [0], askedAgain: 62, is: 62 },
])("how far the clock is ahead: $name", ({ asked, arrivals, askedAgain, is }) => {
  const assembler = new BucketAssembler(FIRST);
  if (asked !== undefined) assembler.measured(asked);
  for (const [index, late] of arrivals.entries()) {
    const start = FIRST + index * 15;
    assembler.add(start, flowRow(80), start + 30 + late);
  }
  if (askedAgain !== undefined) assembler.measured(askedAgain);
  expect(assembler.aheadSeconds).toBe(is);
});
