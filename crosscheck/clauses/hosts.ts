import type { Fields, Header, Manifest } from "../cluster";
import type { Asked, ClauseCase, HostAsked } from "./clause";
import { allow, API, calico, deny, gnp, HOST, hostEndpoint, log, pass, STRANGER, tcp, tier, udp } from "./world";

const HEP_DOC = "docs.tigera.io/calico/latest/reference/resources/hostendpoint";
const FORWARDED_DOC = "docs.tigera.io/calico/latest/reference/host-endpoints/forwarded";
const CHAIN = "felix/rules/endpoints.go endpointIptablesChain";
const STATIC = "felix/rules/static.go";
const eth0 = hostEndpoint("eth0", { interfaceName: "eth0" });
const edge = (name: string, spec: Fields): Manifest => gnp(name, { selector: "role == 'edge'", ...spec });
const untracked = (name: string, spec: Fields): Manifest =>
  edge(name, { doNotTrack: true, applyOnForward: true, ...spec });
const beforeNat = (name: string, spec: Fields): Manifest =>
  edge(name, { preDNAT: true, applyOnForward: true, ...spec });

const received = (what: Header, more: Partial<HostAsked> = {}): Asked => ({
  from: STRANGER,
  to: HOST,
  what,
  at: { host: "eth0", traffic: "local", direction: "ingress", ...more },
});
const sent = (what: Header, more: Partial<HostAsked> = {}): Asked => ({
  from: HOST,
  to: STRANGER,
  what,
  at: { host: "eth0", traffic: "local", direction: "egress", ...more },
});
const passedOn = (what: Header, more: Partial<HostAsked> = {}): Asked => ({
  from: STRANGER,
  to: API,
  what,
  at: { host: "eth0", traffic: "forwarded", direction: "ingress", ...more },
});

const NO_PROFILE = "profile|__PROFILE__|-1|Deny";
const step = (name: string, how: string): string => `default|GlobalNetworkPolicy ${name}|${how}`;

/** Host endpoints. */
export const HOST_CASES: readonly ClauseCase[] = [
  {
    clause: "host endpoint",
    name: "without policy and profile denies what is for the host",
    cites: `${HEP_DOC}#default-behavior-of-external-traffic-tofrom-host`,
    manifests: [eth0],
    asked: received(tcp(80)),
    verdict: "deny",
    hits: [NO_PROFILE],
  },
  {
    clause: "host endpoint",
    name: "is judged by global policies that select its labels",
    cites: HEP_DOC,
    manifests: [eth0, edge("p", { ingress: [allow({ protocol: "TCP", destination: { ports: [80] } })] })],
    asked: received(tcp(80)),
    verdict: "allow",
    hits: [step("p", "0|Allow")],
  },
  {
    clause: "host endpoint",
    name: "and is no pod to Kubernetes",
    cites: "libcalico-go/lib/backend/k8s/conversion/clusternetworkpolicy.go: to exclude heps",
    manifests: [
      eth0,
      {
        apiVersion: "policy.networking.k8s.io/v1alpha2",
        kind: "ClusterNetworkPolicy",
        metadata: { name: "c" },
        spec: {
          tier: "Admin",
          priority: 1,
          subject: { namespaces: {} },
          ingress: [{ action: "Accept", from: [{ namespaces: {} }] }],
        },
      },
    ],
    asked: { ...received(tcp(80)), from: API },
    verdict: "deny",
    hits: [NO_PROFILE],
  },
  {
    clause: "host endpoint as peer",
    name: "is found by the addresses that it expects, and global",
    cites: "felix/labelindex/named_port_index.go extractCIDRsFromHostEndpoint",
    manifests: [
      eth0,
      gnp("p", { ingress: [allow({ source: { namespaceSelector: "global()", selector: "role == 'edge'" } })] }),
    ],
    asked: { from: HOST, to: API, what: tcp(80) },
    verdict: "allow",
    hits: [step("p", "0|Allow")],
  },
  {
    clause: "host endpoint as peer",
    name: "with its named ports",
    cites: "felix/labelindex/named_port_index.go OnUpdate: HostEndpointKey",
    manifests: [
      hostEndpoint("eth0", { interfaceName: "eth0", ports: [{ name: "admin", protocol: "TCP", port: 9999 }] }),
      gnp("p", { types: ["Egress"], egress: [allow({ protocol: "TCP", destination: { ports: ["admin"] } })] }),
    ],
    asked: { from: API, to: HOST, what: tcp(9999), at: "source" },
    verdict: "allow",
    hits: [step("p", "0|Allow")],
  },
  {
    clause: "profiles of a host endpoint",
    name: "are asked in order after the last tier; Log and Pass go on",
    cites: `${CHAIN}: then, jump to each profile in turn`,
    manifests: [
      hostEndpoint("eth0", { interfaceName: "eth0", profiles: ["a", "b"] }),
      calico("Profile", "a", { ingress: [log(), deny({ protocol: "UDP" }), pass()] }),
      calico("Profile", "b", { ingress: [deny({ protocol: "UDP" }), allow()] }),
    ],
    asked: received(tcp(80)),
    verdict: "allow",
    hits: ["profile|a|2|Pass", "profile|b|1|Allow"],
  },
  {
    clause: "profiles of a host endpoint",
    name: "deny where one does not exist",
    cites: "felix/calc/active_rules_calculator.go DummyDropRules",
    manifests: [hostEndpoint("eth0", { interfaceName: "eth0", profiles: ["gone", "projectcalico-default-allow"] })],
    asked: received(tcp(80)),
    verdict: "deny",
    hits: ["profile|gone|0|Deny"],
  },
  {
    clause: "profiles of a host endpoint",
    name: "Calico always has one that allows",
    cites: `${HEP_DOC}: projectcalico-default-allow`,
    manifests: [hostEndpoint("eth0", { interfaceName: "eth0", profiles: ["projectcalico-default-allow"] })],
    asked: received(tcp(80)),
    verdict: "allow",
    hits: ["profile|projectcalico-default-allow|0|Allow"],
  },
  {
    clause: "labelsToApply",
    name: "of its profiles are its labels, behind its own",
    cites: "docs.tigera.io/calico/latest/reference/resources/profile: labelsToApply",
    manifests: [
      hostEndpoint("eth0", { interfaceName: "eth0", profiles: ["p"] }, { zone: "a" }),
      calico("Profile", "p", { labelsToApply: { role: "edge", zone: "b" } }),
      gnp("p", { selector: "role == 'edge' && zone == 'a'", ingress: [allow()] }),
    ],
    asked: received(tcp(80)),
    verdict: "allow",
    hits: [step("p", "0|Allow")],
  },
  {
    clause: "failsafe ports",
    name: "are let in whatever policy says",
    cites: "felix/config FailsafeInboundHostPorts: tcp:22",
    manifests: [eth0, edge("p", { ingress: [deny()] })],
    asked: received(tcp(22)),
    verdict: "allow",
    hits: [],
  },
  {
    clause: "failsafe ports",
    name: "have a list for each direction",
    cites: "felix/config FailsafeOutboundHostPorts: udp:53",
    manifests: [eth0],
    asked: sent(udp(53)),
    verdict: "allow",
    hits: [],
  },
  {
    clause: "failsafe ports",
    name: "do not count for what is passed on",
    cites: `${STATIC}, felix/rules/endpoints.go: no fail-safe chains for forward traffic`,
    manifests: [eth0, edge("p", { applyOnForward: true, ingress: [] })],
    asked: passedOn(tcp(22)),
    verdict: "deny",
    hits: [step("p", "end|Deny")],
  },
  {
    clause: "failsafe ports",
    name: "answers to them get by untracked policy, and are judged like others",
    cites: `${STATIC} failsafeInChain: allow response traffic`,
    manifests: [eth0, untracked("u", { ingress: [allow()] })],
    asked: received(udp(40_001, 53)),
    verdict: "deny",
    hits: [NO_PROFILE],
  },
  {
    clause: "failsafe ports",
    name: "a net is that of the other end, in answers, too",
    cites: `${STATIC} failsafeOutChain: SourcePorts, DestNet`,
    manifests: [eth0, untracked("u", { types: ["Egress"], egress: [allow()] })],
    failsafes: { inbound: [{ protocol: "TCP", port: 8080, net: `${STRANGER}/32` }], outbound: [] },
    asked: sent(tcp(40_001, 8080)),
    verdict: "deny",
    hits: [NO_PROFILE],
  },
  {
    clause: "applyOnForward",
    name: "without it nothing is asked about what is passed on",
    cites: FORWARDED_DOC,
    manifests: [eth0, edge("p", { ingress: [deny()] })],
    asked: passedOn(tcp(80)),
    verdict: "allow",
    hits: [],
  },
  {
    clause: "applyOnForward",
    name: "with it tiers end in their default action",
    cites: FORWARDED_DOC,
    manifests: [eth0, edge("p", { applyOnForward: true, ingress: [allow({ protocol: "UDP" })] })],
    asked: passedOn(tcp(80)),
    verdict: "deny",
    hits: [step("p", "end|Deny")],
  },
  {
    clause: "applyOnForward",
    name: "policies of the other direction alone leave it allowed",
    cites: FORWARDED_DOC,
    manifests: [eth0, edge("p", { applyOnForward: true, types: ["Egress"], egress: [deny()] })],
    asked: passedOn(tcp(80)),
    verdict: "allow",
    hits: [],
  },
  {
    clause: "applyOnForward",
    name: "such a policy judges what is for the host, too",
    cites: "felix/calc/event_sequencer.go tierInfoToProtoTierInfo",
    manifests: [eth0, edge("p", { applyOnForward: true, ingress: [allow()] })],
    asked: received(tcp(80)),
    verdict: "allow",
    hits: [step("p", "0|Allow")],
  },
  {
    clause: "preDNAT",
    name: "sees the packet as it arrived",
    cites: "docs.tigera.io/calico/latest/reference/host-endpoints/pre-dnat",
    manifests: [eth0, beforeNat("d", { ingress: [deny({ destination: { nets: [`${HOST}/32`] } })] })],
    asked: passedOn(tcp(80), { arrivedFor: HOST }),
    verdict: "deny",
    hits: [step("d", "0|Deny")],
  },
  {
    clause: "preDNAT",
    name: "what it allows is allowed",
    cites: `${STATIC} StaticManglePreroutingChain: MarkAccept`,
    manifests: [eth0, beforeNat("d", { order: 2, ingress: [allow()] }), edge("p", { order: 1, ingress: [deny()] })],
    asked: received(tcp(80)),
    verdict: "allow",
    hits: [step("d", "0|Allow")],
  },
  {
    clause: "preDNAT",
    name: "what it does not match goes on: its tier has no end",
    cites: `${CHAIN}: for untracked and pre-DNAT rules, we don't do that`,
    manifests: [eth0, beforeNat("d", { ingress: [deny({ protocol: "UDP" })] }), edge("p", { ingress: [allow()] })],
    asked: received(tcp(80)),
    verdict: "allow",
    hits: [step("p", "0|Allow")],
  },
  {
    clause: "doNotTrack",
    name: "comes before all else",
    cites: `${STATIC} StaticRawPreroutingChain`,
    manifests: [
      eth0,
      untracked("u", { order: 2, ingress: [deny()] }),
      beforeNat("d", { order: 1, ingress: [allow()] }),
    ],
    asked: received(tcp(80)),
    verdict: "deny",
    hits: [step("u", "0|Deny")],
  },
  {
    clause: "doNotTrack",
    name: "judges what the host sends",
    cites: `${STATIC} StaticRawOutputChain`,
    manifests: [eth0, untracked("u", { types: ["Egress"], egress: [allow()] })],
    asked: sent(tcp(80)),
    verdict: "allow",
    hits: [step("u", "0|Allow")],
  },
  {
    clause: "doNotTrack",
    name: "but not what it passes on to the outside",
    cites: `${STATIC}: the raw table has PREROUTING and OUTPUT`,
    manifests: [eth0, untracked("u", { types: ["Egress"], egress: [deny()] })],
    asked: { ...sent(tcp(80), { traffic: "forwarded" }), from: API },
    verdict: "allow",
    hits: [],
  },
  {
    clause: "doNotTrack",
    name: "Pass goes on to the next tier of such policies",
    cites: CHAIN,
    manifests: [
      eth0,
      tier("a", 10),
      untracked("t", { tier: "a", ingress: [pass()] }),
      untracked("u", { ingress: [allow()] }),
    ],
    asked: received(tcp(80)),
    verdict: "allow",
    hits: ["a|GlobalNetworkPolicy t|0|Pass", step("u", "0|Allow")],
  },
  {
    clause: "all interfaces",
    name: "takes no untracked policy",
    cites: "felix/dataplane/linux/endpoint_mgr.go updateHostEndpoints; docs: do not support untracked policy",
    manifests: [hostEndpoint("eth0", { interfaceName: "*" }), untracked("u", { ingress: [allow()] })],
    asked: received(tcp(80)),
    verdict: "deny",
    hits: [NO_PROFILE],
  },
  {
    clause: "all interfaces",
    name: "and every other",
    cites: HEP_DOC,
    manifests: [hostEndpoint("eth0", { interfaceName: "*" }), beforeNat("d", { ingress: [allow()] })],
    asked: received(tcp(80)),
    verdict: "allow",
    hits: [step("d", "0|Allow")],
  },
];
