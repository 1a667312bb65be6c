import type { JsonObject } from "../src/json";
import { at, FORBIDDEN, INVALID, type Row, type RuleCase } from "./crd-rule-case";
import { settingsCases } from "./crd-rule-settings";

const GLOBAL = ["globalnetworkpolicies", "stagedglobalnetworkpolicies"];
const POLICIES = [...GLOBAL, "networkpolicies", "stagednetworkpolicies"];
const RULES = ["spec.ingress[]", "spec.egress[]"];
/** Services stand for the remote end alone, so that at the near one nothing with a service is kept. */
const REMOTE = ["spec.ingress[].source", "spec.egress[].destination"];
const NEAR = ["spec.ingress[].destination", "spec.egress[].source"];
const ENDS = [...REMOTE, ...NEAR];

const services = { services: { name: "web", namespace: "shop" } };

const besideServices = (keeps: unknown): readonly Row[] => [
  ["65ea8538", "namespaces beside services", FORBIDDEN, { ...services, namespaceSelector: "all()" }, keeps],
  ["9180261b", "accounts beside services", FORBIDDEN, { ...services, serviceAccounts: { names: ["a"] } }, keeps],
  ["5cdf6e1c", "services without a name", "FieldValueRequired", { services: { name: "", namespace: "shop" } }, keeps],
  ["32475892", "a selector beside services", FORBIDDEN, { ...services, notSelector: "all()" }, keeps],
  ["77188b3b", "networks beside services", FORBIDDEN, { ...services, nets: ["192.0.2.0/24"] }, keeps],
];

const policyCases = [
  ...at(
    GLOBAL,
    ["spec"],
    [
      [
        "207de069",
        "untracked and before translation",
        FORBIDDEN,
        { doNotTrack: true, preDNAT: true, applyOnForward: true },
        { preDNAT: true, applyOnForward: true },
      ],
      [
        "ba84f2e7",
        "egress before translation",
        FORBIDDEN,
        { preDNAT: true, applyOnForward: true, types: ["Ingress"], egress: [{ action: "Allow" }] },
        { preDNAT: true, applyOnForward: true, ingress: [{ action: "Allow" }] },
      ],
      [
        "47cc8160",
        "the type Egress before translation",
        FORBIDDEN,
        { preDNAT: true, applyOnForward: true, types: ["Egress"] },
        { preDNAT: true, applyOnForward: true, types: ["Ingress"] },
      ],
      [
        "cc861c91",
        "forwarded traffic untracked",
        INVALID,
        { doNotTrack: true },
        { doNotTrack: true, applyOnForward: true },
      ],
      [
        "c33a9184",
        "global() for namespaces",
        INVALID,
        { namespaceSelector: "global()" },
        { namespaceSelector: "all()" },
      ],
    ],
  ),
  ...at(
    POLICIES,
    ["spec", ...ENDS],
    [["4185d1c5", "global() as a selector", INVALID, { selector: "global()" }, { selector: "app == 'web'" }]],
  ),
  ...at(
    POLICIES,
    ["spec"],
    [
      [
        "31d2d302",
        "global() for accounts",
        INVALID,
        { serviceAccountSelector: "global()" },
        { serviceAccountSelector: "role == 'web'" },
      ],
    ],
  ),
  ...at(POLICIES, RULES, [
    [
      "2983e3c0",
      "ICMP fields of TCP",
      INVALID,
      { protocol: "TCP", icmp: { type: 8 } },
      { protocol: 1, icmp: { type: 8 } },
    ],
    ["8a867d00", "ICMP in IPv6", INVALID, { protocol: "ICMP", ipVersion: 6 }, { protocol: "ICMP", ipVersion: 4 }],
    ["09fafc56", "ICMPv6 in IPv4", INVALID, { protocol: 58, ipVersion: 4 }, { protocol: "ICMPv6", ipVersion: 6 }],
    ["e9865dec", "not ICMP in IPv6", INVALID, { notProtocol: 1, ipVersion: 6 }, { notProtocol: "ICMP", ipVersion: 4 }],
    [
      "0dc90937",
      "not ICMPv6 in IPv4",
      INVALID,
      { notProtocol: "ICMPv6", ipVersion: 4 },
      { notProtocol: 58, ipVersion: 6 },
    ],
  ]),
  ...at(
    POLICIES,
    ["spec.ingress[]"],
    [
      [
        "90edd4ab",
        "HTTP over UDP",
        INVALID,
        { protocol: "UDP", http: {} },
        { protocol: "TCP", http: { methods: ["GET"] } },
      ],
      ["c17f0f03", "HTTP in a denial", FORBIDDEN, { action: "Deny", http: {} }, { action: "Allow", http: {} }],
      [
        "033b1887",
        "ports beside services",
        FORBIDDEN,
        { protocol: "TCP", destination: { ...services, ports: [80] } },
        { protocol: "TCP", destination: { ports: [80] } },
      ],
    ],
  ),
  ...at(
    POLICIES,
    ["spec.egress[]"],
    [
      ["90edd4ab", "HTTP over UDP", INVALID, { protocol: "UDP", http: {} }, { protocol: "UDP" }],
      ["c17f0f03", "HTTP in a denial", FORBIDDEN, { action: "Deny", http: {} }, { action: "Deny" }],
      [
        "033b1887",
        "ports beside services",
        FORBIDDEN,
        { protocol: "TCP", destination: { ...services, notPorts: ["8000:8010"] } },
        { protocol: "TCP", destination: services },
      ],
    ],
  ),
  ...at(POLICIES, REMOTE, besideServices(services)),
  ...at(POLICIES, NEAR, besideServices({ selector: "all()", nets: ["192.0.2.0/24"] })),
  ...at(
    POLICIES,
    RULES.flatMap((rule) => [`${rule}.icmp`, `${rule}.notICMP`]),
    [["7aaa2413", "a code without a type", INVALID, { code: 1 }, { type: 3, code: 1 }]],
  ),
];

const ranges = ["ingress", "egress"].flatMap((direction) =>
  ["tcp", "udp", "sctp"].map((protocol) => `spec.${direction}[].protocols[].${protocol}.destinationPort.range`),
);

const clusterPolicyCases = [
  ...at(["clusternetworkpolicies"], ranges, [
    ["ab9ae2fb", "a range that runs down", INVALID, { start: 80, end: 80 }, { start: 80, end: 81 }],
  ]),
  ...at(
    ["clusternetworkpolicies"],
    ["spec.egress[].to[].networks[]"],
    [["cf310475", "a network that is none", INVALID, "192.0.2.0/33", "2001:db8::/32"]],
  ),
];

/** A row for each rule at each place of the published definitions. */
export const ruleCases: readonly RuleCase[] = [...policyCases, ...clusterPolicyCases, ...settingsCases];

const policySpec = { selector: "all()" };
const inCluster = { namespaces: {} };

/** The smallest object of a definition that is accepted, to put a value into. */
export const frames: Readonly<Record<string, JsonObject>> = {
  globalnetworkpolicies: { spec: policySpec },
  stagedglobalnetworkpolicies: { spec: policySpec },
  networkpolicies: { spec: policySpec },
  stagednetworkpolicies: { spec: policySpec },
  stagedkubernetesnetworkpolicies: { spec: { podSelector: {} } },
  clusternetworkpolicies: { spec: { tier: "Admin", priority: 1, subject: inCluster } },
  felixconfigurations: { spec: {} },
  clusterinformations: { spec: {} },
  globalnetworksets: { spec: {} },
  networksets: { spec: {} },
  hostendpoints: { spec: {} },
  ippools: { spec: { cidr: "192.0.2.0/24" } },
  tiers: { spec: {} },
};

/** What an item of a list needs beside the value that is put into it. */
export function itemFrame(crd: string, list: string, path: string): JsonObject {
  if (list !== "ingress" && list !== "egress") return {};
  if (crd === "stagedkubernetesnetworkpolicies") return {};
  if (crd === "clusternetworkpolicies") return { action: "Accept", [list === "ingress" ? "from" : "to"]: [inCluster] };
  return { action: "Allow", ...(/icmp/i.test(path) ? { protocol: "ICMP" } : {}) };
}
