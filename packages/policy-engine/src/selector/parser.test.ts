import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SelectorNode } from "./ast";
import { compileSelector, labelMap } from "./evaluate";
import { parseSelector } from "./parser";
import { printSelector } from "./printer";

const label = fc.constantFrom("a", "b", "app", "projectcalico.org/namespace", "in", "contains", "not", "all");
const value = fc.string({ maxLength: 6 }).filter((text) => !(text.includes('"') && text.includes("'")));

const node: fc.Arbitrary<SelectorNode> = fc.letrec<{ node: SelectorNode; leaf: SelectorNode }>((tie) => ({
  leaf: fc.oneof(
    fc.constant<SelectorNode>({ kind: "all" }),
    fc.constant<SelectorNode>({ kind: "global" }),
    label.map((l): SelectorNode => ({ kind: "has", label: l })),
    fc
      .record({
        operator: fc.constantFrom(
          "==" as const,
          "!=" as const,
          "contains" as const,
          "starts with" as const,
          "ends with" as const,
        ),
        label,
        value,
      })
      .map((parts): SelectorNode => ({ kind: "compare", ...parts })),
    fc
      .record({
        operator: fc.constantFrom("in" as const, "not in" as const),
        label,
        values: fc.uniqueArray(value, { maxLength: 3 }),
      })
      .map(({ values, ...parts }): SelectorNode => ({ kind: "membership", ...parts, values: [...values].sort() })),
  ),
  node: fc.oneof(
    { maxDepth: 4 },
    tie("leaf"),
    tie("node").map((operand): SelectorNode => (operand.kind === "not" ? operand : { kind: "not", operand })),
    fc.array(tie("node"), { minLength: 2, maxLength: 3 }).map((operands): SelectorNode => ({ kind: "and", operands })),
    fc.array(tie("node"), { minLength: 2, maxLength: 3 }).map((operands): SelectorNode => ({ kind: "or", operands })),
  ),
})).node;

const labels = fc.dictionary(label, value, { maxKeys: 4 });

describe("parse and print", () => {
  it("are inverse: what is printed means and prints the same", () => {
    fc.assert(
      fc.property(node, labels, (tree, some) => {
        const text = printSelector(tree);
        const again = parseSelector(text);
        expect(again.ok && printSelector(again.value)).toBe(text);
        expect(again.ok && compileSelector(again.value)(labelMap(some))).toBe(compileSelector(tree)(labelMap(some)));
      }),
    );
  });

  it("never throws, whatever the text", () => {
    const piece = fc.constantFrom(
      "a",
      " ",
      "==",
      "!",
      "(",
      ")",
      "&&",
      "||",
      "'x'",
      "{",
      "}",
      ",",
      "has(",
      "all()",
      "in",
      "not",
      '"',
      "\n",
      "é",
      "=",
      "has(b)",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const result = parseSelector(pieces.join(""));
        expect(result.ok || result.error.length > 0).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
