import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileRegex } from "./match";

const PIECES = [
  "a",
  "b",
  "c",
  ".",
  "[ab]",
  "[^a]",
  "\\d",
  "\\w",
  "^",
  "$",
  "\\b",
  "1",
  "-",
  "(?:a|b)",
  "(ab|c)",
  "[a-c1]",
];
const SUFFIXES = ["", "", "", "*", "+", "?", "{2}", "{1,2}", "{0,1}", "*?"];

describe("regular expressions of headers", () => {
  it.each([
    { name: "anywhere in the text", regex: "oa", text: "load", expected: true },
    { name: "anchored", regex: "^oa$", text: "load", expected: false },
    { name: "choices in a group", regex: "^(GET|PUT) /v[0-9]+$", text: "PUT /v12", expected: true },
    { name: "a class that is negated", regex: "^[^/]+$", text: "a/b", expected: false },
    { name: "a bracket first in a class", regex: "^[]a]+$", text: "a]a", expected: true },
    { name: "bounds", regex: "^a{2,3}$", text: "aaaa", expected: false },
    { name: "without regard to case", regex: "(?i)^beta-[a-f]$", text: "BETA-C", expected: true },
    { name: "an escaped dot", regex: "^a\\.b$", text: "axb", expected: false },
    { name: "the empty expression", regex: "", text: "x", expected: true },
  ])("$name", ({ regex, text, expected }) => {
    expect(compileRegex(regex)?.(text)).toBe(expected);
  });

  it.each([
    "a(?=b)",
    "(a)\\1",
    "(?P<n>a)",
    "[[:alpha:]]",
    "\\pL",
    "a**",
    "*a",
    "(a",
    "a)",
    "[a",
    "[b-a]",
    "a{2,1}",
    "a{2000}",
    "(".repeat(200),
    "((a{100}){100}){100}",
  ])("does not guess at %s", (regex) => {
    expect(compileRegex(regex)).toBeUndefined();
  });

  it("agrees with the platform's on what both understand", () => {
    const piece = fc
      .tuple(fc.constantFrom(...PIECES), fc.constantFrom(...SUFFIXES))
      .map(([one, suffix]) => (/^[\^$]|^\\b/.test(one) ? one : one + suffix));
    const regex = fc.array(piece, { maxLength: 5 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(
        regex,
        fc.string({ unit: fc.constantFrom("a", "b", "c", "1", "-"), maxLength: 6 }),
        (pattern, text) => {
          expect(compileRegex(pattern)?.(text)).toBe(new RegExp(pattern, "u").test(text));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("does not slow down where backtracking would", () => {
    expect(compileRegex("^(a+)+$")?.(`${"a".repeat(2_000)}b`)).toBe(false);
  });
});
