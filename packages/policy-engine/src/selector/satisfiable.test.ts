import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { selector } from "../testing/arbitrary-rule";
import type { SelectorNode } from "./ast";
import { compileSelector, labelMap } from "./evaluate";
import { parseSelector } from "./parser";
import { isSatisfiable } from "./satisfiable";

function parsed(text: string): SelectorNode {
  const result = parseSelector(text);
  if (!result.ok) throw new Error(text);
  return result.value;
}

const ROWS = [
  { text: "a == 'x' && a == 'y'", possible: false },
  { text: "a == 'x' && a != 'x'", possible: false },
  { text: "a == 'x' && a != 'y'", possible: true },
  { text: "a in {'x', 'y'} && a not in {'x', 'y', 'z'}", possible: false },
  { text: "a in {'x', 'y'} && a not in {'x'}", possible: true },
  { text: "has(a) && !has(a)", possible: false },
  { text: "a == 'x' && !has(a)", possible: false },
  { text: "a != 'x' && !has(a)", possible: true },
  { text: "!all()", possible: false },
  { text: "!(has(a) || !has(a))", possible: false },
  { text: "a == 'x' && a starts with 'y'", possible: false },
  { text: "a starts with 'xy' && a starts with 'z'", possible: false },
  { text: "a starts with 'xy' && !(a starts with 'x')", possible: false },
  { text: "a starts with 'x' && !(a starts with 'xy')", possible: true },
  { text: "a ends with 'xy' && !(a contains 'x')", possible: false },
  { text: "a contains 'x' && !(a starts with 'x')", possible: true },
  { text: "!(a contains 'x') && !has(a)", possible: true },
  { text: "(a == 'x' || b == 'y') && a != 'x' && b != 'y'", possible: false },
  { text: "(a == 'x' || b == 'y') && a != 'x'", possible: true },
] as const;

describe("whether labels could fulfil a selector", () => {
  it.each(ROWS)("$text: $possible", ({ text, possible }) => {
    expect(isSatisfiable([parsed(text)])).toBe(possible);
  });

  it("is never denied where some do", () => {
    const label = fc.option(fc.constantFrom("a", "b", "c", "ab", "1", "corp", "shop", "one"), { nil: undefined });
    const names = ["app", "extra", "set", "projectcalico.org/namespace", "projectcalico.org/serviceaccount"];
    const labels = fc.tuple(...names.map(() => label)).map((values) => {
      const present = names.flatMap((name, i) => (values[i] === undefined ? [] : [[name, values[i]] as const]));
      return labelMap(Object.fromEntries(present) as Record<string, string>);
    });
    fc.assert(
      fc.property(fc.array(selector, { minLength: 1, maxLength: 4 }), labels, (texts, some) => {
        const nodes = texts.map(parsed);
        const [all, none] = [true, false].map((wanted) =>
          nodes.filter((node) => compileSelector(node)(some) === wanted),
        );
        expect(isSatisfiable(all ?? [], none)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("gives up on what would take too long, and says yes", () => {
    const many = Array.from({ length: 16 }, (_, i) => `(a${i} == 'x' || b${i} == 'y')`).join(" && ");
    const never = Array.from({ length: 16 }, (_, i) => `!(a${i} == 'x' && z == 'z')`).join(" && ");
    expect(isSatisfiable([parsed(`${many} && ${never} && z == 'z'`)])).toBe(true);
  });
});
