import type { FieldPath, Span } from "@isthmus/policy-engine";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDocument, isMap, isScalar } from "yaml";
import { placeOf } from "./position";
import { scalarOffsets } from "./scalar-offsets";
import type { Manifest } from "./source";

const manifest = (text: string, document = 0, path: FieldPath = []): Manifest => ({
  value: undefined,
  source: { name: "m.yaml", text },
  document,
  path,
  cluster: "",
});

const at = (text: string, path: FieldPath, span?: Span): string => {
  const { start, end } = placeOf(manifest(text), path, { kind: "value", ...(span && { span }) });
  return `${start}:${text.slice(start, end)}`;
};

describe("places of fields", () => {
  it.each<{ name: string; text: string; path: FieldPath; span?: Span; found: string }>([
    { name: "a scalar", text: "a:\n  b: cd\n", path: ["a", "b"], found: "8:cd" },
    { name: "an item", text: "a:\n  - x\n  - y\n", path: ["a", 1], found: "13:y" },
    { name: "a map by its key", text: "a:\n  b: {c: 1}\n", path: ["a", "b"], found: "5:b" },
    { name: "an item that is a map", text: "a:\n  - {c: 1}\n", path: ["a", 0], found: "7:{c: 1}" },
    { name: "a missing field by what should hold it", text: "a:\n  b: 1\n", path: ["a", "c", "d"], found: "0:a" },
    { name: "an empty value by its key", text: "a:\nb: 1\n", path: ["a"], found: "0:a" },
    { name: "the whole by its kind", text: "apiVersion: v1\nkind: X\n", path: [], found: "21:X" },
    { name: "a number as a key", text: "80: x\n", path: ["80"], found: "4:x" },
    { name: "through an alias", text: "x: &x {b: 1}\na: *x\n", path: ["a", "b"], found: "10:1" },
    { name: "through a merge", text: "x: &x {b: 1}\na:\n  <<: *x\n", path: ["a", "b"], found: "10:1" },
    { name: "the later of two keys", text: "a: 1\na: 2\n", path: ["a"], found: "8:2" },
    { name: "a span of plain text", text: "s: has(a) && b\n", path: ["s"], span: { start: 7, end: 9 }, found: "10:&&" },
    {
      name: "a span in single quotes",
      text: "s: 'a == ''b'' ='\n",
      path: ["s"],
      span: { start: 9, end: 10 },
      found: "15:=",
    },
    {
      name: "a span in double quotes",
      text: 's: "a == \\"b\\" \\u003d"\n',
      path: ["s"],
      span: { start: 9, end: 10 },
      found: "15:\\u003d",
    },
    { name: "a span at the end", text: "s: 'has(a'\n", path: ["s"], span: { start: 5, end: 5 }, found: "9:'" },
    {
      name: "a span in a literal block",
      text: "s: |\n  a &&\n  b =\n",
      path: ["s"],
      span: { start: 7, end: 8 },
      found: "16:=",
    },
    {
      name: "a span in a folded block",
      text: "s: >-\n  a &&\n  b =\n",
      path: ["s"],
      span: { start: 7, end: 8 },
      found: "17:=",
    },
    {
      name: "a span over folded lines",
      text: "s: a &&\n  b =\n",
      path: ["s"],
      span: { start: 7, end: 8 },
      found: "12:=",
    },
    {
      name: "the whole where the span cannot be found",
      text: 's: "a\n\n  ="\n',
      path: ["s"],
      span: { start: 2, end: 3 },
      found: '3:"a\n\n  ="',
    },
    {
      name: "JSON",
      text: '{"a": {"b": [1, "has("]}}',
      path: ["a", "b", 1],
      span: { start: 0, end: 4 },
      found: "17:has(",
    },
  ])("finds $name", ({ text, path, span, found }) => {
    expect(at(text, path, span)).toBe(found);
  });

  it("points at a name", () => {
    const text = "a:\n  igress: []\n";
    const { start } = placeOf(manifest(text), ["a", "igress"], { kind: "key" });
    expect(start).toBe(5);
  });

  it("finds an item of a list in the second document", () => {
    const text = "a: 1\n---\nitems:\n  - kind: A\n  - kind: B\n";
    const { start, end } = placeOf(manifest(text, 1, ["items", 1]), []);
    expect([text.slice(start, end), start]).toEqual(["B", 38]);
  });
});

describe("offsets of a scalar's text", () => {
  const style = fc.constantFrom(
    (text: string) => `s: ${JSON.stringify(text)}\n`,
    (text: string) => `s: '${text.replaceAll("'", "''")}'\n`,
    (text: string) => `s: |\n    ${text}\n`,
    (text: string) => `s: >-\n    ${text}\n`,
  );
  const words = fc.stringMatching(/^[a-z(][a-z0-9()&|=!'"{} é😀\\]{0,30}[a-z)]$/u);

  it("stand where the text stands", () => {
    fc.assert(
      fc.property(words, style, (text, write) => {
        const source = write(text);
        const { contents } = parseDocument(source);
        const scalar = isMap(contents) ? contents.items[0]?.value : undefined;
        if (!isScalar(scalar)) throw new Error("no scalar");
        const offsets = scalarOffsets(source, scalar) ?? [];
        const value = String(scalar.value);
        expect(offsets).toHaveLength(value.length + 1);
        for (const [index, letter] of Array.from(value.trimEnd(), (_, i) => value[i]).entries()) {
          const found = source[offsets[index] ?? -1];
          expect(found === letter || (found === "\\" && (letter === '"' || letter === "\\"))).toBe(true);
        }
      }),
    );
  });
});
