import type { Fields } from "./crd-samples";

/** What breaks a CEL rule of a CRD, and what keeps it: fields of the object that the rule stands at. */
export interface RuleCases {
  readonly bad: readonly Fields[];
  readonly good: readonly Fields[];
}

const http = { methods: ["GET"] };
const services = { name: "s", namespace: "n" };

/** By a piece of the rule's text that no other rule has. */
export const CEL_RULES: ReadonlyMap<string, RuleCases> = new Map<string, RuleCases>([
  [
    "has(self.http) || !has(self.protocol)",
    {
      bad: [
        { http, protocol: "UDP" },
        { http, protocol: 17 },
      ],
      good: [{ http, protocol: "TCP" }, { http, protocol: 6 }, { http }],
    },
  ],
  [
    "self.action == 'Allow' || !has(self.http)",
    {
      bad: [
        { http, action: "Deny" },
        { http, action: "Log" },
      ],
      good: [{ http, action: "Allow" }],
    },
  ],
  [
    "!has(self.destination) || !has(self.destination.services)",
    {
      bad: [
        { protocol: "TCP", destination: { services, ports: [1] } },
        { protocol: "TCP", destination: { services, notPorts: [1] } },
      ],
      good: [{ destination: { services, ports: [] } }],
    },
  ],
  [
    "!has(self.icmp) ||",
    {
      bad: [{ icmp: { type: 8 } }, { icmp: { type: 8 }, protocol: "TCP" }],
      good: [
        { icmp: { type: 8 }, protocol: "ICMP" },
        { icmp: { type: 8 }, protocol: 58 },
      ],
    },
  ],
  [
    "(!has(self.protocol) || (self.protocol != 'ICMP' ",
    {
      bad: [
        { protocol: "ICMP", ipVersion: 6 },
        { protocol: 1, ipVersion: 6 },
      ],
      good: [{ protocol: "ICMP", ipVersion: 4 }],
    },
  ],
  [
    "(!has(self.protocol) || (self.protocol != 'ICMPv6' ",
    {
      bad: [
        { protocol: "ICMPv6", ipVersion: 4 },
        { protocol: 58, ipVersion: 4 },
      ],
      good: [{ protocol: "ICMPv6", ipVersion: 6 }],
    },
  ],
  [
    "(!has(self.notProtocol) || (self.notProtocol != 'ICMP' ",
    { bad: [{ notProtocol: "ICMP", ipVersion: 6 }], good: [{ notProtocol: "ICMP", ipVersion: 4 }] },
  ],
  [
    "(!has(self.notProtocol) || (self.notProtocol != 'ICMPv6' ",
    { bad: [{ notProtocol: 58, ipVersion: 4 }], good: [{ notProtocol: "ICMPv6", ipVersion: 6 }] },
  ],
  [
    "!has(self.selector) || !self.selector.contains('global(')",
    { bad: [{ selector: "global()" }], good: [{ selector: "all()" }] },
  ],
  [
    "!has(self.serviceAccountSelector) ||",
    { bad: [{ serviceAccountSelector: "global()" }], good: [{ serviceAccountSelector: "all()" }] },
  ],
  [
    "!has(self.namespaceSelector) || !self.namespaceSelector.contains('global(')",
    { bad: [{ namespaceSelector: "global()" }], good: [{ namespaceSelector: "all()" }] },
  ],
  [
    "!has(self.services) || !has(self.namespaceSelector)",
    { bad: [{ services, namespaceSelector: "all()" }], good: [{ services, namespaceSelector: "" }] },
  ],
  [
    "!has(self.services) || !has(self.serviceAccounts)",
    {
      bad: [
        { services, serviceAccounts: { names: ["a"] } },
        { services, serviceAccounts: {} },
      ],
      good: [{ services }],
    },
  ],
  [
    "!has(self.services) || size(self.services.name) > 0",
    { bad: [{ services: { namespace: "n" } }, { services: { name: "", namespace: "n" } }], good: [{ services }] },
  ],
  [
    "!has(self.services) || (!has(self.selector)",
    {
      bad: [
        { services, selector: "all()" },
        { services, notSelector: "all()" },
      ],
      good: [{ services, selector: "", notSelector: "" }],
    },
  ],
  [
    "!has(self.services) || (!has(self.nets)",
    {
      bad: [
        { services, nets: ["10.0.0.0/8"] },
        { services, notNets: ["10.0.0.0/8"] },
      ],
      good: [{ services, nets: [], notNets: [] }],
    },
  ],
  ["!has(self.code) || has(self.type)", { bad: [{ type: undefined, code: 0 }], good: [{ type: 8, code: 0 }] }],
  [
    "!((has(self.doNotTrack)",
    {
      bad: [{ doNotTrack: true, preDNAT: true, applyOnForward: true }],
      good: [
        { doNotTrack: true, applyOnForward: true },
        { doNotTrack: false, preDNAT: true, applyOnForward: true },
      ],
    },
  ],
  [
    "!self.preDNAT) || !has(self.egress)",
    {
      bad: [{ preDNAT: true, applyOnForward: true, egress: [{ action: "Allow" }] }],
      good: [{ preDNAT: true, applyOnForward: true, egress: [] }],
    },
  ],
  [
    "!self.preDNAT) || !has(self.types)",
    {
      bad: [{ preDNAT: true, applyOnForward: true, types: ["Ingress", "Egress"] }],
      good: [{ preDNAT: true, applyOnForward: true, types: ["Ingress"] }],
    },
  ],
  [
    "(has(self.applyOnForward) && self.applyOnForward)",
    { bad: [{ preDNAT: true }, { doNotTrack: true, applyOnForward: false }], good: [{ applyOnForward: false }] },
  ],
  [
    "(has(self.interfaceName) &&",
    {
      bad: [{ interfaceName: "", expectedIPs: [] }, { interfaceName: undefined }],
      good: [{ interfaceName: "", expectedIPs: ["10.0.0.1"] }],
    },
  ],
  ["has(self.node) &&", { bad: [{ node: "" }, { node: undefined }], good: [{ node: "n" }] }],
  [
    "self.start < self.end",
    {
      bad: [
        { start: 2, end: 2 },
        { start: 3, end: 2 },
      ],
      good: [{ start: 1, end: 2 }],
    },
  ],
]);

/** The rule of CEL on a text alone. */
export const TEXT_RULES: ReadonlyMap<string, { readonly bad: readonly string[]; readonly good: readonly string[] }> =
  new Map([
    [
      "isCIDR(self)",
      {
        bad: ["10.0.0.1", "10.0.0.0/33", "fd00::/129", "010.0.0.0/8", "x"],
        good: ["10.1.2.3/8", "fd00::/8", "0.0.0.0/0"],
      },
    ],
  ]);

/** The rules of the fixed tiers stand at the whole object: by the name of the tier. */
export const TIER_RULES: readonly { readonly name: string; readonly good: Fields; readonly bad: readonly Fields[] }[] =
  [
    {
      name: "default",
      good: { order: 1_000_000, defaultAction: "Deny" },
      bad: [
        { order: 1, defaultAction: "Deny" },
        { order: 1_000_000, defaultAction: "Pass" },
        { order: 1_000_000 },
        { defaultAction: "Deny" },
      ],
    },
    {
      name: "kube-admin",
      good: { order: 1000, defaultAction: "Pass" },
      bad: [
        { order: 1, defaultAction: "Pass" },
        { order: 1000, defaultAction: "Deny" },
        { order: 1000 },
        { defaultAction: "Pass" },
      ],
    },
    {
      name: "kube-baseline",
      good: { order: 10_000_000, defaultAction: "Pass" },
      bad: [
        { order: 1, defaultAction: "Pass" },
        { order: 10_000_000, defaultAction: "Deny" },
        { order: 10_000_000 },
        { defaultAction: "Pass" },
      ],
    },
  ];
