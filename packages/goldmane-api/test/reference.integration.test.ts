import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { enums, messages } from "./described-fields";

/** The reference is data that lies beside the project and is not part of it. */
const reference = resolve(import.meta.dirname, "../../../../shared/reference/goldmane-api.md");

function parseReference(text: string) {
  const found: { messages: Record<string, string>; enums: Record<string, string> } = { messages: {}, enums: {} };
  for (const section of text.split(/^## /mu)) {
    const [title = "", ...lines] = section.split("\n");
    const [kind, name = ""] = title.split(" ");
    if (kind === "message") {
      const rows = lines.map((line) => /^\| (\w+) \| (\d+) \| ([\w ]+) \|$/u.exec(line)).filter((row) => row !== null);
      found.messages[name] = rows.map(([, field, number, type]) => `${number} ${field} ${type}`).join(", ");
    }
    if (kind === "enum") {
      const values = [...lines.join(" ").matchAll(/(\w+) = (\d+)/gu)].map(([, value, n]) => ({ value, n: Number(n) }));
      found.enums[name] = values
        .toSorted((a, b) => a.n - b.n)
        .map(({ value, n }) => `${n} ${value}`)
        .join(", ");
    }
  }
  return found;
}

const present = existsSync(reference);
const expected = parseReference(present ? readFileSync(reference, "utf8") : "");

describe(present ? "the reference table" : `the reference table (skipped: ${reference} is absent)`, () => {
  it("is present in CI", () => expect(present || process.env["CI"] !== "true").toBe(true));
  it.skipIf(!present)("names every message with its fields", () => expect(messages).toEqual(expected.messages));
  it.skipIf(!present)("names every enum with its values", () => expect(enums).toEqual(expected.enums));
  it.skipIf(!present)("was read whole", () => expect(Object.keys(expected.messages)).toHaveLength(21));
});
