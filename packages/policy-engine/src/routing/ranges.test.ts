import { describe, expect, it } from "vitest";
import { overlappingRanges } from "./ranges";

describe("overlappingRanges", () => {
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
    const meet = (a: string, b: string) => overlappingRanges({ podCidrs: [a] }, { podCidrs: [b] }).length > 0;
    expect(meet(left, right)).toBe(expected);
    expect(meet(right, left)).toBe(expected);
  });
});
