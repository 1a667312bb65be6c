import { describe, expect, it } from "vitest";
import { applyLabel, placeOn } from "./placement";

const clusters = [
  { id: "3", name: "us-east", ordinal: 2, labels: { jurisdiction: "US", env: "prod" } },
  { id: "1", name: "eu-west", ordinal: 0, labels: { jurisdiction: "EU", env: "prod" } },
  { id: "2", name: "eu-central", ordinal: 1, labels: { jurisdiction: "EU" } },
];

describe("placeOn", () => {
  const matching = [
    { name: "all, in order of joining", selector: "all()", expected: "eu-west eu-central us-east" },
    { name: "a label", selector: 'jurisdiction == "EU"', expected: "eu-west eu-central" },
    { name: "a label that some lack", selector: "has(env)", expected: "eu-west us-east" },
    { name: "the cluster's name", selector: "name in {'us-east','eu-west'}", expected: "eu-west us-east" },
    { name: "negation holds for an absent label", selector: "env != 'prod'", expected: "eu-central" },
  ];
  it.each(matching)("$name", ({ selector, expected }) => {
    const placed = placeOn(selector, clusters);
    expect(placed.ok && placed.value.map((cluster) => cluster.name).join(" ")).toBe(expected);
  });

  const refused = [
    { name: "blank is not everything", selector: "  ", code: "placement-empty" },
    { name: "no such value", selector: 'jurisdiction == "CH"', code: "placement-no-match" },
    { name: "not a selector", selector: "jurisdiction = EU", code: "placement-unreadable" },
    { name: "an open string", selector: 'jurisdiction == "EU', code: "placement-unreadable" },
  ];
  it.each(refused)("$name", ({ selector, code }) => {
    const placed = placeOn(selector, clusters);
    expect(placed.ok ? "placed" : placed.error.code).toBe(code);
    expect(!placed.ok && placed.error.hint.length > 0).toBe(true);
  });

  it("says which labels there are when none matches", () => {
    const placed = placeOn("tier == 'gold'", clusters);
    expect(!placed.ok && placed.error.hint).toBe("clusters have the labels `name`, `env`, `jurisdiction`");
  });

  it("says that there is no cluster yet", () => {
    const placed = placeOn("all()", []);
    expect(!placed.ok && placed.error.message).toBe("there is no cluster yet");
  });
});

it.each([
  { names: ["eu-west"], expected: "Apply to 1 cluster: eu-west" },
  { names: ["a", "b", "c"], expected: "Apply to 3 clusters: a, b, c" },
  { names: ["a", "b", "c", "d", "e", "f", "g", "h"], expected: "Apply to 8 clusters: a, b, c, d, e, 3 more" },
])("says the reach: $expected", ({ names, expected }) => {
  expect(applyLabel("Apply", names)).toBe(expected);
});
