import { describe, expect, it } from "vitest";
import type { KubeObject } from "../store/types";
import {
  askHost,
  hostEndpoint,
  object,
  policy,
  profile,
  spell,
  testCluster,
  tier,
  type AskedOfHost,
} from "./testing/cluster";

const HOST = "10.9.0.1";
const PEER = "192.0.2.7";
const eth0 = hostEndpoint("eth0", { role: "edge" }, { interfaceName: "eth0", expectedIPs: [HOST] });
const wild = hostEndpoint("all", { role: "edge" }, { interfaceName: "*", expectedIPs: [HOST] });

const gnp = (name: string, spec: object): KubeObject =>
  policy("GlobalNetworkPolicy", name, { selector: "role == 'edge'", ...spec });
const rule = (action: string, more: object = {}) => ({ action, ...more });
const local = (what: string, more: Partial<AskedOfHost> = {}): AskedOfHost => ({
  host: "eth0",
  traffic: "local",
  direction: "ingress",
  from: PEER,
  to: HOST,
  what,
  ...more,
});
const sent = (what: string, more: Partial<AskedOfHost> = {}): AskedOfHost =>
  local(what, { direction: "egress", from: HOST, to: PEER, ...more });
const forwarded = (what: string, more: Partial<AskedOfHost> = {}): AskedOfHost =>
  local(what, { traffic: "forwarded", to: "10.0.0.9", ...more });

interface Row {
  readonly name: string;
  readonly objects: readonly KubeObject[];
  readonly asked: AskedOfHost;
  readonly action: "allow" | "deny";
  readonly hits: readonly string[];
}

const ROWS: readonly Row[] = [
  {
    name: "without a policy denies",
    objects: [eth0],
    asked: local("tcp/80"),
    action: "deny",
    hits: ["profile|__PROFILE__|-1|deny"],
  },
  { name: "lets failsafe ports in", objects: [eth0], asked: local("tcp/22"), action: "allow", hits: [] },
  {
    name: "lets no failsafe port of the other direction in",
    objects: [eth0],
    asked: local("udp/53"),
    action: "deny",
    hits: ["profile|__PROFILE__|-1|deny"],
  },
  { name: "lets failsafe ports out", objects: [eth0], asked: sent("udp/53"), action: "allow", hits: [] },
  {
    name: "takes failsafe ports from the configuration, by net",
    objects: [
      eth0,
      object(
        ["projectcalico.org/v3", "FelixConfiguration"],
        { name: "default" },
        {
          spec: { failsafeInboundHostPorts: [{ protocol: "TCP", port: 22, net: "198.51.100.0/24" }] },
        },
      ),
    ],
    asked: local("tcp/22"),
    action: "deny",
    hits: ["profile|__PROFILE__|-1|deny"],
  },
  {
    name: "asks its profiles after the last tier",
    objects: [
      hostEndpoint("eth0", {}, { expectedIPs: [HOST], profiles: ["quiet", "open"] }),
      profile("quiet", { ingress: [rule("Log"), rule("Pass"), rule("Deny")] }),
      profile("open", { ingress: [rule("Deny", { protocol: "UDP" }), rule("Allow")] }),
    ],
    asked: local("tcp/80"),
    action: "allow",
    hits: ["profile|quiet|1|pass", "profile|open|1|allow"],
  },
  {
    name: "denies by a profile that is not there",
    objects: [hostEndpoint("eth0", {}, { expectedIPs: [HOST], profiles: ["gone", "projectcalico-default-allow"] })],
    asked: local("tcp/80"),
    action: "deny",
    hits: ["profile|gone|0|deny"],
  },
  {
    name: "allows by Calico's default profile",
    objects: [hostEndpoint("eth0", {}, { expectedIPs: [HOST], profiles: ["projectcalico-default-allow"] })],
    asked: local("tcp/80"),
    action: "allow",
    hits: ["profile|projectcalico-default-allow|0|allow"],
  },
  {
    name: "has the labels that its profiles apply",
    objects: [
      hostEndpoint("eth0", {}, { expectedIPs: [HOST], profiles: ["edge"] }),
      profile("edge", { labelsToApply: { role: "edge" } }),
      gnp("p", { types: ["Ingress"], ingress: [rule("Allow")] }),
    ],
    asked: local("tcp/80"),
    action: "allow",
    hits: ["default|p|0|allow"],
  },
  {
    name: "asks no policy of its own packets about what it forwards",
    objects: [eth0, gnp("p", { types: ["Ingress"], ingress: [rule("Deny")] })],
    asked: forwarded("tcp/80"),
    action: "allow",
    hits: [],
  },
  {
    name: "asks what applies on forward, and ends its tier",
    objects: [
      eth0,
      gnp("p", { applyOnForward: true, types: ["Ingress"], ingress: [rule("Allow", { protocol: "UDP" })] }),
    ],
    asked: forwarded("tcp/80"),
    action: "deny",
    hits: ["default|p|end|deny"],
  },
  {
    name: "leaves to others what was passed on, and asks no profile about it",
    objects: [
      eth0,
      tier("a", 1),
      gnp("p", { tier: "a", applyOnForward: true, types: ["Ingress"], ingress: [rule("Pass")] }),
    ],
    asked: forwarded("tcp/80"),
    action: "allow",
    hits: ["a|p|0|pass"],
  },
  {
    name: "knows no failsafe for what it forwards",
    objects: [eth0, gnp("p", { applyOnForward: true, types: ["Ingress"] })],
    asked: forwarded("tcp/22"),
    action: "deny",
    hits: ["default|p|end|deny"],
  },
  {
    name: "asks untracked policy first, which has no end of tier",
    objects: [
      eth0,
      gnp("u", {
        doNotTrack: true,
        applyOnForward: true,
        types: ["Ingress"],
        ingress: [rule("Allow", { protocol: "UDP" })],
      }),
      gnp("n", { types: ["Ingress"], ingress: [rule("Allow")] }),
    ],
    asked: local("tcp/80"),
    action: "allow",
    hits: ["default|n|0|allow"],
  },
  {
    name: "lets untracked policy decide before any other",
    objects: [
      eth0,
      gnp("u", { order: 9, doNotTrack: true, applyOnForward: true, types: ["Ingress"], ingress: [rule("Deny")] }),
      gnp("d", { order: 1, preDNAT: true, applyOnForward: true, types: ["Ingress"], ingress: [rule("Allow")] }),
    ],
    asked: local("tcp/80"),
    action: "deny",
    hits: ["default|u|0|deny"],
  },
  {
    name: "lets answers of failsafe connections by untracked policy, to be judged as others",
    objects: [eth0, gnp("u", { doNotTrack: true, applyOnForward: true, types: ["Ingress"], ingress: [rule("Allow")] })],
    asked: local("udp/40001", { sourcePort: 53 }),
    action: "deny",
    hits: ["profile|__PROFILE__|-1|deny"],
  },
  {
    name: "asks no untracked policy about what it forwards out",
    objects: [eth0, gnp("u", { doNotTrack: true, applyOnForward: true, types: ["Egress"], egress: [rule("Deny")] })],
    asked: sent("tcp/80", { traffic: "forwarded", from: "10.0.0.9" }),
    action: "allow",
    hits: [],
  },
  {
    name: "asks untracked policy about what the host sends",
    objects: [eth0, gnp("u", { doNotTrack: true, applyOnForward: true, types: ["Egress"], egress: [rule("Allow")] })],
    asked: sent("tcp/80"),
    action: "allow",
    hits: ["default|u|0|allow"],
  },
  {
    name: "of all interfaces takes no untracked policy",
    objects: [wild, gnp("u", { doNotTrack: true, applyOnForward: true, types: ["Ingress"], ingress: [rule("Allow")] })],
    asked: local("tcp/80", { host: "all" }),
    action: "deny",
    hits: ["profile|__PROFILE__|-1|deny"],
  },
  {
    name: "shows pre-DNAT policy the packet as it arrived, forwarded or not",
    objects: [
      eth0,
      gnp("d", {
        preDNAT: true,
        applyOnForward: true,
        types: ["Ingress"],
        ingress: [rule("Deny", { destination: { nets: ["198.51.100.1/32"] } })],
      }),
    ],
    asked: forwarded("tcp/80", { arrivedFor: "198.51.100.1" }),
    action: "deny",
    hits: ["default|d|0|deny"],
  },
  {
    name: "goes on after a pre-DNAT policy that did not match",
    objects: [
      eth0,
      gnp("d", {
        preDNAT: true,
        applyOnForward: true,
        types: ["Ingress"],
        ingress: [rule("Pass", { protocol: "TCP" })],
      }),
      gnp("n", { types: ["Ingress"], ingress: [rule("Allow")] }),
    ],
    asked: local("tcp/80"),
    action: "allow",
    hits: ["default|d|0|pass", "default|n|0|allow"],
  },
];

describe("a host endpoint", () => {
  it.each(ROWS)("$name", ({ objects, asked, action, hits }) => {
    const cluster = testCluster(objects);
    const verdict = askHost(cluster, asked);
    expect([verdict.action, verdict.enforced.map(spell)]).toEqual([action, hits]);
    expect(cluster.notProgrammed).toEqual([]);
  });

  it("has a pending verdict of its own staged policies", () => {
    const staged = policy("StagedGlobalNetworkPolicy", "s", {
      selector: "role == 'edge'",
      types: ["Ingress"],
      ingress: [rule("Allow")],
    });
    const verdict = askHost(testCluster([eth0, staged]), local("tcp/80"));
    expect([verdict.action, verdict.pending.map(spell)]).toEqual(["deny", ["default|*s|0|allow"]]);
  });
});
