import { describe, expect, it } from "vitest";
import { rangesOverlap, podRangeOverlaps } from "./pod-ranges";

describe("rangesOverlap", () => {
  const rows = [
    { name: "same range", left: "10.0.0.0/16", right: "10.0.0.0/16", expected: true },
    { name: "one inside the other", left: "10.0.0.0/8", right: "10.20.30.0/24", expected: true },
    { name: "neighbours do not overlap", left: "10.0.0.0/16", right: "10.1.0.0/16", expected: false },
    { name: "base that is not aligned", left: "10.0.7.9/16", right: "10.0.200.0/24", expected: true },
    { name: "a single address", left: "10.0.0.1", right: "10.0.0.0/30", expected: true },
    { name: "families never meet", left: "::/0", right: "0.0.0.0/0", expected: false },
    { name: "IPv6 inside", left: "fd00::/8", right: "fd12:3456::/32", expected: true },
    { name: "IPv6 apart", left: "fd00:1::/32", right: "fd00:2::/32", expected: false },
    { name: "everything", left: "0.0.0.0/0", right: "192.168.1.0/24", expected: true },
    { name: "not a range", left: "ten", right: "10.0.0.0/8", expected: false },
    { name: "octet too large", left: "10.0.0.256/24", right: "10.0.0.0/8", expected: false },
    { name: "prefix too long", left: "10.0.0.0/33", right: "10.0.0.0/8", expected: false },
  ];
  it.each(rows)("$name", ({ left, right, expected }) => {
    expect(rangesOverlap(left, right)).toBe(expected);
    expect(rangesOverlap(right, left)).toBe(expected);
  });
});

describe("podRangeOverlaps", () => {
  const west = { id: "1", name: "eu-west", podCidrs: ["10.10.0.0/16"] };
  const south = { id: "2", name: "ap-south", podCidrs: ["10.20.0.0/16", "10.10.128.0/17"] };
  const east = { id: "3", name: "us-east", podCidrs: ["10.30.0.0/16"] };
  it("names the other cluster and both ranges", () => {
    expect(podRangeOverlaps(south, [west, south, east])).toEqual([
      { otherId: "1", otherName: "eu-west", range: "10.10.128.0/17", otherRange: "10.10.0.0/16" },
    ]);
  });
  it("finds nothing where nothing overlaps", () => {
    expect(podRangeOverlaps(east, [west, south, east])).toEqual([]);
  });
});
