import { describe, expect, it } from "vitest";
import { documentsOf } from "./documents";

const read = (text: string) => {
  const source = { name: "m.yaml", text };
  return [...documentsOf(source)].map((document) =>
    document.ok
      ? document.value
      : document.problems.map(
          ({ code, place }) => `${code} ${text.slice(place.start, place.end).split("\n")[0] ?? ""}`,
        ),
  );
};

describe("documents", () => {
  it.each<{ name: string; text: string; values: unknown[] }>([
    { name: "nothing", text: "", values: [] },
    { name: "a comment alone", text: "# no\n", values: [] },
    { name: "several", text: "a: 1\n---\n---\nb: 2\n", values: [{ a: 1 }, null, { b: 2 }] },
    { name: "JSON", text: ' {"a": [1, true, null]}\n', values: [{ a: [1, true, null] }] },
    { name: "JSON and YAML", text: '{"a": 1}\n---\n{"b": 2}\n', values: [{ a: 1 }, { b: 2 }] },
    {
      name: "anchors and merges",
      text: "p: &x {a: 1}\nq: *x\nr:\n  <<: *x\n  b: 2\n",
      values: [{ p: { a: 1 }, q: { a: 1 }, r: { a: 1, b: 2 } }],
    },
    {
      name: "truth values as kubectl reads them",
      text: "[yes, on, y, No, OFF, true]",
      values: [[true, true, true, false, false, true]],
    },
    { name: "texts in quotes", text: `["yes", 'on']`, values: [["yes", "on"]] },
    { name: "what looks like a number of base 60", text: "[12:30:45, 1:2]", values: [["12:30:45", "1:2"]] },
    { name: "a date as a text", text: "at: 2026-01-02T03:04:05Z", values: [{ at: "2026-01-02T03:04:05Z" }] },
    { name: "CRLF", text: "a: 1\r\nb: x\r\n", values: [{ a: 1, b: "x" }] },
  ])("reads $name", ({ text, values }) => {
    expect(read(text)).toEqual(values);
  });

  it("keeps keys that JavaScript gives a meaning", () => {
    const [value] = read("__proto__: {a: 1}\nconstructor: x\n");
    expect(JSON.stringify(value)).toBe('{"__proto__":{"a":1},"constructor":"x"}');
  });

  it.each<{ name: string; text: string; problems: string[] }>([
    { name: "a list that is not closed", text: "a: [1, 2\nb: 3\n", problems: ["yaml-syntax b"] },
    { name: "a key twice", text: "a: 1\nb: {c: 1, c: 2}\na: 2\n", problems: ["repeated-key a", "repeated-key c"] },
    { name: "an alias of nothing", text: "a: *nothing\n", problems: ["alias *nothing"] },
    { name: "deep nesting", text: `a: ${"[".repeat(300)}${"]".repeat(300)}`, problems: ["nested-too-deeply ["] },
    { name: "deep JSON", text: `{"a": ${"[".repeat(300)}${"]".repeat(300)}}`, problems: ["nested-too-deeply ["] },
    { name: "deep blocks", text: `${"- ".repeat(300)}a`, problems: ["nested-too-deeply -"] },
  ])("refuses $name", ({ text, problems }) => {
    expect(read(text)[0]).toEqual(problems);
  });

  it("refuses what aliases would blow up, without blowing up", () => {
    const levels = Array.from({ length: 20 }, (_, i) => `l${i + 1}: &l${i + 1} [*l${i}, *l${i}, *l${i}]`);
    expect(read(`l0: &l0 [x]\n${levels.join("\n")}\n`)[0]).toEqual([expect.stringContaining("alias l0:")]);
  });

  it("answers hostile nesting without overflowing its stack", () => {
    expect(read(`{a: ${"[".repeat(100_000)}`)[0]).toEqual(["nested-too-deeply ["]);
  });
});
