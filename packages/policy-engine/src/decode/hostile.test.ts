import { describe, expect, it } from "vitest";
import { describeRule } from "../explain/describe-rule";
import { canonicalize, canonicalJson, contentHash } from "../json/canonical";
import type { JsonObject, JsonValue } from "../json/json";
import { growth, LINEAR } from "../testing/growth";
import { drawsOf } from "../testing/fuzz/draws";
import { judged, someOccasion, worldWith } from "../testing/fuzz/fuzz-world";
import { parseResource, validateResource } from "./parse-resource";

const CALICO = "projectcalico.org/v3";

type OfSize = (bytes: number) => unknown;

const list = <T extends JsonValue>(bytes: number, item: (index: number) => T): T[] => {
  const items: T[] = [];
  for (let size = 0; size < bytes; size += (JSON.stringify(items.at(-1)) ?? "").length + 1)
    items.push(item(items.length));
  return items;
};

const map = (bytes: number, prefix: string): JsonObject =>
  Object.fromEntries(list(bytes / 2, (i) => `${prefix}${i}`).map((key) => [key, "v"]));

const policy = (spec: JsonObject, metadata: JsonObject = {}): JsonObject => ({
  apiVersion: CALICO,
  kind: "NetworkPolicy",
  metadata: { name: "p", namespace: "shop", ...metadata },
  spec,
});

const source = (entity: JsonObject): JsonObject =>
  policy({ ingress: [{ action: "Allow", protocol: "TCP", source: entity }] });

const kubernetes = (spec: JsonObject): JsonObject => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name: "p", namespace: "shop" },
  spec: { podSelector: {}, ...spec },
});

const cluster = (spec: JsonObject): JsonObject => ({
  apiVersion: "policy.networking.k8s.io/v1alpha2",
  kind: "ClusterNetworkPolicy",
  metadata: { name: "p" },
  spec: { tier: "Admin", priority: 1, subject: { namespaces: {} }, ...spec },
});

function nested(bytes: number, wrap: (inner: JsonValue) => JsonValue): JsonValue {
  let value: JsonValue = {};
  for (let depth = 0; depth < bytes / 8; depth += 1) value = wrap(value);
  return value;
}

const net = (i: number): string => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}/32`;

interface Shape {
  readonly name: string;
  readonly of: OfSize;
  /** Each peer stands with each port: judging such a policy costs their product, as it does in a cluster. */
  readonly product?: boolean;
}

const SHAPES: readonly Shape[] = [
  { name: "rules", of: (bytes) => policy({ ingress: list(bytes, () => ({ action: "Allow" })) }) },
  { name: "rules that are wrong", of: (bytes) => policy({ egress: list(bytes, () => ({ action: "x", y: 1 })) }) },
  { name: "nets", of: (bytes) => source({ nets: list(bytes, net) }) },
  { name: "nets that repeat", of: (bytes) => source({ nets: list(bytes, () => "10.0.0.0/8") }) },
  { name: "nets that are none", of: (bytes) => source({ notNets: list(bytes, (i) => `10.0.0.0/${i}x`) }) },
  { name: "ports", of: (bytes) => source({ ports: list(bytes, (i) => (i % 65_535) + 1) }) },
  { name: "service accounts", of: (bytes) => source({ serviceAccounts: { names: list(bytes, (i) => `a${i}`) } }) },
  { name: "types", of: (bytes) => policy({ types: list(bytes, () => "Ingress") }) },
  { name: "unknown fields", of: (bytes) => policy(map(bytes, "order")) },
  { name: "labels", of: (bytes) => policy({}, { labels: map(bytes, "l") }) },
  { name: "annotations", of: (bytes) => policy({}, { annotations: map(bytes, "l") }) },
  { name: "a long selector", of: (bytes) => policy({ selector: list(bytes, (i) => `a == 'v${i}'`).join(" || ") }) },
  {
    name: "a long text where a word belongs",
    of: (bytes) => policy({ tier: "é".repeat(bytes), types: ["x".repeat(bytes)] }),
  },
  { name: "a long name", of: (bytes) => policy({}, { name: "a.".repeat(bytes / 2) }) },
  { name: "a long net", of: (bytes) => source({ nets: [`${"0".repeat(bytes)}.0.0.0/0`, ":".repeat(bytes)] }) },
  { name: "a long port", of: (bytes) => source({ ports: ["9".repeat(bytes), `1:${"9".repeat(bytes)}`] }) },
  { name: "an unknown field that nests", of: (bytes) => policy({ x: nested(bytes, (inner) => ({ spec: inner })) }) },
  { name: "a known field that nests", of: (bytes) => policy({ ingress: [nested(bytes, (inner) => [inner])] }) },
  { name: "a list that nests", of: (bytes) => nested(bytes, (inner) => [inner]) },
  {
    name: "prototype keys",
    of: (bytes) =>
      policy({ ...(JSON.parse(`{"__proto__": {"tier": "x"}}`) as JsonObject), constructor: map(bytes, "__proto__") }),
  },
  {
    name: "nets of a set",
    of: (bytes) => ({
      apiVersion: CALICO,
      kind: "GlobalNetworkSet",
      metadata: { name: "s" },
      spec: { nets: list(bytes, net) },
    }),
  },
  {
    name: "peers of a Kubernetes policy",
    of: (bytes) => kubernetes({ ingress: [{ from: list(bytes, (i) => ({ ipBlock: { cidr: net(i) } })) }] }),
  },
  {
    name: "peers and ports of a Kubernetes policy",
    product: true,
    of: (bytes) =>
      kubernetes({
        ingress: [
          {
            from: list(bytes / 2, () => ({ podSelector: {} })),
            ports: list(bytes / 2, (i) => ({ protocol: i % 2 === 0 ? "TCP" : "UDP", port: i + 1 })),
          },
        ],
      }),
  },
  {
    name: "expressions",
    of: (bytes) =>
      kubernetes({
        podSelector: { matchExpressions: list(bytes, (i) => ({ key: `k${i}`, operator: "In", values: ["a", "b"] })) },
      }),
  },
  {
    name: "values of an expression",
    of: (bytes) =>
      kubernetes({
        podSelector: { matchExpressions: [{ key: "k", operator: "NotIn", values: list(bytes, (i) => `v${i}`) }] },
      }),
  },
  {
    name: "peers and protocols of a cluster policy",
    product: true,
    of: (bytes) =>
      cluster({
        ingress: [
          {
            action: "Accept",
            from: list(bytes / 2, () => ({ namespaces: {} })),
            protocols: list(bytes / 2, (i) => ({ tcp: { destinationPort: { number: i + 1 } } })),
          },
        ],
      }),
  },
];

interface Use {
  readonly use: string;
  readonly of: (manifest: unknown) => unknown;
}

const VERDICT: Use = {
  use: "a verdict",
  of: (manifest) => {
    const world = worldWith([manifest]);
    return judged(world, someOccasion(drawsOf(1, 1), world));
  },
};

const USES: readonly Use[] = [
  { use: "validation", of: validateResource },
  { use: "canonical JSON", of: (manifest) => contentHash(manifest as JsonValue) },
  VERDICT,
];

const CASES = SHAPES.flatMap(({ name, of: shape, product }) =>
  USES.filter((use) => use !== VERDICT || !product).map((use) => ({ ...use, name, shape })),
);

describe("a hostile manifest of 64 KB", () => {
  it.each(CASES)("costs as its size grows: $use of $name", ({ shape, of }) => {
    expect(
      growth((bytes) => {
        const manifest = shape(bytes);
        return () => of(manifest);
      }),
    ).toBeLessThan(LINEAR);
  });

  it.each(SHAPES)("is written as canonical JSON that reads the same: $name", ({ of }) => {
    const text = canonicalJson(of(65_536) as JsonValue);
    expect(canonicalJson(JSON.parse(text) as JsonValue)).toBe(text);
    expect(canonicalJson(canonicalize(JSON.parse(text) as JsonValue))).toBe(text);
  });

  it.each(SHAPES)("is described where it is a policy: $name", ({ of }) => {
    const parsed = parseResource(of(65_536), "cluster");
    if (!parsed.ok || parsed.value.resource.resource !== "policy") return;
    const { ingress, namespace } = parsed.value.resource;
    for (const rule of ingress.slice(0, 100))
      expect(describeRule(rule, { direction: "ingress", namespace })).not.toBe("");
  });
});

describe("values that JSON or a program may hold", () => {
  const errors = (spec: JsonObject) => validateResource(policy(spec)).filter((d) => d.severity === "error");

  it.each([
    { name: "not a number", order: Number.NaN },
    { name: "infinity", order: Number.POSITIVE_INFINITY },
    { name: "a number as text", order: "1" },
    { name: "a truth value", order: true },
    { name: "a list", order: [1] },
  ])("$name is no order", ({ order }) => {
    expect(errors({ order })).toMatchObject([{ code: "wrong-type", path: ["spec", "order"] }]);
  });

  it.each([{ order: -0 }, { order: 1e308 }, { order: 5e-324 }, { order: 2 ** 64 }, { order: -1.5 }])(
    "$order is an order",
    ({ order }) => {
      expect(errors({ order })).toEqual([]);
    },
  );

  it("is the same policy, in the same place, with an order of 0 and of -0", () => {
    const orders = [0, -0].map((order) => {
      const parsed = parseResource(policy({ order }));
      return parsed.ok && parsed.value.resource.resource === "policy" ? parsed.value.resource.order : undefined;
    });
    expect(canonicalJson(orders.map((order) => order ?? null))).toBe("[0,0]");
  });

  it.each(["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"])(
    "%s is an unknown field like any other",
    (key) => {
      const manifest: unknown = JSON.parse(
        JSON.stringify(policy({ tier: "default" })).replace('"tier"', `"${key}":{"tier":"x"},"tier"`),
      );
      const found = validateResource(manifest).filter((d) => d.severity === "error");
      expect(found).toMatchObject([{ code: "unknown-field", path: ["spec", key] }]);
      const parsed = parseResource(manifest, "cluster");
      expect(parsed.ok && parsed.value.resource).toMatchObject({ unknown: [key], tier: "default" });
    },
  );

  it.each(["__proto__", "constructor"])("%s is a label like any other", (key) => {
    const manifest: unknown = JSON.parse(JSON.stringify(policy({}, { labels: { k: "v" } })).replace('"k"', `"${key}"`));
    const parsed = parseResource(manifest, "cluster");
    expect(parsed.ok && Object.entries(parsed.value.resource.labels)).toEqual([[key, "v"]]);
  });

  it.each(["ports", "nets", "selector", "serviceAccounts"])(
    "an object with a toString of its own is no value of %s",
    (key) => {
      const value = { toString: "x", valueOf: {} };
      const manifest = source({ [key]: key === "ports" || key === "nets" ? [value] : value });
      expect(validateResource(manifest).filter((d) => d.severity === "error").length).toBeGreaterThan(0);
    },
  );

  it("a key given twice counts as JSON reads it: the last one", () => {
    const manifest: unknown = JSON.parse(
      JSON.stringify(policy({ order: 1 })).replace('"order":1', '"order":1,"order":2'),
    );
    const parsed = parseResource(manifest);
    expect(parsed.ok && parsed.value.resource).toMatchObject({ order: 2 });
  });

  it("a lone surrogate is kept in canonical JSON and hashed", () => {
    expect(canonicalJson({ a: "\ud800" })).toBe('{"a":"\\ud800"}');
    expect(contentHash({ a: "\ud800" })).not.toBe(contentHash({ a: "\ud801" }));
  });
});
