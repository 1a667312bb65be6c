import type { KubeObject } from "@isthmus/k8s";
import { describe, expect, it } from "vitest";
import { driftOf, driftText } from "./drift";
import { withOwnership } from "./ownership";

type Fields = Record<string, unknown>;
const policy = (spec: Fields, metadata: Fields = {}): KubeObject => ({
  apiVersion: "projectcalico.org/v3",
  kind: "NetworkPolicy",
  metadata: { name: "p", namespace: "n", ...metadata },
  spec,
});

describe("driftOf", () => {
  const rows: { name: string; wanted: Fields; found: Fields; expected: string[] }[] = [
    { name: "equal", wanted: { order: 1 }, found: { order: 1 }, expected: [] },
    { name: "another value", wanted: { order: 1 }, found: { order: 2 }, expected: ["spec.order"] },
    { name: "a field removed", wanted: { order: 1 }, found: {}, expected: ["spec.order"] },
    { name: "a field added", wanted: { selector: "x" }, found: { selector: "x", order: 5 }, expected: ["spec.order"] },
    { name: "types filled in", wanted: { order: 1 }, found: { order: 1, types: ["Ingress"] }, expected: [] },
    {
      name: "types changed",
      wanted: { types: ["Ingress"] },
      found: { types: ["Egress"] },
      expected: ["spec.types[0]"],
    },
    { name: "the default tier filled in", wanted: {}, found: { tier: "default" }, expected: [] },
    { name: "another tier", wanted: {}, found: { tier: "secret" }, expected: ["spec.tier"] },
    {
      name: "a rule added",
      wanted: { ingress: [] },
      found: { ingress: [{ action: "Allow" }] },
      expected: ["spec.ingress"],
    },
    {
      name: "empty entities filled in",
      wanted: { ingress: [{ action: "Allow" }] },
      found: { ingress: [{ action: "Allow", source: {}, destination: {} }] },
      expected: [],
    },
    {
      name: "a peer added to a rule",
      wanted: { ingress: [{ action: "Allow" }] },
      found: { ingress: [{ action: "Allow", source: { selector: "y" } }] },
      expected: ["spec.ingress[0].source.selector"],
    },
    {
      name: "a selector left out that the server writes as all()",
      wanted: { ingress: [{ action: "Allow" }] },
      found: { selector: "all()", ingress: [{ action: "Allow" }] },
      expected: [],
    },
    {
      name: "a protocol added to a Calico rule narrows it",
      wanted: { ingress: [{ action: "Allow" }] },
      found: { ingress: [{ action: "Allow", protocol: "TCP" }] },
      expected: ["spec.ingress[0].protocol"],
    },
    {
      name: "a port's protocol filled in",
      wanted: { ingress: [{ ports: [{ port: 80 }] }] },
      found: { ingress: [{ ports: [{ port: 80, protocol: "TCP" }] }] },
      expected: [],
    },
    { name: "ports as text", wanted: { ports: [80] }, found: { ports: ["80"] }, expected: [] },
    {
      name: "order of a list",
      wanted: { nets: ["a", "b"] },
      found: { nets: ["b", "a"] },
      expected: ["spec.nets[0]", "spec.nets[1]"],
    },
  ];
  it.each(rows)("$name", ({ wanted, found, expected }) => {
    const manifest = policy(wanted);
    const drift = driftOf(manifest, {
      ...withOwnership(manifest, { hash: "h", clusterId: "c1" }),
      spec: found,
      status: { a: 1 },
    });
    expect(drift.map(({ path }) => path)).toEqual(expected);
  });

  it("ignores labels and annotations that others added, and not those that we wrote", () => {
    const manifest = policy({}, { labels: { "isthmus.io/identity": "x" } });
    const written = withOwnership(manifest, { hash: "h", clusterId: "c1" });
    const decorated = {
      ...written,
      metadata: { ...written.metadata, labels: { ...written.metadata.labels, more: "1" } },
    };
    expect(driftOf(manifest, decorated)).toEqual([]);
    const stripped = { ...written, metadata: { ...written.metadata, labels: { "isthmus.io/managed": "true" } } };
    expect(driftOf(manifest, stripped)).toEqual([
      { path: "metadata.labels[isthmus.io/identity]", wanted: "x", found: undefined },
    ]);
  });
});

describe("driftText", () => {
  const rows: { name: string; wanted: Fields; found: Fields; text: string }[] = [
    { name: "another value", wanted: { order: 10 }, found: { order: 20 }, text: "spec.order: 10 → 20" },
    {
      name: "added and removed",
      wanted: { selector: "a == 'b'", ingress: [{ action: "Deny" }] },
      found: { order: 1, ingress: [] },
      text: `spec.ingress: [{"action":"Deny"}] → []; spec.order: nothing → 1; spec.selector: "a == 'b'" → nothing`,
    },
    {
      name: "a long value",
      wanted: { selector: "x" },
      found: { selector: "y".repeat(1_000) },
      text: `spec.selector: "x" → "${"y".repeat(79)}…`,
    },
  ];
  it.each(rows)("$name", ({ wanted, found, text }) => {
    const manifest = policy(wanted);
    expect(
      driftText(driftOf(manifest, { ...withOwnership(manifest, { hash: "h", clusterId: "c1" }), spec: found })),
    ).toBe(text);
  });

  it("is bounded, and says how much it leaves out", () => {
    const nets = Array.from({ length: 256 }, (_, index) => `10.0.${index}.0/24`);
    const manifest = policy({ nets });
    const found = { nets: nets.map((net) => net.replace("10.", "11.")) };
    const text = driftText(
      driftOf(manifest, { ...withOwnership(manifest, { hash: "h", clusterId: "c1" }), spec: found }),
    );
    expect(text.length).toBeLessThan(900);
    expect(text).toMatch(/; and \d+ more$/u);
  });
});
