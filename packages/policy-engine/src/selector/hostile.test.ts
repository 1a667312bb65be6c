import { describe, expect, it } from "vitest";
import { describeSelector } from "../explain/describe-selector";
import { growth, LINEAR } from "../testing/growth";
import type { SelectorNode } from "./ast";
import { compileSelector } from "./evaluate";
import { parseSelector } from "./parser";
import { printSelector } from "./printer";
import { labelRestrictions } from "./restrictions";
import { prefixLabels } from "./rewrite";
import { selectorUniqueId } from "./unique-id";

type OfSize = (bytes: number) => string;

const repeated =
  (text: string): OfSize =>
  (bytes) =>
    text.repeat(Math.ceil(bytes / text.length));

/** Numbered pieces until the text is as long as wanted. */
const listed =
  (piece: (index: number) => string, between: string): OfSize =>
  (bytes) => {
    const pieces: string[] = [];
    for (let length = 0; length < bytes; length += (pieces.at(-1) ?? "").length + between.length)
      pieces.push(piece(pieces.length));
    return pieces.join(between);
  };

/** The deepest nesting that is read, around a text that fills the size. */
const nested =
  (open: string, inner: OfSize): OfSize =>
  (bytes) =>
    `${open.repeat(500)}${inner(bytes - 500 * (open.length + 1))}${")".repeat(500)}`;

const values = listed((i) => `'v${i}'`, ", ");

const WRONG: readonly { name: string; text: OfSize }[] = [
  { name: "open parentheses", text: repeated("(") },
  { name: "nesting beyond what is read", text: repeated("!(a == 'b' && ") },
  { name: "closed parentheses", text: repeated(")") },
  { name: "pairs of parentheses", text: repeated("()") },
  { name: "quotes of both kinds", text: repeated(`"'`) },
  { name: "an odd number of quotes", text: (bytes) => "'".repeat(bytes + 1) },
  { name: "one long string without an end", text: (bytes) => `a == '${"b".repeat(bytes)}` },
  { name: "typographic quotes that never close", text: repeated("“‘`") },
  { name: "half calls", text: repeated("has(") },
  { name: "a call full of blanks", text: (bytes) => `has(${" ".repeat(bytes)}` },
  { name: "a call full of letters", text: (bytes) => `has(${"a".repeat(bytes)}` },
  { name: "half of a two-word operator", text: repeated("a starts   ") },
  { name: "labels in a row", text: repeated("a ") },
  { name: "one long label", text: repeated("a") },
  { name: "half operators", text: repeated("= & | ") },
  { name: "one long run of a sign", text: repeated("=") },
  { name: "commas", text: repeated(",") },
  { name: "braces", text: repeated("a in {") },
  { name: "a set without commas", text: (bytes) => `a in {${repeated("'b' ")(bytes)}}` },
  { name: "junk", text: repeated("%") },
  { name: "letters of other languages", text: repeated("ü == 'é' && ") },
  { name: "lone surrogates", text: repeated("\ud800 \udc00") },
  { name: "faces", text: repeated("\u{1f600}") },
  { name: "line breaks", text: repeated("a == 'b'\n") },
  { name: "odd blanks", text: repeated("\u00a0\u2003") },
  { name: "zero bytes", text: repeated("\0") },
];

const RIGHT: readonly { name: string; text: OfSize }[] = [
  { name: "blanks", text: repeated(" \t") },
  { name: "negations", text: (bytes) => `${"!".repeat(bytes)}has(a)` },
  { name: "a conjunction of one label", text: listed((i) => `a == 'v${i}'`, " && ") },
  { name: "a conjunction of many labels", text: listed((i) => `l${i} == 'v'`, "&&") },
  { name: "a disjunction of one label", text: listed((i) => `a == 'v${i}'`, " || ") },
  { name: "a disjunction of many labels", text: listed((i) => `has(l${i})`, "||") },
  { name: "negated conditions", text: listed((i) => `!has(l${i})`, " && ") },
  { name: "a conjunction of sets", text: listed((i) => `a in {'v${i}', 'w', 'x${i}'}`, " && ") },
  { name: "two large sets", text: (bytes) => `a in {${values(bytes / 2)}} && a in {${values(bytes / 2)}, 'x'}` },
  {
    name: "either of two large sets",
    text: (bytes) => `a in {${values(bytes / 2)}} || a in {'x', ${values(bytes / 2)}}`,
  },
  {
    name: "values of one long beginning",
    text: (bytes) => `a in {${listed((i) => `'${"v".repeat(512)}${i}'`, ",")(bytes)}}`,
  },
  { name: "one long value", text: (bytes) => `a contains '${"b".repeat(bytes)}'` },
  { name: "values of other languages", text: listed((i) => `a != '\u{1f600}é\ud800${i}'`, " && ") },
  {
    name: "labels under a deep nesting",
    text: nested(
      "!(b == 'c' && ",
      listed((i) => `l${i} == 'v'`, "&&"),
    ),
  },
  {
    name: "values under a deep nesting",
    text: nested(
      "(b == 'c' || ",
      listed((i) => `b == 'v${i}'`, "||"),
    ),
  },
  {
    name: "a deep nesting on the left",
    text: (bytes) =>
      `${"(".repeat(500)}has(a)${" && has(b))".repeat(500)} && ${listed((i) => `l${i} == 'v'`, "&&")(bytes - 6_000)}`,
  },
];

function parsed(text: string): SelectorNode {
  const result = parseSelector(text);
  if (!result.ok) throw new Error(result.error.map((d) => d.message).join("; "));
  return result.value;
}

const LABELS = new Map([
  ["a", "v1"],
  ["b", "c"],
]);

const USES: readonly { use: string; of: (node: SelectorNode) => unknown }[] = [
  { use: "print", of: printSelector },
  { use: "unique id", of: selectorUniqueId },
  { use: "restrictions", of: labelRestrictions },
  { use: "rewrite", of: (node) => prefixLabels(node, "pcns.") },
  { use: "description", of: describeSelector },
  { use: "evaluation", of: (node) => compileSelector(node)(LABELS) },
];

describe("a hostile selector of 64 KB", () => {
  it.each(WRONG)("is refused with mistakes that point into it: $name", ({ text }) => {
    const written = text(65_536);
    const result = parseSelector(written);
    expect(result.ok).toBe(false);
    for (const { span, hint } of result.ok ? [] : result.error) {
      expect(span?.start).toBeLessThanOrEqual(span?.end ?? -1);
      expect(span?.end).toBeLessThanOrEqual(written.length);
      expect(hint).toBeTruthy();
    }
  });

  it.each(RIGHT)("is read and prints as a selector that means the same: $name", ({ text }) => {
    const node = parsed(text(65_536));
    const again = parsed(printSelector(node));
    expect(printSelector(again)).toBe(printSelector(node));
    expect(compileSelector(again)(LABELS)).toBe(compileSelector(node)(LABELS));
  });

  it.each([...WRONG, ...RIGHT])("costs as its length grows: $name", ({ text }) => {
    expect(
      growth((bytes) => {
        const written = text(bytes);
        return () => parseSelector(written);
      }),
    ).toBeLessThan(LINEAR);
  });

  it.each(RIGHT.flatMap((row) => USES.map((use) => ({ ...row, ...use }))))(
    "costs as its length grows: $use of $name",
    ({ text, of }) => {
      expect(
        growth((bytes) => {
          const node = parsed(text(bytes));
          return () => of(node);
        }),
      ).toBeLessThan(LINEAR);
    },
  );
});
