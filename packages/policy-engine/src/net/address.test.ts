import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cidrContains,
  cidrsOverlap,
  formatAddress,
  formatCidr,
  parseAddress,
  parseCidr,
  parseCidrOrAddress,
} from "./address";

describe("parseAddress", () => {
  const rows = [
    { text: "10.0.0.1", expected: "10.0.0.1" },
    { text: "::", expected: "::" },
    { text: "::1", expected: "::1" },
    { text: "dead:beef::", expected: "dead:beef::" },
    { text: "DEAD:BEEF:0:0:1:0:0:1", expected: "dead:beef::1:0:0:1" },
    { text: "2001:db8:0:1:1:1:1:1", expected: "2001:db8:0:1:1:1:1:1" },
    { text: "::ffff:1.2.3.4", expected: "1.2.3.4" },
    { text: "64:ff9b::1.2.3.4", expected: "64:ff9b::102:304" },
  ];
  it.each(rows)("reads $text", ({ text, expected }) => {
    const address = parseAddress(text);
    expect(address && formatAddress(address)).toBe(expected);
  });

  const bad = [
    "",
    "1.2.3",
    "1.2.3.4.5",
    "01.2.3.4",
    "256.0.0.1",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "g::",
    "1.2.3.4::",
    "fe80::1%eth0",
  ];
  it.each(bad)("refuses %j", (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it("reads back what it prints", () => {
    const address = fc.oneof(
      fc.bigInt({ min: 0n, max: (1n << 32n) - 1n }).map((value) => ({ version: 4 as const, value })),
      fc
        .bigInt({ min: 0n, max: (1n << 128n) - 1n })
        .filter((value) => value >> 32n !== 0xffffn)
        .map((value) => ({ version: 6 as const, value })),
    );
    fc.assert(
      fc.property(address, (a) => {
        expect(parseAddress(formatAddress(a))).toEqual(a);
      }),
    );
  });
});

describe("ranges", () => {
  it.each([
    { text: "10.0.0.0/8", exact: true, canonical: "10.0.0.0/8" },
    { text: "10.1.2.3/8", exact: false, canonical: "10.0.0.0/8" },
    { text: "::0/0", exact: true, canonical: "::/0" },
    { text: "0:0:0::/0", exact: true, canonical: "::/0" },
  ])("reads $text", ({ text, exact, canonical }) => {
    const written = parseCidr(text);
    expect(written?.exact).toBe(exact);
    expect(written && formatCidr(written.cidr)).toBe(canonical);
  });

  it.each(["10.0.0.1", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/08", "::/129"])("refuses %s", (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });

  it("tells what they hold", () => {
    const [wide, narrow, other] = ["10.0.0.0/8", "10.2.0.0/16", "11.0.0.0/16"].map((t) => parseCidrOrAddress(t)!.cidr);
    expect(cidrContains(wide!, parseAddress("10.9.9.9")!)).toBe(true);
    expect(cidrContains(wide!, parseAddress("11.9.9.9")!)).toBe(false);
    expect(cidrContains(wide!, parseAddress("::a09:909")!)).toBe(false);
    expect([cidrsOverlap(wide!, narrow!), cidrsOverlap(narrow!, wide!), cidrsOverlap(wide!, other!)]).toEqual([
      true,
      true,
      false,
    ]);
  });
});
