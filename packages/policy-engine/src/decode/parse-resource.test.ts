import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatPath } from "../diagnostic";
import { parseResource, validateResource } from "./parse-resource";

const policy = (spec: object, kind = "NetworkPolicy") => ({
  apiVersion: "projectcalico.org/v3",
  kind,
  metadata: { name: "p", namespace: kind.includes("Global") ? undefined : "shop" },
  spec,
});

const told = (json: unknown): readonly string[] =>
  validateResource(json).map(({ code, path }) => `${code} at ${formatPath(path)}`);

describe("what is told of a manifest, and where", () => {
  it.each([
    { name: "nothing at all", json: undefined, expected: ["empty at "] },
    { name: "no object", json: "kind: NetworkPolicy", expected: ["wrong-type at "] },
    { name: "no kind", json: { apiVersion: "projectcalico.org/v3" }, expected: ["missing-kind at kind"] },
    {
      name: "another kind",
      json: { apiVersion: "v1", kind: "Secret", metadata: { name: "x" } },
      expected: ["unknown-kind at kind"],
    },
    {
      name: "a misspelt field",
      json: policy({ ingres: [] }),
      expected: ["unknown-field at spec.ingres"],
    },
    {
      name: "several things in several rules",
      json: policy({
        selector: "app = 'x'",
        ingress: [
          { action: "allow", protocol: "tcp" },
          { action: "Allow", source: { nets: ["10.0.0.1/8"], ports: [80] } },
        ],
      }),
      expected: [
        "not-one-of at spec.ingress[0].action",
        "invalid-protocol at spec.ingress[0].protocol",
        "unmasked-net at spec.ingress[1].source.nets[0]",
        "ports-need-protocol at spec.ingress[1].source.ports",
        "half-operator at spec.selector",
      ],
    },
    {
      name: "a service of a global policy without its namespace",
      json: policy(
        { egress: [{ action: "Allow", destination: { services: { name: "dns" } } }] },
        "GlobalNetworkPolicy",
      ),
      expected: ["missing-service-namespace at spec.egress[0].destination.services"],
    },
    {
      name: "a Kubernetes peer that mixes",
      json: {
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: "k", namespace: "shop" },
        spec: { podSelector: {}, ingress: [{ from: [{ podSelector: {}, ipBlock: { cidr: "10.0.0.0/8" } }, {}] }] },
      },
      expected: ["peer-combined at spec.ingress[0].from[0]", "empty-peer at spec.ingress[0].from[1]"],
    },
  ])("$name", ({ json, expected }) => {
    expect(told(json)).toEqual(expected);
  });

  it("says where in a selector, and what was perhaps meant", () => {
    const [selector] = validateResource(policy({ selector: "app == cart" }));
    expect(selector).toMatchObject({
      path: ["spec", "selector"],
      span: { start: 7, end: 11 },
      hint: "write 'cart' in quotes",
    });
    const [field] = validateResource(policy({ selctor: "all()" }));
    expect(field?.hint).toBe("did you mean `selector`?");
  });

  it("warns of what Calico lets pass", () => {
    const json = { ...policy({}), metadata: { name: "p" } };
    expect(validateResource(json).map(({ code, severity }) => `${severity} ${code}`)).toEqual([
      "warning missing-namespace",
    ]);
    expect(parseResource(json).ok).toBe(true);
  });

  it("notes an unknown field of what a cluster holds instead of refusing it", () => {
    const json = policy({ ingress: [{ action: "Allow", source: { domains: ["example.com"] } }] });
    const parsed = parseResource(json, "cluster");
    expect(parsed.ok && parsed.value.resource).toMatchObject({ ingress: [{ unknown: ["domains"] }] });
    expect(parseResource(json).ok).toBe(false);
  });
});

describe("fields that nobody knows in what a cluster holds", () => {
  const rule = (more: object) => policy({ ingress: [{ action: "Allow", ...more }] });
  it.each([
    { name: "a rule", json: rule({ zebra: 1 }) },
    { name: "an end of a rule", json: rule({ source: { zebra: 1 } }) },
    { name: "its service accounts", json: rule({ source: { serviceAccounts: { zebra: 1 } } }) },
    { name: "its services", json: rule({ source: { services: { name: "a", zebra: 1 } } }) },
    { name: "ICMP", json: rule({ protocol: "ICMP", icmp: { type: 1, zebra: 1 } }) },
    { name: "HTTP", json: rule({ http: { zebra: 1 } }) },
    { name: "a path of HTTP", json: rule({ http: { paths: [{ exact: "/", zebra: 1 }] } }) },
    { name: "a rule's metadata", json: rule({ metadata: { zebra: 1 } }) },
  ])("$name: noted in the rule", ({ json }) => {
    const parsed = parseResource(json, "cluster");
    expect(parsed.ok && parsed.value.resource).toMatchObject({ ingress: [{ unknown: ["zebra"] }], unknown: [] });
  });

  const kubernetes = (spec: object) => ({
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "k", namespace: "shop" },
    spec: { podSelector: {}, ...spec },
  });
  it.each([
    { name: "a rule of Kubernetes", rule: { zebra: 1 } },
    { name: "a peer of it", rule: { from: [{ podSelector: {}, zebra: 1 }] } },
    { name: "an ipBlock", rule: { from: [{ ipBlock: { cidr: "10.0.0.0/8", zebra: 1 } }] } },
    { name: "a selector of a peer", rule: { from: [{ podSelector: { zebra: 1 } }] } },
    { name: "a port", rule: { ports: [{ port: 1, zebra: 1 }] } },
  ])("$name: noted in the rule", ({ rule: written }) => {
    const parsed = parseResource(kubernetes({ ingress: [written] }), "cluster");
    expect(parsed.ok && parsed.value.resource).toMatchObject({ ingress: [{ unknown: ["zebra"] }], unknown: [] });
  });

  it.each([
    { name: "a policy", json: policy({ zebra: 1 }) },
    { name: "a policy of Kubernetes", json: kubernetes({ zebra: 1 }) },
    { name: "whom it selects", json: kubernetes({ podSelector: { zebra: 1 } }) },
  ])("$name: noted in the policy", ({ json }) => {
    const parsed = parseResource(json, "cluster");
    expect(parsed.ok && parsed.value.resource).toMatchObject({ unknown: ["zebra"] });
  });
});

const kinds = [
  "NetworkPolicy",
  "GlobalNetworkPolicy",
  "StagedNetworkPolicy",
  "Tier",
  "NetworkSet",
  "GlobalNetworkSet",
  "HostEndpoint",
  "Profile",
  "StagedKubernetesNetworkPolicy",
];
const keys = [
  "action",
  "protocol",
  "source",
  "destination",
  "selector",
  "nets",
  "ports",
  "http",
  "paths",
  "icmp",
  "type",
  "services",
  "name",
  "podSelector",
  "matchLabels",
  "from",
  "to",
  "ipBlock",
  "__proto__",
  "constructor",
  "serviceAccounts",
  "names",
  "labels",
  "order",
  "tier",
  "types",
  "ingress",
  "egress",
];

describe("whatever it is given", () => {
  const value = fc.letrec((tie) => ({
    json: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 70_000, "", "all()", "x ==", "10.0.0.0/8", "TCP", "Allow"),
      fc.array(tie("json"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...keys), tie("json"), { maxKeys: 5 }),
    ),
  })).json;
  const manifest = fc
    .record({ kind: fc.constantFrom(...kinds), metadata: value, spec: value })
    .map((m) => ({ apiVersion: m.kind.startsWith("K") ? "networking.k8s.io/v1" : "projectcalico.org/v3", ...m }));

  it("answers with findings and never throws", () => {
    fc.assert(
      fc.property(fc.oneof(manifest, value, fc.jsonValue()), (json) => {
        const findings = validateResource(json);
        const parsed = parseResource(json);
        expect(parsed.ok).toBe(findings.every(({ severity }) => severity !== "error"));
      }),
      { numRuns: 2_000 },
    );
  });
});
