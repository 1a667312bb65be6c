import { describe, expect, it } from "vitest";
import type { KubeObject } from "../store/types";
import {
  ask,
  clusterPolicy,
  namespace,
  networkSet,
  pod,
  spell,
  testCluster,
  tier,
  type Asked,
} from "./testing/cluster";

/** shop: web 10.0.0.1, api 10.0.0.2; other: tool 10.0.0.3, and a set of shop that holds 198.51.100.64/28. */
const WORLD: readonly KubeObject[] = [
  tier("kube-admin", 1000, "Pass"),
  tier("kube-baseline", 10_000_000, "Pass"),
  namespace("shop", { team: "shop" }),
  namespace("other", { team: "other" }),
  pod("shop/web", "10.0.0.1"),
  pod("shop/api", "10.0.0.2"),
  pod("other/tool", "10.0.0.3"),
  networkSet("shop/set", ["198.51.100.64/28"], { app: "web" }),
];

const EVERYWHERE = { namespaces: {} };
const SHOP = { namespaces: { matchLabels: { team: "shop" } } };
const toApi = (from: string, what = "tcp/80"): Asked => ({ direction: "ingress", from, to: "10.0.0.2", what });
const admin = (more: object): KubeObject =>
  clusterPolicy("p", { tier: "Admin", priority: 1, subject: EVERYWHERE, ...more });
const from = (peers: readonly object[], action = "Deny", more: object = {}) => ({
  ingress: [{ action, from: peers, ...more }],
});
const DEFAULT = "profile|kns.shop|0|allow";

interface Row {
  readonly name: string;
  readonly objects: readonly KubeObject[];
  readonly asked: Asked;
  readonly hits: readonly string[];
}

const ROWS: readonly Row[] = [
  { name: "Deny", objects: [admin(from([SHOP]))], asked: toApi("10.0.0.1"), hits: ["kube-admin|p|0|deny"] },
  {
    name: "Accept",
    objects: [admin(from([SHOP], "Accept"))],
    asked: toApi("10.0.0.1"),
    hits: ["kube-admin|p|0|allow"],
  },
  {
    name: "Pass",
    objects: [admin(from([SHOP], "Pass"))],
    asked: toApi("10.0.0.1"),
    hits: ["kube-admin|p|0|pass", DEFAULT],
  },
  {
    name: "the end of its tier passes",
    objects: [admin(from([SHOP]))],
    asked: toApi("10.0.0.3"),
    hits: ["kube-admin|p|end|pass", DEFAULT],
  },
  {
    name: "a direction without rules is not governed",
    objects: [admin({ egress: [{ action: "Deny", to: [SHOP] }] })],
    asked: toApi("10.0.0.1"),
    hits: [DEFAULT],
  },
  {
    name: "namespaces as a peer are network sets, too",
    objects: [admin(from([SHOP]))],
    asked: toApi("198.51.100.70"),
    hits: ["kube-admin|p|0|deny"],
  },
  {
    name: "pods as a peer are pods alone",
    objects: [admin(from([{ pods: { namespaceSelector: {}, podSelector: { matchLabels: { app: "web" } } } }]))],
    asked: toApi("198.51.100.70"),
    hits: ["kube-admin|p|end|pass", DEFAULT],
  },
  {
    name: "one rule for each protocol in the order of names, and peer",
    objects: [
      admin(
        from([{ namespaces: { matchLabels: { team: "none" } } }, SHOP], "Deny", {
          protocols: [
            { udp: { destinationPort: { number: 53 } } },
            { tcp: { destinationPort: { range: { start: 79, end: 80 } } } },
            { sctp: {} },
          ],
        }),
      ),
    ],
    asked: toApi("10.0.0.1"),
    hits: ["kube-admin|p|3|deny"],
  },
  {
    name: "a protocol without a port is open as a whole",
    objects: [admin(from([SHOP], "Deny", { protocols: [{ tcp: { destinationPort: { number: 443 } } }, { tcp: {} }] }))],
    asked: toApi("10.0.0.1"),
    hits: ["kube-admin|p|0|deny"],
  },
  {
    name: "a named port cannot be converted: Deny denies all",
    objects: [
      admin(
        from([{ namespaces: { matchLabels: { team: "none" } } }], "Deny", {
          protocols: [{ destinationNamedPort: "web" }],
        }),
      ),
    ],
    asked: toApi("10.0.0.1"),
    hits: ["kube-admin|p|0|deny"],
  },
  {
    name: "a named port cannot be converted: Accept is left out, and with it the direction",
    objects: [admin(from([SHOP], "Accept", { protocols: [{ destinationNamedPort: "web" }] }))],
    asked: toApi("10.0.0.1"),
    hits: [DEFAULT],
  },
  {
    name: "networks as a peer of egress",
    objects: [
      admin({
        subject: { pods: { namespaceSelector: {}, podSelector: { matchLabels: { app: "web" } } } },
        egress: [{ action: "Deny", to: [{ networks: ["10.0.0.0/30", "fd00::/8"] }] }],
      }),
    ],
    asked: { direction: "egress", from: "10.0.0.1", to: "10.0.0.2", what: "tcp/80" },
    hits: ["kube-admin|p|0|deny"],
  },
  {
    name: "by priority, then name, before the baseline",
    objects: [
      admin(from([SHOP], "Pass")),
      clusterPolicy("b", { tier: "Baseline", priority: 0, subject: EVERYWHERE, ...from([SHOP]) }),
      clusterPolicy("a", {
        tier: "Admin",
        priority: 0,
        subject: SHOP,
        ...from([{ namespaces: { matchLabels: { team: "none" } } }]),
      }),
    ],
    asked: toApi("10.0.0.1"),
    hits: ["kube-admin|p|0|pass", "kube-baseline|b|0|deny"],
  },
];

describe("a ClusterNetworkPolicy", () => {
  it.each(ROWS)("$name", ({ objects, asked, hits }) => {
    const cluster = testCluster([...WORLD, ...objects]);
    expect(ask(cluster, asked).enforced.map(spell)).toEqual(hits);
    expect(cluster.notProgrammed).toEqual([]);
  });
});
