import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseBytes, printBytes } from "./amount";
import { blockContains, canonicalBlock } from "./block";
import { isLabelKey } from "./fields";

describe("an amount of bytes", () => {
  const rows = [
    { text: "0", bytes: 0, printed: "0" },
    { text: "1.5kB", bytes: 1_500, printed: "1500" },
    { text: "1MB", bytes: 1_000_000, printed: "1MB" },
    { text: "1MiB", bytes: 1_048_576, printed: "1MiB" },
    { text: "0.1GB", bytes: 100_000_000, printed: "100MB" },
    { text: "1000KiB", bytes: 1_024_000, printed: "1000KiB" },
    { text: "9007199254740991", bytes: 9_007_199_254_740_991, printed: "9007199254740991" },
  ];
  it.each(rows)("$text", ({ text, bytes, printed }) => {
    expect(parseBytes(text)).toBe(bytes);
    expect(printBytes(bytes)).toBe(printed);
  });

  it.each(["", "-1", "1.", ".5", "1e3", "0.5", "0.0001kB", "1XB", "9007199254740992", "1 MB", "1PB"])(
    "is not %s",
    (text) => expect(parseBytes(text)).toBeUndefined(),
  );

  it("is read as it is printed", () => {
    const isSame = (bytes: number) => parseBytes(printBytes(bytes)) === bytes;
    fc.assert(fc.property(fc.maxSafeNat(), isSame));
  });
});

describe("a block of addresses", () => {
  const rows = [
    { text: "10.1.2.3/8", block: "10.0.0.0/8", holds: ["10.255.0.1"], not: ["11.0.0.1", "::a00:1"] },
    { text: "0.0.0.0/0", block: "0.0.0.0/0", holds: ["255.255.255.255"], not: ["::"] },
    { text: "10.0.0.1", block: "10.0.0.1/32", holds: ["10.0.0.1"], not: ["10.0.0.2"] },
    { text: "10.0.0.129/25", block: "10.0.0.128/25", holds: ["10.0.0.255"], not: ["10.0.0.127"] },
    { text: "FD00::1/8", block: "fd00::/8", holds: ["fd12:3456::", "FDFF::1"], not: ["fe00::", "10.0.0.1"] },
    { text: "2001:db8:0:0:1:0:0:1", block: "2001:db8::1:0:0:1/128", holds: ["2001:DB8::1:0:0:1"], not: ["2001:db8::"] },
    { text: "::ffff:10.0.0.1/120", block: "::ffff:a00:0/120", holds: ["::ffff:10.0.0.9"], not: ["10.0.0.9"] },
    {
      text: "1:2:3:4:5:6:7:0/112",
      block: "1:2:3:4:5:6:7:0/112",
      holds: ["1:2:3:4:5:6:7:ffff"],
      not: ["1:2:3:4:5:6:8:0"],
    },
    { text: "::/0", block: "::/0", holds: ["ff::"], not: ["0.0.0.0"] },
  ];
  it.each(rows)("$text", ({ text, block, holds, not }) => {
    expect(canonicalBlock(text)).toBe(block);
    expect(canonicalBlock(block)).toBe(block);
    expect([...holds, ...not].filter((address) => blockContains(block, address))).toEqual(holds);
  });

  const wrong = [
    "",
    "10.0.0",
    "10.0.0.0/33",
    "10.0.0.0/",
    "10.0.0.0/08",
    "01.0.0.0",
    "10.0.0.0/8/8",
    "1.2.3.4.",
    "::1::",
  ];
  it.each([
    ...wrong,
    ":::",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "fd00::/129",
    "g::",
    "1.2.3.4::",
    "::1%eth0",
    "1:2:3:4::5:6:7:8",
  ])("is not %s", (text) => {
    expect(canonicalBlock(text)).toBeUndefined();
    expect(blockContains("::/0", text)).toBeUndefined();
  });
});

describe("the key of a label", () => {
  const keys = ["app", "app.kubernetes.io/name", "a", "A_b-c.d", `${"a".repeat(63)}`];
  const others = ["", "-a", "a-", "a/", "/a", "a/b/c", "A/b", "a b", "a".repeat(64), `${"a".repeat(254)}/b`];
  it("is what Kubernetes takes", () => expect([...keys, ...others].filter(isLabelKey)).toEqual(keys));
});
