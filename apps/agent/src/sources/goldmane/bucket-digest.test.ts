import { takeSteps } from "@isthmus/std";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BucketDigest } from "./bucket-digest";
import { BucketRows } from "./bucket-rows";
import { flowRow } from "./testing/flow-row";

type Counts = readonly (readonly [port: number, packets: number])[];

const sorted = (counts: Counts) => {
  const rows = new BucketRows();
  for (const [port, packets] of counts) rows.add(flowRow(port, packets));
  return takeSteps(rows.sorted());
};
const digestOf = (counts: Counts): BucketDigest => takeSteps(BucketDigest.of(sorted(counts)));

/** Also what differs in the upper half of its 53 bits alone. */
const packets = fc.constantFrom(0, 1, 2, 2 ** 32, 2 ** 32 + 1, 2 ** 33, Number.MAX_SAFE_INTEGER);
const bucket = fc
  .uniqueArray(fc.tuple(fc.nat({ max: 20 }), packets), { selector: ([port]) => port, maxLength: 15 })
  .map((counts): Counts => counts);

describe("BucketDigest", () => {
  it("tells which rows say something else than the bucket did, or something new", () => {
    fc.assert(
      fc.property(bucket, bucket, (before, now) => {
        const known = new Map(before);
        const differing = takeSteps(digestOf(before).differing(sorted(now)));
        const expected = now.filter(([port, count]) => known.get(port) !== count);
        const ports = new Set(differing.map(({ destPort }) => destPort));
        expect(ports).toEqual(new Set(expected.map(([port]) => port)));
      }),
    );
  });

  it("is of all rows, however many steps it takes", () => {
    const counts: Counts = Array.from({ length: 2_500 }, (_, port) => [port, 1]);
    expect(takeSteps(digestOf(counts).differing(sorted(counts)))).toEqual([]);
    expect(takeSteps(BucketDigest.empty.differing(sorted(counts))).length).toBe(counts.length);
  });

  it("never tells two keys of one hash to be the same", () => {
    const rows = [flowRow(1), flowRow(2)].map((row) => ({ ...row, keyHash: 7n }));
    expect(takeSteps(takeSteps(BucketDigest.of(rows)).differing(rows))).toEqual(rows);
  });
});
