import { objectOf, type JsonObject } from "../src/json";
import { at, FORBIDDEN, INVALID, type RuleCase } from "./crd-rule-case";

const felixCases = [
  ...at(
    ["felixconfigurations"],
    [""],
    [
      [
        "d14a2df0",
        "a node selector of a node's own",
        FORBIDDEN,
        { metadata: { name: "node.one" }, spec: { nodeSelector: "all()" } },
        { metadata: { name: "rack" }, spec: { nodeSelector: "all()" } },
      ],
    ],
  ),
  ...at(
    ["felixconfigurations"],
    ["spec"],
    [
      [
        "6acff327",
        "two kinds of route tables",
        FORBIDDEN,
        { routeTableRange: { min: 1, max: 2 }, routeTableRanges: [] },
        { routeTableRanges: [{ min: 1, max: 2 }] },
      ],
      [
        "3e866647",
        "IPv6 for translation",
        INVALID,
        { natOutgoingAddress: "2001:db8::1" },
        { natOutgoingAddress: "192.0.2.1" },
      ],
      [
        "e4e119d4",
        "no address as a source",
        INVALID,
        { deviceRouteSourceAddress: "here" },
        { deviceRouteSourceAddress: "192.0.2.1" },
      ],
      [
        "563d5066",
        "IPv4 as a source of IPv6",
        INVALID,
        { deviceRouteSourceAddressIPv6: "192.0.2.1" },
        { deviceRouteSourceAddressIPv6: "2001:db8::1" },
      ],
    ],
  ),
  ...at(
    ["felixconfigurations"],
    ["spec.routeTableRange"],
    [["c19390d0", "tables beyond the last", INVALID, { min: 1, max: 251 }, { min: 1, max: 250 }]],
  ),
  ...at(
    ["felixconfigurations"],
    ["spec.routeTableRanges[]"],
    [
      ["7307db4e", "table 0", INVALID, { min: 0, max: 3 }, { min: 1, max: 3 }],
      ["28b9b5ee", "tables that run down", INVALID, { min: 4, max: 3 }, { min: 3, max: 3 }],
    ],
  ),
];

const hostCases = at(
  ["hostendpoints"],
  ["spec"],
  [
    [
      "558cda64",
      "neither interface nor address",
      INVALID,
      { node: "one" },
      { node: "one", expectedIPs: ["192.0.2.1"] },
    ],
    ["cb2985d4", "no node", INVALID, { interfaceName: "eth0" }, { node: "one", interfaceName: "eth0" }],
  ],
);

const balancer = { cidr: "192.0.2.0/24", allowedUses: ["LoadBalancer"], nodeSelector: "all()" };

const poolCases = [
  ...at(
    ["ippools"],
    ["spec"],
    [
      [
        "f3bd3b44",
        "both encapsulations",
        FORBIDDEN,
        { ipipMode: "Always", vxlanMode: "Always" },
        { ipipMode: "Always", vxlanMode: "Never" },
      ],
      [
        "05c0464b",
        "an encapsulated balancer",
        FORBIDDEN,
        { ...balancer, vxlanMode: "Always" },
        { ...balancer, vxlanMode: "Never" },
      ],
      [
        "80842d70",
        "a balancer's other use",
        FORBIDDEN,
        { ...balancer, allowedUses: ["LoadBalancer", "Workload"] },
        balancer,
      ],
      [
        "1a14f0e3",
        "IPIP over IPv6",
        FORBIDDEN,
        { cidr: "2001:db8::/64", ipipMode: "Always" },
        { cidr: "2001:db8::/64", vxlanMode: "Always" },
      ],
      [
        "a9886dab",
        "a balancer that is not told",
        FORBIDDEN,
        { ...balancer, disableBGPExport: true },
        { ...balancer, disableBGPExport: false },
      ],
      ["8b24b131", "a balancer of some nodes", INVALID, { ...balancer, nodeSelector: "zone == 'a'" }, balancer],
      [
        "f2785f9b",
        "tunnels of a namespace",
        FORBIDDEN,
        { allowedUses: ["Tunnel"], namespaceSelector: "team == 'a'" },
        { allowedUses: ["Workload"], namespaceSelector: "team == 'a'" },
      ],
      ["b0ebcb36", "global() for nodes", INVALID, { nodeSelector: "global()" }, { nodeSelector: "zone == 'a'" }],
      [
        "c33a9184",
        "global() for namespaces",
        INVALID,
        { namespaceSelector: "global()" },
        { namespaceSelector: "team == 'a'" },
      ],
      ["bba8d9f7", "bits beyond the prefix", INVALID, { cidr: "2001:db8::1/64" }, { cidr: "2001:db8::/64" }],
      ["c6c14f79", "the link-local range", INVALID, { cidr: "169.254.0.0/20" }, { cidr: "169.253.0.0/16" }],
      ["6da24184", "the link-local range of IPv6", INVALID, { cidr: "fe80::/64" }, { cidr: "fd00::/64" }],
      ["b76661e0", "a block that is too small", INVALID, { blockSize: 33 }, { blockSize: 32 }],
      [
        "9fa5f190",
        "a pool smaller than its block",
        INVALID,
        { cidr: "192.0.2.0/27" },
        { cidr: "192.0.2.0/27", disabled: true },
      ],
    ],
  ),
  {
    rule: "f4f4adcf",
    about: "another block size",
    crds: ["ippools"],
    paths: ["spec.blockSize"],
    reason: INVALID,
    breaks: 27,
    keeps: 26,
    update: "default-ipv4-ippool",
  },
  {
    rule: "f4f4adcf",
    about: "another range",
    crds: ["ippools"],
    paths: ["spec.cidr"],
    reason: INVALID,
    breaks: "10.51.0.0/24",
    keeps: "10.50.0.0/24",
    update: "default-ipv4-ippool",
  },
] as const satisfies readonly RuleCase[];

const fixed = {
  "kube-admin": [1_000, "Pass"],
  default: [1_000_000, "Deny"],
  "kube-baseline": [10_000_000, "Pass"],
} as const;

const tierCase = (rule: string, name: keyof typeof fixed, wrong: JsonObject): RuleCase => {
  const [order, defaultAction] = fixed[name];
  const keeps = { metadata: { name }, spec: { order, defaultAction } };
  const breaks = { metadata: { name }, spec: { ...objectOf(keeps.spec), ...wrong } };
  const about = `${Object.keys(wrong).join()} of ${name}`;
  return { rule, about, crds: ["tiers"], paths: [""], reason: INVALID, breaks, keeps, update: name };
};

const tierCases = [
  tierCase("dfc09c9c", "kube-admin", { defaultAction: "Deny" }),
  tierCase("20eb1aee", "kube-baseline", { defaultAction: "Deny" }),
  tierCase("e8079a51", "default", { defaultAction: "Pass" }),
  tierCase("4373a734", "default", { order: 5 }),
  tierCase("4031826e", "kube-admin", { order: 5 }),
  tierCase("633fa633", "kube-baseline", { order: 5 }),
];

/** Rows for what configures Calico: Felix, host endpoints, pools and tiers. */
export const settingsCases: readonly RuleCase[] = [...felixCases, ...hostCases, ...poolCases, ...tierCases];
