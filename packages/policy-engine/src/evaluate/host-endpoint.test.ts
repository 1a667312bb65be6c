import { describe, expect, it } from "vitest";
import type { Direction } from "../model/policy";
import { address, gnp, hostEndpoint, np, profile, SHOP, shop, spellHits, tier } from "../testing/shop-world";
import { judgeConnection } from "./connection";
import type { FelixSettings } from "./felix-settings";
import type { PacketRoute } from "./host-walk";
import { judgeEndpoint } from "./judge";
import { hostEndpointFor } from "./nodes";
import type { EndpointVerdict } from "./trace";
import { buildWorld } from "./world";

const ETH0 = hostEndpoint(
  "n1-eth0",
  { role: "node" },
  { node: "n1", interfaceName: "eth0", expectedIPs: ["192.0.2.1"] },
);
const rules = (action: string, more: object = {}) => [{ action, ...more }];
const early = { doNotTrack: true, applyOnForward: true } as const;
const preDnat = { preDNAT: true, applyOnForward: true } as const;

interface Row {
  readonly name: string;
  readonly manifests: readonly unknown[];
  readonly direction?: Direction;
  readonly route?: PacketRoute;
  readonly port?: number;
  readonly protocol?: number;
  readonly sourcePort?: number;
  readonly felix?: FelixSettings;
  readonly verdict: string;
  readonly hits?: readonly string[];
  readonly steps?: readonly string[];
}

function judge({ manifests, direction = "ingress", route, felix, ...row }: Row): EndpointVerdict {
  const world = buildWorld({ ...SHOP, manifests, ...(felix && { felix }) });
  const [endpoint] = world.hostEndpoints;
  const [own, peer] = [address("192.0.2.1"), address("198.51.100.7")];
  const ends = direction === "ingress" ? { source: peer, destination: own } : { source: own, destination: peer };
  const { protocol = 6, sourcePort = 40_000, port = 8080 } = row;
  const packet = { ...ends, protocol, sourcePort, destinationPort: port };
  return judgeEndpoint(world, { endpoint: endpoint!, direction, packet, ...(route && { route }) });
}

const steps = ({ trace }: EndpointVerdict): readonly string[] =>
  trace.map((step) =>
    [step.kind, "hook" in step ? step.hook : "", "why" in step ? step.why : ""].filter(Boolean).join(" "),
  );

// Calico, felix rules/endpoints.go (endpointIptablesChain) and rules/static.go; docs: reference/host-endpoints.
const rows: readonly Row[] = [
  {
    name: "a host endpoint without policies and profiles denies",
    manifests: [ETH0],
    verdict: "deny",
    hits: ["__PROFILE__|Deny"],
    steps: [
      "hook-entered untracked",
      "hook-left-open untracked no-policies",
      "hook-entered pre-dnat",
      "hook-left-open pre-dnat no-policies",
      "hook-entered normal",
      "no-profile",
    ],
  },
  { name: "but not on inbound failsafe ports", manifests: [ETH0], port: 22, verdict: "allow" },
  { name: "of that protocol", manifests: [ETH0], port: 22, protocol: 17, verdict: "deny" },
  { name: "UDP 68 comes in", manifests: [ETH0], port: 68, protocol: 17, verdict: "allow" },
  { name: "port 22 is no failsafe on the way out", manifests: [ETH0], direction: "egress", port: 22, verdict: "deny" },
  { name: "DNS is", manifests: [ETH0], direction: "egress", port: 53, protocol: 17, verdict: "allow" },
  {
    name: "failsafe ports come before a policy that denies",
    manifests: [ETH0, gnp("a", { ingress: rules("Deny") })],
    port: 22,
    verdict: "allow",
    hits: [],
  },
  {
    name: "and before one that denies untracked",
    manifests: [ETH0, gnp("a", { ...early, ingress: rules("Deny") })],
    port: 6443,
    verdict: "allow",
    hits: [],
  },
  {
    name: "replies to outbound failsafe ports pass untracked policies, too, though not the others",
    manifests: [ETH0, gnp("a", { ...early, ingress: rules("Deny") })],
    sourcePort: 2379,
    verdict: "deny",
    hits: ["__PROFILE__|Deny"],
  },
  {
    name: "the net of a failsafe port is that of the other end, in replies, too",
    manifests: [ETH0, gnp("a", { ...early, egress: rules("Allow") })],
    felix: { failsafeInboundHostPorts: [{ protocol: 6, port: 8080, net: "198.51.100.0/24" }] },
    direction: "egress",
    sourcePort: 8080,
    port: 40_000,
    verdict: "deny",
  },
  {
    name: "other failsafe ports are what was asked for",
    manifests: [ETH0],
    felix: { failsafeInboundHostPorts: [{ protocol: 6, port: 8080, net: "198.51.100.0/24" }] },
    verdict: "allow",
  },
  {
    name: "for the net that they name",
    manifests: [ETH0],
    felix: { failsafeInboundHostPorts: [{ protocol: 6, port: 8080, net: "203.0.113.0/24" }] },
    verdict: "deny",
  },
  {
    name: "and none of the defaults",
    manifests: [ETH0],
    felix: { failsafeInboundHostPorts: [] },
    port: 22,
    verdict: "deny",
  },
  {
    name: "failsafe ports are not for what is forwarded",
    manifests: [ETH0, gnp("a", { applyOnForward: true, ingress: rules("Deny") })],
    route: "forwarded",
    port: 22,
    verdict: "deny",
    hits: ["default|a|0|Deny"],
  },
  {
    name: "a policy that selects it allows",
    manifests: [ETH0, gnp("a", { selector: "role == 'node'", ingress: rules("Allow") })],
    verdict: "allow",
    hits: ["default|a|0|Allow"],
  },
  {
    name: "one of a namespace never selects it",
    manifests: [ETH0, np("a", { ingress: rules("Allow") })],
    verdict: "deny",
    hits: ["__PROFILE__|Deny"],
  },
  {
    name: "nor does one with a namespaceSelector",
    manifests: [ETH0, gnp("a", { namespaceSelector: "all()", ingress: rules("Allow") })],
    verdict: "deny",
    hits: ["__PROFILE__|Deny"],
  },
  {
    name: "its profiles speak after the tiers",
    manifests: [
      hostEndpoint("h", {}, { node: "n1", interfaceName: "*", profiles: ["open"] }),
      profile("open", { ingress: rules("Allow", { protocol: "TCP" }) }),
    ],
    verdict: "allow",
    hits: ["open|0|Allow"],
  },
  {
    name: "one after the other",
    manifests: [
      hostEndpoint("h", {}, { node: "n1", interfaceName: "*", profiles: ["a", "b"] }),
      profile("a", { ingress: rules("Pass") }),
      profile("b", { ingress: rules("Allow") }),
    ],
    verdict: "allow",
    hits: ["a|0|Pass", "b|0|Allow"],
  },
  {
    name: "a profile that is missing drops, whatever follows",
    manifests: [
      hostEndpoint("h", {}, { node: "n1", interfaceName: "*", profiles: ["gone", "b"] }),
      profile("b", { ingress: rules("Allow") }),
    ],
    verdict: "deny",
    hits: ["gone|0|Deny"],
  },
  {
    name: "of all interfaces takes no untracked policy",
    manifests: [
      hostEndpoint("h", { role: "node" }, { node: "n1", interfaceName: "*" }),
      gnp("a", { ...early, ingress: rules("Allow") }),
    ],
    verdict: "deny",
    hits: ["__PROFILE__|Deny"],
  },
  {
    name: "the profile of automatic host endpoints allows",
    manifests: [hostEndpoint("h", {}, { node: "n1", interfaceName: "*", profiles: ["projectcalico-default-allow"] })],
    verdict: "allow",
    hits: ["projectcalico-default-allow|0|Allow"],
  },
  {
    name: "labels of a profile are labels of the endpoint",
    manifests: [
      hostEndpoint("h", {}, { node: "n1", interfaceName: "*", profiles: ["p"] }),
      profile("p", { labelsToApply: { zone: "dmz" } }),
      gnp("a", { selector: "zone == 'dmz'", ingress: rules("Allow") }),
    ],
    verdict: "allow",
    hits: ["default|a|0|Allow"],
  },
  {
    name: "an own label hides one of a profile",
    manifests: [
      hostEndpoint("h", { zone: "lan" }, { node: "n1", interfaceName: "*", profiles: ["p"] }),
      profile("p", { labelsToApply: { zone: "dmz" } }),
      gnp("a", { selector: "zone == 'dmz'", ingress: rules("Allow") }),
    ],
    verdict: "deny",
  },
  {
    name: "what is forwarded passes where no policy applies on forward",
    manifests: [ETH0, gnp("a", { ingress: rules("Deny") })],
    route: "forwarded",
    verdict: "allow",
    hits: [],
    steps: [
      "hook-entered untracked",
      "tier-skipped none-selects",
      "hook-left-open untracked no-policies",
      "hook-entered pre-dnat",
      "tier-skipped none-selects",
      "hook-left-open pre-dnat no-policies",
      "hook-entered forward",
      "tier-skipped none-selects",
      "hook-left-open forward no-policies",
    ],
  },
  {
    name: "applyOnForward judges what is forwarded",
    manifests: [ETH0, gnp("a", { applyOnForward: true, ingress: rules("Deny") })],
    route: "forwarded",
    verdict: "deny",
    hits: ["default|a|0|Deny"],
  },
  {
    name: "and what is for the host",
    manifests: [ETH0, gnp("a", { applyOnForward: true, ingress: rules("Deny") })],
    verdict: "deny",
    hits: ["default|a|0|Deny"],
  },
  {
    name: "a forward policy without a matching rule drops at the end of its tier",
    manifests: [ETH0, gnp("a", { applyOnForward: true, ingress: rules("Allow", { protocol: "UDP" }) })],
    route: "forwarded",
    verdict: "deny",
    hits: ["default|end|Deny"],
  },
  {
    name: "profiles have no say in what is forwarded",
    manifests: [
      hostEndpoint("h", {}, { node: "n1", interfaceName: "*", profiles: ["none"] }),
      tier("t", 1, "Pass"),
      gnp("t.a", { tier: "t", applyOnForward: true, ingress: rules("Pass") }),
    ],
    route: "forwarded",
    verdict: "allow",
    hits: ["t|t.a|0|Pass"],
  },
  {
    name: "an untracked Allow decides before everything",
    manifests: [ETH0, gnp("a", { ...early, ingress: rules("Allow") }), gnp("b", { ingress: rules("Deny") })],
    verdict: "allow",
    hits: ["default|a|0|Allow"],
  },
  {
    name: "an untracked policy that matches nothing leaves it open",
    manifests: [
      ETH0,
      gnp("a", { ...early, ingress: rules("Deny", { protocol: "UDP" }) }),
      gnp("b", { ingress: rules("Allow") }),
    ],
    verdict: "allow",
    hits: ["default|b|0|Allow"],
    steps: [
      "hook-entered untracked",
      "tier-entered",
      "policy-passed-over",
      "tier-left-open untracked",
      "hook-left-open untracked passed",
      "hook-entered pre-dnat",
      "tier-skipped none-selects",
      "hook-left-open pre-dnat no-policies",
      "hook-entered normal",
      "tier-entered",
      "rule",
    ],
  },
  {
    name: "an untracked Pass goes to the next tier there",
    manifests: [
      ETH0,
      tier("t", 1),
      gnp("t.a", { ...early, tier: "t", ingress: rules("Pass") }),
      gnp("b", { ...early, ingress: rules("Deny") }),
    ],
    verdict: "deny",
    hits: ["t|t.a|0|Pass", "default|b|0|Deny"],
  },
  {
    name: "untracked policies judge what the host sends",
    manifests: [ETH0, gnp("a", { ...early, egress: rules("Deny") })],
    direction: "egress",
    verdict: "deny",
    hits: ["default|a|0|Deny"],
  },
  {
    name: "but not what it forwards out",
    manifests: [ETH0, gnp("a", { ...early, egress: rules("Deny") })],
    direction: "egress",
    route: "forwarded",
    verdict: "allow",
    hits: [],
  },
  {
    name: "a preDNAT Allow decides for what is forwarded",
    manifests: [
      ETH0,
      gnp("a", { ...preDnat, ingress: rules("Allow") }),
      gnp("b", { applyOnForward: true, ingress: rules("Deny") }),
    ],
    route: "forwarded",
    verdict: "allow",
    hits: ["default|a|0|Allow"],
  },
  {
    name: "and for the host",
    manifests: [ETH0, gnp("a", { ...preDnat, ingress: rules("Allow") })],
    verdict: "allow",
    hits: ["default|a|0|Allow"],
  },
  {
    name: "a preDNAT tier has no default action",
    manifests: [ETH0, gnp("a", { ...preDnat, ingress: rules("Deny", { protocol: "UDP" }) })],
    route: "forwarded",
    verdict: "allow",
    hits: [],
  },
  {
    name: "preDNAT policies see nothing that goes out",
    manifests: [ETH0, gnp("a", { ...preDnat, ingress: rules("Deny") }), gnp("b", { egress: rules("Allow") })],
    direction: "egress",
    verdict: "allow",
    hits: ["default|b|0|Allow"],
  },
  { name: "ICMP is for no failsafe port", manifests: [ETH0], protocol: 1, verdict: "deny" },
];

describe("policies of host endpoints", () => {
  it.each(rows)("$name", (row) => {
    const judged = judge(row);
    const { verdict, hits = spellHits(judged), steps: way = steps(judged) } = row;
    expect({ verdict: judged.verdict, hits: spellHits(judged), way: steps(judged) }).toEqual({ verdict, hits, way });
  });

  it("preDNAT policies see the packet before its address is translated", () => {
    const world = buildWorld({
      ...SHOP,
      manifests: [
        ETH0,
        gnp("a", { ...preDnat, ingress: rules("Deny", { protocol: "TCP", destination: { ports: [30_080] } }) }),
      ],
    });
    const [endpoint] = world.hostEndpoints;
    const packet = {
      source: address("198.51.100.7"),
      destination: address("10.0.0.2"),
      protocol: 6,
      sourcePort: 1,
      destinationPort: 6379,
    };
    const beforeDnat = { ...packet, destination: address("192.0.2.1"), destinationPort: 30_080 };
    const at = { endpoint: endpoint!, direction: "ingress", packet, route: "forwarded" } as const;
    expect(judgeEndpoint(world, { ...at, beforeDnat }).verdict).toBe("deny");
    expect(judgeEndpoint(world, at).verdict).toBe("allow");
  });

  it("has a pending verdict for staged policies", () => {
    const judged = judge({
      name: "",
      manifests: [ETH0, gnp("a", { ingress: rules("Allow") }, "StagedGlobalNetworkPolicy")],
      verdict: "deny",
    });
    expect([judged.verdict, judged.pending.verdict]).toEqual(["deny", "allow"]);
  });

  const DENIES_EARLY = [ETH0, gnp("a", { ...early, ingress: rules("Deny") })];
  it.each([
    { name: "where nothing is asked before tracking", manifests: [ETH0], port: 8080, verdict: "deny" },
    { name: "where it might be a reply", manifests: DENIES_EARLY, port: 8080, verdict: "unknown" },
    { name: "on a failsafe port", manifests: DENIES_EARLY, port: 22, verdict: "allow" },
  ])("a source port that is not known, $name: $verdict", ({ manifests, port, verdict }) => {
    const world = shop(...manifests);
    const ends = { source: address("198.51.100.7"), destination: address("192.0.2.1") };
    const packet = { ...ends, protocol: 6, destinationPort: port };
    expect(judgeEndpoint(world, { endpoint: world.hostEndpoints[0]!, direction: "ingress", packet }).verdict).toBe(
      verdict,
    );
  });

  it("does not know about failsafe ports of a packet without ports", () => {
    const world = shop(ETH0);
    const packet = { source: address("198.51.100.7"), destination: address("192.0.2.1"), protocol: 6 };
    expect(judgeEndpoint(world, { endpoint: world.hostEndpoints[0]!, direction: "ingress", packet }).verdict).toBe(
      "unknown",
    );
  });
});

// felix dataplane/linux/endpoint_mgr.go, resolveHostEndpoints.
describe("which host endpoint polices an interface", () => {
  const world = shop(
    ETH0,
    hostEndpoint("b-any", {}, { node: "n1", interfaceName: "*" }),
    hostEndpoint("c-ips", {}, { node: "n1", expectedIPs: ["192.0.2.9"] }),
    hostEndpoint("a-ips", {}, { node: "n1", expectedIPs: ["192.0.2.9"] }),
    hostEndpoint("other", {}, { node: "n2", interfaceName: "eth0" }),
  );
  it.each([
    { name: "the one that names it", at: { node: "n1", name: "eth0" }, expected: "n1-eth0" },
    {
      name: "even where another expects its address",
      at: { node: "n1", name: "eth0", address: address("192.0.2.9") },
      expected: "n1-eth0",
    },
    {
      name: "the first that expects its address",
      at: { node: "n1", name: "eth1", address: address("192.0.2.9") },
      expected: "a-ips",
    },
    {
      name: "not one that names another interface",
      at: { node: "n1", name: "eth1", address: address("192.0.2.1") },
      expected: "b-any",
    },
    { name: "the one for all interfaces else", at: { node: "n1", name: "eth7" }, expected: "b-any" },
    { name: "none of another node", at: { node: "n3", name: "eth0" }, expected: undefined },
  ])("$name", ({ at, expected }) => {
    expect(hostEndpointFor(world.hostEndpoints, at)?.name).toBe(expected);
  });
});

describe("a node and its own pods", () => {
  const pods = SHOP.pods.map((pod) => ({ ...pod, node: "n1" }));
  const nodes = [
    { name: "n1", addresses: [], interfaces: [{ name: "eth0", addresses: ["192.0.2.1"] }] },
    { name: "n2", addresses: ["192.0.2.2"] },
  ];
  const denyAll = [gnp("a", { types: ["Ingress", "Egress"] })];
  const connection = (settings: FelixSettings, manifests: readonly unknown[], ends: readonly [string, string]) => {
    const world = buildWorld({ ...SHOP, pods, nodes, manifests: [...manifests, ETH0], felix: settings });
    const [source, destination] = ends.map((text) => {
      const at = address(text);
      const endpoint = [...world.endpoints, ...world.hostEndpoints].find(({ addresses }) =>
        addresses.some((a) => a.value === at.value),
      );
      return endpoint
        ? ({ kind: "endpoint", world, endpoint, address: at } as const)
        : ({ kind: "address", address: at } as const);
    });
    return judgeConnection({
      source: source!,
      destination: destination!,
      protocol: 6,
      sourcePort: 1,
      destinationPort: 80,
    });
  };
  const openPods = [gnp("a", { selector: "has(app)", types: ["Egress"], egress: rules("Allow") })];

  it.each([
    {
      name: "what a node sends to its own pod is not policed",
      manifests: denyAll,
      ends: ["192.0.2.1", "10.0.0.2"],
      settings: {},
      verdict: "allow",
    },
    {
      name: "what another node sends is",
      manifests: denyAll,
      ends: ["192.0.2.2", "10.0.0.2"],
      settings: {},
      verdict: "deny",
    },
    {
      name: "what a pod sends to its own node needs the leave of the pod's policies",
      manifests: denyAll,
      ends: ["10.0.0.2", "192.0.2.1"],
      settings: {},
      verdict: "deny",
    },
    {
      name: "and not of the host endpoint's",
      manifests: openPods,
      ends: ["10.0.0.2", "192.0.2.1"],
      settings: {},
      verdict: "allow",
    },
    {
      name: "and then DefaultEndpointToHostAction",
      manifests: openPods,
      ends: ["10.0.0.2", "192.0.2.1"],
      settings: { defaultEndpointToHostAction: "Drop" } as const,
      verdict: "deny",
    },
    {
      name: "which is not asked about other nodes",
      manifests: openPods,
      ends: ["10.0.0.2", "192.0.2.2"],
      settings: { defaultEndpointToHostAction: "Drop" } as const,
      verdict: "allow",
    },
  ])("$name", ({ manifests, ends, settings, verdict }) => {
    expect(connection(settings, manifests, [ends[0]!, ends[1]!]).verdict).toBe(verdict);
  });

  it("a connection through host endpoints needs their leave, too", () => {
    const world = buildWorld({
      ...SHOP,
      manifests: [ETH0, gnp("a", { selector: "role == 'node'", applyOnForward: true, egress: rules("Deny") })],
    });
    const endpoint = world.endpoints[0]!;
    const source = { kind: "endpoint", world, endpoint, address: endpoint.addresses[0]! } as const;
    const to = {
      destination: { kind: "address", address: address("198.51.100.7") },
      protocol: 6,
      sourcePort: 1,
      destinationPort: 80,
    } as const;
    expect(judgeConnection({ source, ...to }).verdict).toBe("allow");
    const through = judgeConnection({ source: { ...source, through: world.hostEndpoints }, ...to });
    expect(through.verdict).toBe("deny");
    expect(through.transit.map(({ endpoint: { name }, verdict }) => `${name} ${verdict}`)).toEqual(["n1-eth0 deny"]);
  });
});
