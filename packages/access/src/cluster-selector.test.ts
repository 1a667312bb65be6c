import { describe, expect, it } from "vitest";
import { clusterLabels, readClusterSelector } from "./index";

const CLUSTER = { name: "eu-west", labels: { env: "prod", name: "another", constructor: "x" } };

const rows = [
  { selector: "all()", matches: true },
  { selector: "global()", matches: true },
  { selector: "env == 'prod'", matches: true },
  { selector: "env == 'test'", matches: false },
  { selector: "name == 'eu-west'", matches: true },
  { selector: "name == 'another'", matches: false },
  { selector: "has(constructor)", matches: true },
  { selector: "has(toString)", matches: false },
  { selector: "!has(region) && env in {'prod', 'test'}", matches: true },
];

describe("a selector over clusters", () => {
  it.each(rows)("$selector: $matches", ({ selector, matches }) => {
    const read = readClusterSelector(selector);
    expect(read.ok && read.value.matches(clusterLabels(CLUSTER))).toBe(matches);
  });

  it.each([
    { selector: "", code: "selector-blank" },
    { selector: " \n", code: "selector-blank" },
    { selector: "env = 'prod'", code: "selector-unreadable" },
    { selector: "env == 'prod' ||", code: "selector-unreadable" },
  ])("$selector is an error: $code", ({ selector, code }) => {
    expect(readClusterSelector(selector)).toMatchObject({ ok: false, error: { code } });
  });

  it("is the same for all that is written alike", () => {
    const [a, b] = ["env=='prod'", 'env == "prod"'].map(readClusterSelector);
    expect(a?.ok && b?.ok && a.value.text === b.value.text).toBe(true);
  });
});
