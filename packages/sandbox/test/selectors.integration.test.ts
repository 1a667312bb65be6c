import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseSelector } from "@isthmus/policy-engine/selector-syntax";
import { describe, expect, it } from "vitest";
import { selects } from "../src/dataplane/selector";
import { isObject, objectsOf, stringMapOf, stringOf } from "../src/json";

/** Calico's own cases of selectors and labels, which lie beside the project. */
const file = join(
  process.env["ISTHMUS_CORPORA"] ?? resolve(import.meta.dirname, "../../../../shared/corpora"),
  "calico-selectors.json",
);
const present = existsSync(file);
const corpus: unknown = present ? JSON.parse(readFileSync(file, "utf8")) : {};
const rows = objectsOf(isObject(corpus) ? corpus["match"] : []).map((row) => ({
  selector: stringOf(row["sel"]),
  labels: stringMapOf(row["labels"]),
  want: row["want"],
}));

describe(present ? "Calico's selector cases" : `Calico's selector cases (skipped: ${file} is absent)`, () => {
  it("are present in CI", () => expect(present || process.env["CI"] !== "true").toBe(true));
  it.skipIf(!present)("were all read", () => expect(rows).toHaveLength(98));
  it.each(rows)("$selector on $labels: $want", ({ selector, labels, want }) => {
    const parsed = parseSelector(selector);
    expect(parsed.ok).toBe(true);
    expect(parsed.ok && selects(parsed.value, new Map(Object.entries(labels)))).toBe(want);
  });
});
