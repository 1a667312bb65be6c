import { describe, expect, it } from "vitest";
import { countSegments, filterLines, newestVersion, type Listed } from "./list";

const line = (
  name: string,
  change: Partial<Listed["cluster"]> = {},
  health: Partial<Listed["health"]> = {},
): Listed => ({
  cluster: { name, labels: {}, agentVersion: "0.1.0", facts: null, problems: [], ...change },
  health: { mark: "good", title: "healthy", detail: "", attention: false, ...health },
});
const lines = [
  line("eu-west", {
    labels: { jurisdiction: "EU", region: "ireland" },
    facts: { kubernetesVersion: "1.34.2", calicoVersion: "3.31.2" },
  }),
  line(
    "us-east",
    { labels: { jurisdiction: "US" }, problems: [{ title: "Goldmane unreachable", detail: "" }] },
    { mark: "problem", attention: true },
  ),
  line("me-central", {}, { mark: "unknown", title: "unknown", attention: true, unknownSince: 5 }),
];

describe("filterLines", () => {
  const rows = [
    { name: "nothing asked", ask: { segment: "all", text: " " }, expected: "eu-west us-east me-central" },
    { name: "a label", ask: { segment: "all", text: "jurisdiction=EU" }, expected: "eu-west" },
    { name: "every word", ask: { segment: "all", text: "ireland 1.34" }, expected: "eu-west" },
    { name: "a problem", ask: { segment: "all", text: "goldmane" }, expected: "us-east" },
    { name: "attention", ask: { segment: "attention", text: "" }, expected: "us-east me-central" },
    { name: "unknown", ask: { segment: "unknown", text: "" }, expected: "me-central" },
    { name: "both", ask: { segment: "unknown", text: "eu" }, expected: "" },
  ] as const;
  it.each(rows)("$name", ({ ask, expected }) => {
    expect(
      filterLines(lines, ask)
        .map(({ cluster }) => cluster.name)
        .join(" "),
    ).toBe(expected);
  });
});

it("counts segments", () => {
  expect(countSegments(lines)).toEqual({ all: 3, attention: 2, unknown: 1 });
});

it.each([
  { versions: ["1.9.2", "1.34.0", "1.33.9"], newest: "1.34.0" },
  { versions: ["v1.34.2", "", "v1.34.10"], newest: "v1.34.10" },
  { versions: [], newest: undefined },
])("finds the newest of $versions", ({ versions, newest }) => {
  expect(newestVersion(versions)).toBe(newest);
});
