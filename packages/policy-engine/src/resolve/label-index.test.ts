import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileSelector, labelMap } from "../selector/evaluate";
import { parseSelector } from "../selector/syntax";
import { selector as randomSelector } from "../testing/arbitrary-rule";
import { anchorsOf } from "./anchor";
import { LabelIndex, type IndexedSelector } from "./label-index";

function nodeOf(text: string) {
  const parsed = parseSelector(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

const ANCHORS = [
  { name: "one value", text: "app == 'a'", kinds: ["values"] },
  { name: "several values", text: "app in {'a', 'b'}", kinds: ["values"] },
  { name: "presence", text: "has(app)", kinds: ["present"] },
  { name: "a comparison that needs the label", text: "app starts with 'a'", kinds: ["present"] },
  { name: "both sides of &&", text: "app == 'a' && has(team)", kinds: ["values", "present"] },
  { name: "the indexed side of &&", text: "app == 'a' && team != 'b'", kinds: ["values"] },
  { name: "|| over one label", text: "app == 'a' || app == 'b'", kinds: ["values"] },
  { name: "|| over two labels", text: "app == 'a' || team == 'b'", kinds: ["anywhere"] },
  { name: "negation", text: "app != 'a'", kinds: ["anywhere"] },
  { name: "absence", text: "!has(app)", kinds: ["anywhere"] },
  { name: "all()", text: "all()", kinds: ["anywhere"] },
  { name: "what nothing matches", text: "has(app) && !has(app)", kinds: ["nowhere"] },
  { name: "two values at once", text: "app == 'a' && app == 'b'", kinds: ["nowhere"] },
] as const;

describe("where a selector is kept", () => {
  it.each(ANCHORS)("$name", ({ text, kinds }) => {
    expect(anchorsOf(nodeOf(text)).map(({ kind }) => kind)).toEqual(kinds);
  });
});

describe("the label index", () => {
  it("keeps selectors of one canonical text once", () => {
    const index = new LabelIndex<string, string>();
    const first = index.addSelector(nodeOf("app=='a'"), "one");
    expect(index.addSelector(nodeOf('app == "a"'), "two")).toBe(first);
    expect(index.size.selectors).toBe(1);
    index.removeUse(first, "one");
    expect(index.size.selectors).toBe(1);
    index.removeUse(first, "two");
    expect(index.size.selectors).toBe(0);
  });

  it("joins items that agree in every label that a selector names", () => {
    const index = new LabelIndex<string, string>();
    index.addSelector(nodeOf("app == 'a'"), "use");
    index.addItem(labelMap({ app: "a", hash: "1" }), "x");
    index.addItem(labelMap({ app: "a", hash: "2" }), "y");
    expect(index.size.groups).toBe(1);
    index.addSelector(nodeOf("hash == '1'"), "use");
    expect(index.size.groups).toBe(2);
  });

  it("is not misled by values that look like the joints of its keys", () => {
    const index = new LabelIndex<string, string>();
    index.addSelector(nodeOf("has(a) && has(b)"), "use");
    index.addItem(labelMap({ a: "1;1=1:2", b: "3" }), "x");
    index.addItem(labelMap({ a: "1", b: "2;1=1:3" }), "y");
    expect(index.size.groups).toBe(2);
  });
});

const labels = fc
  .record({
    app: fc.option(fc.constantFrom("a", "b", "c", "ab"), { nil: undefined }),
    extra: fc.option(fc.constant("1"), { nil: undefined }),
    set: fc.option(fc.constantFrom("corp", "other"), { nil: undefined }),
  })
  .map((all) => new Map(Object.entries(all).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))));

/** Add a selector or an item, or take one away by its place among those that are there. */
const step = fc.oneof(
  randomSelector.map((text) => ({ kind: "selector", text }) as const),
  labels.map((of) => ({ kind: "item", labels: of }) as const),
  fc.record({ kind: fc.constantFrom("drop selector" as const, "drop item" as const), at: fc.nat(9) }),
);

type Item = ReturnType<LabelIndex<number, number>["addItem"]>;

function apply(
  index: LabelIndex<number, number>,
  held: { readonly selectors: Map<number, IndexedSelector<number>>; readonly items: Map<number, Item> },
  { at, what }: { readonly at: number; readonly what: typeof step extends fc.Arbitrary<infer S> ? S : never },
): void {
  if (what.kind === "selector") held.selectors.set(at, index.addSelector(nodeOf(what.text), at));
  else if (what.kind === "item") held.items.set(at, index.addItem(what.labels, at));
  else if (what.kind === "drop selector") {
    const [found] = [...held.selectors].slice(what.at);
    if (!found) return;
    index.removeUse(found[1], found[0]);
    held.selectors.delete(found[0]);
  } else {
    const [found] = [...held.items].slice(what.at);
    if (!found) return;
    index.removeItem(found[1]);
    held.items.delete(found[0]);
  }
}

it("finds after any changes what a nested loop finds, from both sides", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40, size: "max" }), (steps) => {
      const index = new LabelIndex<number, number>();
      const held = { selectors: new Map<number, IndexedSelector<number>>(), items: new Map<number, Item>() };
      for (const [at, what] of steps.entries()) apply(index, held, { at, what });
      for (const selector of held.selectors.values()) {
        const matches = compileSelector(selector.node);
        const expected = [...held.items].filter(([, item]) => matches(item.labels)).map(([at]) => at);
        expect([...index.itemsOf(selector)].map(({ owner }) => owner).sort((a, b) => a - b)).toEqual(expected);
      }
      for (const item of held.items.values()) {
        const all = new Set(held.selectors.values());
        const expected = [...all].filter(({ matches }) => matches(item.labels)).map(({ text }) => text);
        expect(
          index
            .matchesOf(item)
            .selectors.map(({ text }) => text)
            .sort(),
        ).toEqual(expected.sort());
      }
      expect(index.size.items).toBe(held.items.size);
    }),
    { numRuns: 300 },
  );
});
