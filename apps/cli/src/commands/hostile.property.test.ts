import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runCommandLine } from "../command-line";
import { memoryIo } from "../testing/memory-io";

const testdata = join(import.meta.dirname, "../../testdata");

function textsBelow(folder: string): readonly string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return textsBelow(path);
    return /\.(?:yaml|json)$/.test(name) ? [readFileSync(path, "utf8")] : [];
  });
}

const TEXTS = textsBelow(testdata);

/** What breaks parsers: syntax of YAML, of selectors, of addresses, and values that JavaScript gives a meaning. */
const SPLINTERS = [
  ...Array.from("{}[]:,-#&*!|>'\"%@`\\\n\t \u0000\u007f\u2028\ud800😀é"),
  "\n---\n",
  "? ",
  "<<: *a",
  "&a ",
  "__proto__",
  "null",
  "~",
  "0x",
  "1e999",
  "constructor",
  "yes",
  "!!binary ",
  "&& has(",
  "not in {",
  "10.0.0.0/99",
  "::",
  "- - - ",
  "{{ x }}",
];

const mutation = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.nat({ max: 20 }),
  put: fc.constantFrom("", ...SPLINTERS),
});

const mutated = fc
  .record({ text: fc.constantFrom(...TEXTS), mutations: fc.array(mutation, { maxLength: 6 }) })
  .map(({ text, mutations }) =>
    mutations.reduce((soFar, { at, cut, put }) => {
      const index = Math.floor(at * soFar.length);
      return soFar.slice(0, index) + put + soFar.slice(index + cut);
    }, text),
  );

/** The addresses that errors begin with, as they stand in the text. */
const PLACE = /^m\.(?:yaml|json):(\d+):(\d+): (?:error|warning)/gm;

function expectPlacesIn(output: string, text: string): void {
  const lines = text.split("\n");
  for (const [, line = "", column = ""] of output.matchAll(PLACE)) {
    const found = lines[Number(line) - 1];
    expect(found, `line ${line}`).toBeDefined();
    expect(Number(column)).toBeLessThanOrEqual(Array.from(found ?? "").length + 1);
  }
}

describe("manifests that went wrong", () => {
  it.each([{ words: ["validate"] }, { words: ["connectivity"] }])("never crash $words", async ({ words }) => {
    await fc.assert(
      fc.asyncProperty(mutated, fc.constantFrom("m.yaml", "m.json"), async (text, name) => {
        const { io, out, err } = memoryIo({ [name]: text });
        const code = await runCommandLine([...words, name], io);
        expect([0, 1, 2]).toContain(code);
        expectPlacesIn(out() + err(), text);
        // Nothing goes wrong in silence.
        expect(code === 0 || (out() + err()).includes("error: ")).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});
