import { describe, expect, it } from "vitest";
import { clusterNameProblem, clusterPlace, labelProblems, parseLabels } from "./labels";

describe("clusterNameProblem", () => {
  const rows = [
    { name: "plain", value: "eu-west", good: true },
    { name: "one letter", value: "a", good: true },
    { name: "63 characters", value: "a".repeat(63), good: true },
    { name: "64 characters", value: "a".repeat(64), good: false },
    { name: "empty", value: "", good: false },
    { name: "upper case", value: "EU", good: false },
    { name: "dot", value: "eu.west", good: false },
    { name: "hyphen at the end", value: "eu-", good: false },
  ];
  it.each(rows)("$name", ({ value, good }) => {
    expect(clusterNameProblem(value) === undefined).toBe(good);
  });
});

describe("labelProblems", () => {
  const rows = [
    { name: "ordinary", labels: { region: "eu-west-1", "topology.kubernetes.io/zone": "a" }, fields: [] },
    { name: "empty value", labels: { canary: "" }, fields: [] },
    { name: "the cluster's own name", labels: { name: "x" }, fields: ["labels.name"] },
    { name: "our prefix", labels: { "isthmus.io/managed": "true" }, fields: ["labels.isthmus.io/managed"] },
    { name: "space in a value", labels: { region: "eu west" }, fields: ["labels.region"] },
    { name: "slash without a prefix", labels: { "/zone": "a" }, fields: ["labels./zone"] },
    { name: "several at once", labels: { "a b": "1", c: "d e" }, fields: ["labels.a b", "labels.c"] },
  ];
  it.each(rows)("$name", ({ labels, fields }) => {
    expect(labelProblems(labels as Record<string, string>).map((problem) => problem.field)).toEqual(fields);
  });
});

describe("parseLabels", () => {
  it("reads commas and lines, keeps `=` in values out", () => {
    expect(parseLabels("region=eu-west, jurisdiction = EU\nenv=prod,")).toEqual({
      labels: { region: "eu-west", jurisdiction: "EU", env: "prod" },
      problems: [],
    });
  });
  it("takes a name of Object's prototype for a label like any other, or says what is wrong with it", () => {
    expect(parseLabels("constructor=a")).toEqual({ labels: { constructor: "a" }, problems: [] });
    expect(parseLabels("__proto__=a").problems).toHaveLength(1);
  });
  it("names a part without a value and a key given twice", () => {
    expect(parseLabels("region, env=a, env=b").problems.map((problem) => problem.message)).toEqual([
      "`region` is no label: write key=value",
      "`env` is given twice",
    ]);
  });
});

it("says the place of a cluster as far as its labels do", () => {
  expect(clusterPlace({ region: "eu-west", jurisdiction: "EU" })).toBe("eu-west, EU");
  expect(clusterPlace({ jurisdiction: "EU" })).toBe("EU");
  expect(clusterPlace({ env: "prod" })).toBe("");
});
