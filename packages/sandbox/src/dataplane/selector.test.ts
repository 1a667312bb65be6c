import { describe, expect, it } from "vitest";
import { parseSelector } from "@isthmus/policy-engine/selector-syntax";
import { lowerNamespaceSelector, selects, withPrefix } from "./selector";

function parse(text: string) {
  const parsed = parseSelector(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

describe("selects", () => {
  it.each([
    ["a == 'b'", { a: "b" }, true],
    ["a == 'b'", { a: "c" }, false],
    ["a == 'b'", {}, false],
    ["a != 'b'", { a: "c" }, true],
    ["a != 'b'", {}, true],
    ["a != 'b'", { a: "b" }, false],
    ["has(a)", { a: "" }, true],
    ["has(a)", { b: "" }, false],
    ["a in {'x', 'y'}", { a: "y" }, true],
    ["a in {'x', 'y'}", {}, false],
    ["a not in {'x'}", {}, true],
    ["a not in {'x'}", { a: "x" }, false],
    ["a contains 'mid'", { a: "amidb" }, true],
    ["a contains 'mid'", {}, false],
    ["a starts with 'fr'", { a: "front" }, true],
    ["a ends with 'nt'", { a: "front" }, true],
    ["a ends with 'fr'", { a: "front" }, false],
    ["!has(a) && b == 'c'", { b: "c" }, true],
    ["!has(a) && b == 'c'", { a: "", b: "c" }, false],
    ["a == 'x' || b == 'c'", { b: "c" }, true],
    ["a == 'x' || b == 'c'", { b: "d" }, false],
    ["all()", {}, true],
  ])("%s on %j: %s", (text, labels: Record<string, string>, expected) => {
    expect(selects(parse(text), new Map(Object.entries(labels)))).toBe(expected);
  });
});

describe("lowering", () => {
  it("prefixes every label and nothing else", () => {
    const labels = new Map([["pcns.a", "b"]]);
    expect(selects(withPrefix(parse("a == 'b' && !has(c) && all()"), "pcns."), labels)).toBe(true);
    expect(selects(withPrefix(parse("!(a == 'b')"), "pcns."), labels)).toBe(false);
  });

  it("gives all() and global() of a namespace selector their meaning, wherever they stand", () => {
    const inside = new Map([["projectcalico.org/namespace", "x"]]);
    const outside = new Map<string, string>();
    expect(selects(lowerNamespaceSelector(parse("all()")), inside)).toBe(true);
    expect(selects(lowerNamespaceSelector(parse("all()")), outside)).toBe(false);
    expect(selects(lowerNamespaceSelector(parse("global()")), outside)).toBe(true);
    expect(selects(lowerNamespaceSelector(parse("global() || a == 'b'")), inside)).toBe(false);
  });
});
