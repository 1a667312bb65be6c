import { describe, expect, it } from "vitest";
import type { KubeObject } from "../store/types";
import { fieldSelectorOf, labelSelectorOf, matchesLabelSelector } from "./selectors";

const object: KubeObject = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: "p",
    namespace: "n",
    uid: "u",
    resourceVersion: "1",
    creationTimestamp: "",
    labels: { app: "web", tier: "" },
  },
  spec: { nodeName: "node-1" },
};

describe("a label selector in a query", () => {
  const rows = [
    { source: "", expected: true },
    { source: "app=web", expected: true },
    { source: "app==web", expected: true },
    { source: "app!=web", expected: false },
    { source: "other!=x", expected: true },
    { source: "app in (api, web),tier", expected: true },
    { source: "app notin (api,web)", expected: false },
    { source: "other notin (x)", expected: true },
    { source: "!other", expected: true },
    { source: "! app", expected: false },
    { source: "tier=", expected: true },
    { source: "app=web,other", expected: false },
  ];
  it.each(rows)("`$source` → $expected", ({ source, expected }) => {
    expect(labelSelectorOf(source)(object)).toBe(expected);
  });
  it.each(["a in b", "a=(", "=x", "a,,b"])("refuses `%s`", (source) => {
    expect(() => labelSelectorOf(source)).toThrow("unable to parse requirement");
  });
});

describe("a field selector in a query", () => {
  const rows = [
    { source: "metadata.name=p", expected: true },
    { source: "metadata.namespace!=n", expected: false },
    { source: "spec.nodeName=node-1,metadata.name=p", expected: true },
    { source: "spec.nodeName=", expected: false },
  ];
  it.each(rows)("`$source` → $expected", ({ source, expected }) => {
    expect(fieldSelectorOf(source, ["spec.nodeName"])(object)).toBe(expected);
  });
  it("refuses fields that a kind cannot be selected by", () => {
    expect(() => fieldSelectorOf("spec.nodeName=x", [])).toThrow("field label not supported: spec.nodeName");
    expect(() => fieldSelectorOf("nothing", [])).toThrow("invalid selector");
  });
});

describe("a label selector in an object", () => {
  const labels = { app: "web" };
  const expression = (operator: string, values: readonly string[] = []) => ({
    matchExpressions: [{ key: "app", operator, values }],
  });
  const rows = [
    { name: "an absent one matches nothing", selector: undefined, expected: false },
    { name: "an empty one matches all", selector: {}, expected: true },
    { name: "equal labels", selector: { matchLabels: { app: "web" } }, expected: true },
    { name: "another value", selector: { matchLabels: { app: "api" } }, expected: false },
    { name: "In", selector: expression("In", ["web"]), expected: true },
    { name: "NotIn", selector: expression("NotIn", ["web"]), expected: false },
    { name: "Exists", selector: expression("Exists"), expected: true },
    { name: "DoesNotExist", selector: expression("DoesNotExist"), expected: false },
  ];
  it.each(rows)("$name", ({ selector, expected }) => expect(matchesLabelSelector(selector, labels)).toBe(expected));
});
