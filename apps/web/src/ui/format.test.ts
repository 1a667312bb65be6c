import { describe, expect, it } from "vitest";
import {
  absoluteTime,
  formatBytes,
  formatCount,
  formatDuration,
  formatShare,
  middleEllipsis,
  relativeTime,
  shortCount,
} from "./format";

const plain = (text: string) => text.replaceAll("\u202f", " ");

describe("figures", () => {
  const rows = [
    { shown: formatCount(561_204), expected: "561 204" },
    { shown: formatCount(999), expected: "999" },
    { shown: shortCount(9_204), expected: "9 204" },
    { shown: shortCount(558_000), expected: "558 k" },
    { shown: shortCount(70_000), expected: "70 k" },
    { shown: shortCount(4_100_000), expected: "4.1 M" },
    { shown: formatBytes(0), expected: "0 B" },
    { shown: formatBytes(1_536), expected: "1.5 KiB" },
    { shown: formatBytes(5n * 1024n ** 3n), expected: "5 GiB" },
    { shown: formatShare(0.923), expected: "92.3 %" },
    { shown: formatShare(1), expected: "100 %" },
    { shown: formatShare(0.99999), expected: "99.9 %" },
    { shown: formatShare(0), expected: "0.0 %" },
    { shown: formatDuration(40_000), expected: "40 s" },
    { shown: formatDuration(3 * 3_600_000 + 20 * 60_000), expected: "3 h 20 min" },
    { shown: formatDuration(31 * 86_400_000), expected: "31 d" },
    { shown: relativeTime(0, 5_000), expected: "just now" },
    { shown: relativeTime(0, 180_000), expected: "3 min ago" },
    { shown: relativeTime(86_400_000, 0), expected: "in 24 h" },
    { shown: absoluteTime(new Date("2026-11-23T04:05:06Z")), expected: "23 Nov 2026, 04:05:06 UTC" },
    { shown: middleEllipsis("checkoutservice-canary", 12), expected: "checko…anary" },
    { shown: middleEllipsis("cart", 12), expected: "cart" },
  ];
  it.each(rows)("$expected", ({ shown, expected }) => expect(plain(shown)).toBe(expected));
});
