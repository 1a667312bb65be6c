import { describe, expect, it } from "vitest";
import { formatPath } from "../diagnostic";
import { protocolName } from "../model/protocol";
import type { Policy, Rule } from "../model/policy";
import { formatCidr } from "../net/address";
import { printSelector } from "../selector/printer";
import { parseResource, validateResource } from "./parse-resource";

const SUBJECT = { namespaces: { matchLabels: { team: "web" } } };
const PEER = { namespaces: {} };

const cnp = (spec: object) => ({
  apiVersion: "policy.networking.k8s.io/v1alpha2",
  kind: "ClusterNetworkPolicy",
  metadata: { name: "isolate" },
  spec,
});
const admin = (rest: object) => cnp({ tier: "Admin", priority: 10, subject: SUBJECT, ...rest });
const rule = (more: object) => ({ action: "Accept", from: [PEER], ...more });

function read(json: unknown): Policy {
  const parsed = parseResource(json, "cluster");
  if (!parsed.ok || parsed.value.resource.resource !== "policy") throw new Error(JSON.stringify(parsed));
  return parsed.value.resource;
}

function show({ action, protocol, source, destination, annotations }: Rule): string {
  const far = (source.namespaceSelector ?? source.selector) ? source : destination;
  const parts = [
    action,
    protocol === undefined ? "any" : protocolName(protocol),
    destination.ports.map((p) => (p.kind === "range" ? `${p.from}-${p.to}` : p.name)).join(","),
    far.namespaceSelector ? `ns(${printSelector(far.namespaceSelector.node)})` : "",
    far.selector ? `pods(${printSelector(far.selector.node)})` : "",
    far.nets.map(formatCidr).join(","),
    annotations["name"] ?? "",
  ];
  return parts.filter((part) => part !== "").join(" ");
}

const K8S = 'projectcalico.org/orchestrator == "k8s"';

// libcalico-go/lib/backend/k8s/conversion/clusternetworkpolicy.go and its test say what Calico makes of each.
const conversions: readonly { name: string; spec: object; ingress?: readonly string[]; egress?: readonly string[] }[] =
  [
    {
      name: "Accept, Deny and Pass become Allow, Deny and Pass, and keep the rule's name",
      spec: { ingress: [rule({ name: "first" }), rule({ action: "Deny" }), rule({ action: "Pass" })] },
      ingress: ["Allow any ns(all()) first", "Deny any ns(all())", "Pass any ns(all())"],
    },
    {
      name: "one rule a protocol and peer, protocols by name first; ports of one protocol together",
      spec: {
        ingress: [
          rule({
            from: [PEER, { pods: { podSelector: { matchLabels: { app: "a" } } } }],
            protocols: [
              { udp: { destinationPort: { number: 53 } } },
              { tcp: { destinationPort: { number: 80 } } },
              { tcp: { destinationPort: { range: { start: 8000, end: 8010 } } } },
            ],
          }),
        ],
      },
      ingress: [
        "Allow TCP 80-80,8000-8010 ns(all())",
        `Allow TCP 80-80,8000-8010 ns(all()) pods((${K8S} && app == "a"))`,
        "Allow UDP 53-53 ns(all())",
        `Allow UDP 53-53 ns(all()) pods((${K8S} && app == "a"))`,
      ],
    },
    {
      name: "networks of both families in one rule, without their host bits",
      spec: { egress: [{ action: "Deny", to: [{ networks: ["10.1.2.3/8", "fd00::/8"] }] }] },
      egress: ["Deny any 10.0.0.0/8,fd00::/8"],
    },
    {
      name: "an unknown peer makes an Accept rule match nothing",
      spec: { egress: [{ action: "Accept", to: [PEER, { domainNames: ["example.com"] }] }] },
      egress: [],
    },
    {
      name: "an unknown peer makes Deny and Pass rules deny all, whatever else they say",
      spec: {
        egress: [
          { action: "Deny", to: [{ nodes: {} }], protocols: [{ tcp: { destinationPort: { number: 1 } } }] },
          { action: "Pass", to: [{ nodes: {} }] },
        ],
      },
      egress: ["Deny any", "Deny any"],
    },
    {
      name: "a named port is not supported, so the rule fails closed, too",
      spec: {
        ingress: [
          rule({ protocols: [{ destinationNamedPort: "http" }] }),
          rule({ action: "Pass", protocols: [{ destinationNamedPort: "http" }] }),
        ],
      },
      ingress: ["Deny any"],
    },
  ];

describe("what Calico makes of a ClusterNetworkPolicy", () => {
  it.each(conversions)("$name", ({ spec, ingress, egress }) => {
    const policy = read(admin(spec));
    expect(policy.ingress.map(show)).toEqual(ingress ?? []);
    expect(policy.egress.map(show)).toEqual(egress ?? []);
  });

  it.each([
    { tier: "Admin", expected: "kube-admin" },
    { tier: "Baseline", expected: "kube-baseline" },
  ])("$tier is tier $expected, and the priority is the order", ({ tier, expected }) => {
    const policy = read(cnp({ tier, priority: 7, subject: SUBJECT, ingress: [rule({})] }));
    expect(policy).toMatchObject({
      kind: "ClusterNetworkPolicy",
      tier: expected,
      order: 7,
      name: "isolate",
      namespace: "",
    });
  });

  it.each([
    { name: "namespaces", subject: SUBJECT, selector: K8S, namespaces: 'team == "web"' },
    {
      name: "pods",
      subject: { pods: { podSelector: { matchExpressions: [{ key: "app", operator: "Exists" }] } } },
      selector: `(${K8S} && has(app))`,
      namespaces: "all()",
    },
  ])("a subject of $name leaves host endpoints out", ({ subject, selector, namespaces }) => {
    const policy = read(cnp({ tier: "Admin", priority: 7, subject }));
    expect(printSelector(policy.selector!.node)).toBe(selector);
    expect(printSelector(policy.namespaceSelector!.node)).toBe(namespaces);
  });

  it.each([
    { name: "no rules", spec: {}, types: [] },
    { name: "ingress rules", spec: { ingress: [rule({})] }, types: ["ingress"] },
    { name: "egress rules", spec: { egress: [{ action: "Deny", to: [PEER] }] }, types: ["egress"] },
    { name: "a rule of which nothing is left", spec: { ingress: [rule({ from: [{ nodes: {} }] })] }, types: [] },
  ])("judges the directions that it has rules for: $name", ({ spec, types }) => {
    expect(read(admin(spec)).types).toEqual(types);
  });

  it("does not guess at fields of a newer API", () => {
    expect(read(admin({ ingress: [rule({ when: "night" })] })).ingress[0]?.unknown).toEqual(["when"]);
    expect(read(admin({ mood: "strict" })).unknown).toEqual(["mood"]);
  });
});

const told = (json: unknown): readonly string[] =>
  validateResource(json).map(({ code, severity, path }) => `${severity} ${code} at ${formatPath(path)}`);
const ports = (destinationPort: object) => admin({ ingress: [rule({ protocols: [{ tcp: { destinationPort } }] })] });
const AT = "spec.ingress[0]";

// The schema and CEL rules of the CRD (kubernetes-sigs/network-policy-api v0.2.0).
describe("validation of a ClusterNetworkPolicy", () => {
  it.each([
    {
      name: "whole",
      json: admin({ ingress: [rule({ protocols: [{ sctp: { destinationPort: { number: 1 } } }] })] }),
      expected: [],
    },
    {
      name: "nothing required is there",
      json: cnp({}),
      expected: ["subject", "tier", "priority"].map((name) => `error missing-field at spec.${name}`),
    },
    {
      name: "another tier",
      json: cnp({ tier: "Default", priority: 1, subject: SUBJECT }),
      expected: ["error not-one-of at spec.tier"],
    },
    {
      name: "a priority above 1000",
      json: cnp({ tier: "Admin", priority: 1001, subject: SUBJECT }),
      expected: ["error out-of-range at spec.priority"],
    },
    { name: "priority 0 and 1000", json: cnp({ tier: "Baseline", priority: 0, subject: SUBJECT }), expected: [] },
    {
      name: "no subject chosen",
      json: cnp({ tier: "Admin", priority: 1, subject: {} }),
      expected: ["error none-of at spec.subject"],
    },
    {
      name: "two subjects",
      json: cnp({ tier: "Admin", priority: 1, subject: { ...SUBJECT, pods: { podSelector: {} } } }),
      expected: ["error more-than-one at spec.subject"],
    },
    {
      name: "pods without podSelector",
      json: admin({ ingress: [rule({ from: [{ pods: {} }] })] }),
      expected: [`error missing-field at ${AT}.from[0].pods.podSelector`],
    },
    {
      name: "Calico's word for Accept",
      json: admin({ ingress: [rule({ action: "Allow" })] }),
      expected: [`error not-one-of at ${AT}.action`],
    },
    { name: "no action", json: admin({ ingress: [{ from: [PEER] }] }), expected: [`error missing-action at ${AT}`] },
    {
      name: "no peers",
      json: admin({ ingress: [{ action: "Deny" }] }),
      expected: [`error missing-peers at ${AT}.from`],
    },
    {
      name: "a peer with nothing",
      json: admin({ ingress: [rule({ from: [{}] })] }),
      expected: [`error unsupported-peer at ${AT}.from[0]`],
    },
    {
      name: "networks have no place in ingress",
      json: admin({ ingress: [rule({ from: [{ networks: ["10.0.0.0/8"] }] })] }),
      expected: [`error unsupported-peer at ${AT}.from[0]`],
    },
    {
      name: "a network that is none",
      json: admin({ egress: [{ action: "Deny", to: [{ networks: ["10.0.0.1"] }] }] }),
      expected: ["error invalid-net at spec.egress[0].to[0].networks[0]"],
    },
    {
      name: "a network twice",
      json: admin({ egress: [{ action: "Deny", to: [{ networks: ["10.0.0.0/8", "10.0.0.0/8"] }] }] }),
      expected: ["error repeated at spec.egress[0].to[0].networks[1]"],
    },
    {
      name: "a rule's name of 101 characters",
      json: admin({ ingress: [rule({ name: "n".repeat(101) })] }),
      expected: [`error name-too-long at ${AT}.name`],
    },
    {
      name: "26 rules",
      json: admin({ ingress: Array.from({ length: 26 }, () => rule({})) }),
      expected: ["error too-many at spec.ingress"],
    },
    {
      name: "26 peers",
      json: admin({ ingress: [rule({ from: Array.from({ length: 26 }, () => PEER) })] }),
      expected: [`error too-many at ${AT}.from`],
    },
    {
      name: "protocols without an entry",
      json: admin({ ingress: [rule({ protocols: [] })] }),
      expected: [`error empty-list at ${AT}.protocols`],
    },
    {
      name: "a protocol without ports",
      json: admin({ ingress: [rule({ protocols: [{ tcp: {} }] })] }),
      expected: [`error missing-field at ${AT}.protocols[0].tcp`],
    },
    {
      name: "two protocols in one entry",
      json: admin({
        ingress: [
          rule({ protocols: [{ tcp: { destinationPort: { number: 1 } }, udp: { destinationPort: { number: 1 } } }] }),
        ],
      }),
      expected: [`error more-than-one at ${AT}.protocols[0]`],
    },
    {
      name: "port 0",
      json: ports({ number: 0 }),
      expected: [`error out-of-range at ${AT}.protocols[0].tcp.destinationPort.number`],
    },
    {
      name: "a number and a range",
      json: ports({ number: 1, range: { start: 1, end: 2 } }),
      expected: [`error more-than-one at ${AT}.protocols[0].tcp.destinationPort`],
    },
    {
      name: "a range of one",
      json: ports({ range: { start: 5, end: 5 } }),
      expected: [`error invalid-port at ${AT}.protocols[0].tcp.destinationPort.range`],
    },
    {
      name: "half a range",
      json: ports({ range: { start: 5 } }),
      expected: [`error missing-field at ${AT}.protocols[0].tcp.destinationPort.range.end`],
    },
    {
      name: "a named port, which Calico does not convert",
      json: admin({ ingress: [rule({ protocols: [{ destinationNamedPort: "web" }] })] }),
      expected: [`warning unsupported-named-port at ${AT}.protocols[0].destinationNamedPort`],
    },
  ])("$name", ({ json, expected }) => {
    expect(told(json)).toEqual(expected);
  });
});
