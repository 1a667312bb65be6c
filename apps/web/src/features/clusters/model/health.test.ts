import { describe, expect, it } from "vitest";
import { clusterHealth, type HealthInput } from "./health";

const connected = { kind: "connected", since: 1 } as const;
const base: HealthInput = { status: connected, readOnly: false, problems: [] };
const overlap = { code: "overlapping-pod-ranges", title: "pod range overlaps eu-west", detail: "" } as const;
const missing = { code: "missing-permissions", title: "1 permission missing", detail: "" } as const;

const rows: { name: string; change: Partial<HealthInput>; mark: string; title: string; detail: string }[] = [
  { name: "healthy", change: {}, mark: "good", title: "healthy", detail: "" },
  {
    name: "one problem is named",
    change: { problems: [overlap] },
    mark: "problem",
    title: "pod range overlaps eu-west",
    detail: "",
  },
  {
    name: "two are counted and named below",
    change: { problems: [missing, overlap] },
    mark: "problem",
    title: "2 problems",
    detail: "1 permission missing, pod range overlaps eu-west",
  },
  {
    name: "a problem is told before a lag",
    change: { problems: [missing], behindMs: 99_000 },
    mark: "problem",
    title: "1 permission missing",
    detail: "",
  },
  { name: "a lag", change: { behindMs: 40_000 }, mark: "problem", title: "lagging", detail: "evidence 40 s behind" },
  { name: "the usual delay is no lag", change: { behindMs: 30_000 }, mark: "good", title: "healthy", detail: "" },
  {
    name: "read only",
    change: { readOnly: true },
    mark: "locked",
    title: "read only",
    detail: "serves Calico v1 CRDs only",
  },
  {
    name: "first sync",
    change: { status: { kind: "first-sync", since: 1, done: 2, total: 5 } },
    mark: "pending",
    title: "first sync, 40 %",
    detail: "2 of 5 resources",
  },
  {
    name: "all sent is not all durable",
    change: { status: { kind: "first-sync", since: 1, done: 5, total: 5 } },
    mark: "pending",
    title: "first sync, 99 %",
    detail: "5 of 5 resources",
  },
  {
    name: "unknown is not a problem's mark, whatever was wrong before",
    change: { status: { kind: "unknown", since: 1 }, problems: [missing] },
    mark: "unknown",
    title: "unknown",
    detail: "not heard",
  },
];

describe("clusterHealth", () => {
  it.each(rows)("$name", ({ change, mark, title, detail }) => {
    expect(clusterHealth({ ...base, ...change })).toMatchObject({ mark, title, detail });
  });
});
