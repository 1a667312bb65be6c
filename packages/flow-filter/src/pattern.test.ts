import { describe, expect, it } from "vitest";
import { readPattern } from "./pattern";

describe("a regular expression", () => {
  const refused = [
    { pattern: "(?=a)", says: "`(?=` looks around" },
    { pattern: "a(?<!b)", says: "`(?<!` looks around" },
    { pattern: String.raw`(a)\1`, says: "refers to a group" },
    { pattern: String.raw`\k<a>`, says: "refers to a group" },
    { pattern: "(?P<name>a)", says: "`(?P` is no kind of group" },
    { pattern: "(?s)a", says: "`(?s` is no kind of group" },
    { pattern: "a(?i)b", says: "at the beginning alone" },
    { pattern: String.raw`\p{L}`, says: String.raw`\p` },
    { pattern: String.raw`\Aa`, says: String.raw`\A` },
    { pattern: String.raw`\x41`, says: String.raw`\x` },
    { pattern: "a**", says: "directly follows" },
    { pattern: "a+{2}", says: "directly follows" },
    { pattern: "*a", says: "repeats nothing" },
    { pattern: "^*", says: "repeats nothing" },
    { pattern: "a{1001}", says: "1000 repetitions" },
    { pattern: "(a{100}){100}", says: "1000 repetitions" },
    { pattern: "a{3,2}", says: "ends before it begins" },
    { pattern: "(ab){999}(cd){999}", says: "more than 2000 characters" },
    { pattern: "(a", says: "not closed" },
    { pattern: "a)", says: "closes no group" },
    { pattern: "[a", says: "not closed" },
    { pattern: "[z-a]", says: "ends before it begins" },
    { pattern: String.raw`[a-\d]`, says: "ends before it begins" },
    { pattern: "[]", says: "no character" },
    { pattern: "[[:alpha:]]", says: "within" },
    { pattern: "a{", says: "stands alone" },
    { pattern: "\\", says: "at the end" },
    { pattern: "a\u0000", says: "control character" },
    { pattern: "a".repeat(201), says: "at most 200 characters" },
    { pattern: `${"(".repeat(21)}${")".repeat(21)}`, says: "20 deep" },
  ];
  it.each(refused)("is refused: $pattern", ({ pattern, says }) => {
    const read = readPattern(pattern);
    expect(read.ok ? "" : read.error.message).toContain(says);
  });

  const taken = [
    { pattern: "pci.*", fits: ["pci", "a.pci.b"], not: ["pc"] },
    { pattern: "^(?:cart|checkout)$", fits: ["cart"], not: ["carts", ""] },
    { pattern: "(?i)SeCret", fits: ["a-SECRET"], not: ["sacred"] },
    { pattern: String.raw`\d{2,3}\.x`, fits: ["12.x"], not: ["1.x", "12ax"] },
    { pattern: String.raw`^[\w.-]+?$`, fits: ["a_B.c-1"], not: ["a b", "é"] },
    { pattern: String.raw`\bpay\b`, fits: ["a-pay-b"], not: ["payment"] },
    { pattern: "a.b", fits: ["a\nb", "aéb"], not: ["ab"] },
    { pattern: String.raw`[\]\\^-]`, fits: ["]", "\\", "-"], not: ["a"] },
    { pattern: "[^a-c]", fits: ["abcd"], not: ["abc"] },
    { pattern: "a||b", fits: [""], not: [] },
  ];
  it.each(taken)("is read: $pattern", ({ pattern, fits, not }) => {
    const read = readPattern(pattern);
    const test = (text: string) => read.ok && read.value.test(text);
    expect(read.ok).toBe(true);
    expect([fits.filter(test), not.filter(test)]).toEqual([fits, []]);
  });
});
