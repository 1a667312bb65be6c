import fc from "fast-check";
import { takeSteps } from "@isthmus/std";
import { describe, expect, it } from "vitest";
import { BucketRows } from "./bucket-rows";
import { flowRow } from "./testing/flow-row";

const LARGEST = 2n ** 64n - 1n;
const withHash = (port: number, keyHash: bigint) => ({ ...flowRow(port), keyHash });
const portsOf = (rows: BucketRows): readonly string[] =>
  takeSteps(rows.sorted()).map(({ keyHash, destPort }) => `${keyHash} ${destPort}`);

describe("BucketRows", () => {
  it("gives rows sorted by their key's hash, all 64 bits of it", () => {
    const hash = fc.oneof(fc.bigInt(0n, LARGEST), fc.constantFrom(0n, 2n ** 63n, 2n ** 53n, 2n ** 53n + 1n, LARGEST));
    fc.assert(
      fc.property(fc.uniqueArray(hash), (hashes) => {
        const rows = new BucketRows();
        for (const [port, keyHash] of hashes.entries()) rows.add(withHash(port, keyHash));
        const expected = hashes
          .toSorted((a, b) => (a < b ? -1 : 1))
          .map((keyHash) => `${keyHash} ${hashes.indexOf(keyHash)}`);
        expect(portsOf(rows)).toEqual(expected);
      }),
    );
  });

  it("keeps keys of one hash apart, in their place", () => {
    const rows = new BucketRows();
    for (const [port, keyHash] of [
      [3, 9n],
      [1, 5n],
      [2, 5n],
      [2, 5n],
    ] as const)
      rows.add(withHash(port, keyHash));
    expect(portsOf(rows)).toEqual(["5 1", "5 2", "9 3"]);
    expect(takeSteps(rows.sorted()).map(({ packetsIn }) => packetsIn)).toEqual([1, 2, 1]);
  });
});
