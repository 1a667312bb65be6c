import type { HashedFlowRow } from "@isthmus/protocol";
import fc from "fast-check";
import { takeSteps } from "@isthmus/std";
import { describe, expect, it } from "vitest";
import { BucketAssembler, type ClosedBucket } from "./bucket-assembler";
import { flowRow } from "./testing/flow-row";

const rowsOf = ({ rows }: ClosedBucket): readonly HashedFlowRow[] => takeSteps(rows.sorted());
const text = (buckets: readonly ClosedBucket[]): string[] =>
  buckets.map((bucket) => {
    const ports = rowsOf(bucket)
      .map((each) => each.destPort)
      .toSorted((a, b) => a - b);
    return `${bucket.start}: ${ports.join()}`;
  });
const packetsOf = (bucket: ClosedBucket | undefined): readonly number[] =>
  bucket === undefined ? [] : rowsOf(bucket).map(({ packetsIn }) => packetsIn);

/** What is due once nothing has come for two looks. */
function quiet(assembler: BucketAssembler, now: number): readonly ClosedBucket[] {
  return [...assembler.due(now - 0.5), ...assembler.due(now)];
}

describe("BucketAssembler", () => {
  it("closes a bucket when a flow of a later one comes, and those between as empty", () => {
    const assembler = new BucketAssembler(0);
    expect(text(assembler.add(0, flowRow(80), 0))).toEqual([]);
    expect(text(assembler.add(0, flowRow(81), 0))).toEqual([]);
    expect(text(assembler.add(45, flowRow(82), 45))).toEqual(["0: 80,81", "15: ", "30: "]);
  });

  it("adds counts up to the largest that there is", () => {
    const assembler = new BucketAssembler(0);
    for (const packets of [Number.MAX_SAFE_INTEGER, 5]) assembler.add(0, flowRow(80, packets), 0);
    const [closed] = assembler.add(15, flowRow(80), 15);
    expect(packetsOf(closed)).toEqual([Number.MAX_SAFE_INTEGER]);
  });

  it("closes buckets whose time has passed", () => {
    const assembler = new BucketAssembler(0);
    assembler.measured(0);
    assembler.add(0, flowRow(80), 0);
    expect(text(assembler.due(29.9))).toEqual([]);
    expect(text(quiet(assembler, 30.5))).toEqual(["0: 80"]);
    expect(text(assembler.due(79.9))).toEqual([]);
    expect(text(quiet(assembler, 95))).toEqual(["15: ", "30: "]);
  });

  it("closes a bucket once its flows have come and stopped, without waiting for the next", () => {
    const assembler = new BucketAssembler(0);
    assembler.add(0, flowRow(80), 44);
    assembler.add(0, flowRow(81), 45);
    expect(text(assembler.due(46))).toEqual([]);
    expect(text(assembler.due(46.5))).toEqual(["0: 80,81"]);
    assembler.add(0, flowRow(82), 47);
    expect(text(assembler.due(47.5))).toEqual([]);
    expect(text(assembler.due(48.5))).toEqual([]);
    expect(assembler.takeLate()).toEqual([0]);
  });

  it("takes nothing for empty while flows come, nor for silence what nobody has looked for", () => {
    const assembler = new BucketAssembler(0);
    assembler.measured(0);
    assembler.add(0, flowRow(80), 3_000);
    expect(text(assembler.due(3_000.5))).toEqual([]);
    assembler.add(0, flowRow(81), 3_001);
    // A process that was held up for long.
    expect(text(assembler.due(3_010))).toEqual([]);
    assembler.add(15, flowRow(82), 3_010);
    expect(text(quiet(assembler, 3_012))[0]).toBe("15: 82");
  });

  it("adds up what Goldmane sends twice for one key", () => {
    const assembler = new BucketAssembler(0);
    assembler.add(0, flowRow(80, 2), 0);
    assembler.add(0, flowRow(80, 3), 0);
    expect(packetsOf(quiet(assembler, 65)[0])).toEqual([5]);
  });

  it("ignores what a resumed stream repeats", () => {
    const assembler = new BucketAssembler(30);
    expect(text(assembler.add(15, flowRow(80), 15))).toEqual([]);
    expect(text(assembler.add(60, flowRow(81), 60))).toEqual(["30: ", "45: "]);
    expect(assembler.ignored).toBe(1);
  });

  it("tells once of each closed bucket that flows came for, however it was closed", () => {
    const assembler = new BucketAssembler(0);
    assembler.measured(0);
    expect(text(quiet(assembler, 65))).toEqual(["0: "]);
    assembler.add(0, flowRow(80), 0);
    expect(text(assembler.add(30, flowRow(81), 30))).toEqual(["15: "]);
    assembler.add(15, flowRow(82), 0);
    assembler.add(0, flowRow(83), 0);
    expect(assembler.takeLate()).toEqual([0, 15]);
    expect([assembler.takeLate(), assembler.ignored]).toEqual([[], 0]);
  });

  it("begins with the first flow where nothing is known", () => {
    const assembler = new BucketAssembler(undefined);
    expect(text(assembler.add(600, flowRow(80), 600))).toEqual([]);
    expect(text(assembler.add(615, flowRow(80), 615))).toEqual(["600: 80"]);
  });

  it("closes each bucket once, in order, without holes, and loses no flow of a bucket that was open", () => {
    const step = fc.record({ bucket: fc.nat({ max: 3 }), seconds: fc.nat({ max: 40 }), port: fc.nat({ max: 3 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const assembler = new BucketAssembler(0);
        const closed: ClosedBucket[] = [];
        let bucket = 0;
        let now = 0;
        for (const each of steps) {
          bucket += each.bucket * 15;
          now = Math.max(now + each.seconds, bucket);
          closed.push(...quiet(assembler, now));
          closed.push(...assembler.add(bucket, flowRow(each.port), now));
        }
        closed.push(...quiet(assembler, now + 1_000));
        const starts = closed.map(({ start }) => start);
        expect(starts).toEqual(Array.from({ length: starts.length }, (_, index) => index * 15));
        const late = new Set(assembler.takeLate());
        const sent = steps.map((_, index) =>
          steps.slice(0, index + 1).reduce((sum, each) => sum + each.bucket * 15, 0),
        );
        const sumOf = (start: number): number => packetsOf(closed[start / 15]).reduce((sum, each) => sum + each, 0);
        const lacking = [...new Set(sent)].filter(
          (start) => sumOf(start) !== sent.filter((each) => each === start).length,
        );
        expect(lacking.every((start) => late.has(start))).toBe(true);
        expect(assembler.ignored).toBe(0);
      }),
    );
  });
});
