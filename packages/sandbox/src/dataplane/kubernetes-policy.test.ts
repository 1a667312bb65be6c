import { describe, expect, it } from "vitest";
import type { KubeObject } from "../store/types";
import { ask, kubernetesPolicy, namespace, networkSet, pod, spell, testCluster, type Asked } from "./testing/cluster";

const WORLD: readonly KubeObject[] = [
  namespace("shop", { team: "shop" }),
  namespace("ops", { team: "ops" }),
  pod("shop/web", "10.0.0.1"),
  pod("shop/db", "10.0.0.2", { labels: { app: "db" }, ports: [{ name: "sql", containerPort: 5432, protocol: "TCP" }] }),
  pod("ops/web", "10.0.0.3"),
  networkSet("globals", ["10.0.0.9/32"], { app: "web" }),
  networkSet("shop/locals", ["10.0.0.8/32"], { app: "web" }),
];
const toDb = (from: string, what = "tcp/5432"): Asked => ({ direction: "ingress", from, to: "10.0.0.2", what });
const db = { podSelector: { matchLabels: { app: "db" } } };

const ROWS: readonly {
  readonly name: string;
  readonly spec: object;
  readonly rows: readonly (readonly [Asked, string])[];
}[] = [
  {
    name: "an empty pod selector is the whole namespace",
    spec: { podSelector: {} },
    rows: [
      [toDb("10.0.0.1"), "default|p|end|deny"],
      [{ direction: "ingress", from: "10.0.0.1", to: "10.0.0.3", what: "tcp/1" }, "profile|kns.ops|0|allow"],
    ],
  },
  {
    name: "without policyTypes egress is governed where there are egress rules",
    spec: { ...db, egress: [{}] },
    rows: [
      [{ direction: "egress", from: "10.0.0.2", to: "10.0.0.1", what: "tcp/1" }, "default|p|0|allow"],
      [toDb("10.0.0.1"), "default|p|end|deny"],
    ],
  },
  {
    name: "policyTypes Egress leaves ingress alone",
    spec: { ...db, policyTypes: ["Egress"] },
    rows: [
      [{ direction: "egress", from: "10.0.0.2", to: "10.0.0.1", what: "tcp/1" }, "default|p|end|deny"],
      [toDb("10.0.0.1"), "profile|kns.shop|0|allow"],
    ],
  },
  {
    name: "a pod selector alone means the own namespace",
    spec: { ...db, ingress: [{ from: [{ podSelector: { matchLabels: { app: "web" } } }] }] },
    rows: [
      [toDb("10.0.0.1"), "default|p|0|allow"],
      [toDb("10.0.0.3"), "default|p|end|deny"],
      [toDb("10.0.0.9"), "default|p|end|deny"],
      [toDb("10.0.0.8"), "default|p|end|deny"],
    ],
  },
  {
    name: "an empty namespace selector means every namespace, and nothing outside of one",
    spec: { ...db, ingress: [{ from: [{ namespaceSelector: {}, podSelector: { matchLabels: { app: "web" } } }] }] },
    rows: [
      [toDb("10.0.0.3"), "default|p|0|allow"],
      [toDb("10.0.0.9"), "default|p|end|deny"],
      [toDb("10.0.0.2"), "default|p|end|deny"],
    ],
  },
  {
    name: "a namespace selector alone means pods, not network sets",
    spec: { ...db, ingress: [{ from: [{ namespaceSelector: {} }] }] },
    rows: [
      [toDb("10.0.0.3"), "default|p|0|allow"],
      [toDb("10.0.0.8"), "default|p|end|deny"],
    ],
  },
  {
    name: "a namespace selector by expression",
    spec: {
      ...db,
      ingress: [
        { from: [{ namespaceSelector: { matchExpressions: [{ key: "team", operator: "NotIn", values: ["shop"] }] } }] },
      ],
    },
    rows: [
      [toDb("10.0.0.3"), "default|p|0|allow"],
      [toDb("10.0.0.1"), "default|p|end|deny"],
    ],
  },
  {
    name: "an IP block without its exceptions",
    spec: { ...db, ingress: [{ from: [{ ipBlock: { cidr: "10.0.0.0/24", except: ["10.0.0.3/32"] } }] }] },
    rows: [
      [toDb("10.0.0.1"), "default|p|0|allow"],
      [toDb("10.0.0.3"), "default|p|end|deny"],
      [toDb("10.1.0.1"), "default|p|end|deny"],
    ],
  },
  {
    name: "ports: by name, a range, another protocol; rules are counted by protocol and peer",
    spec: {
      ...db,
      ingress: [
        {
          from: [{ ipBlock: { cidr: "10.0.0.1/32" } }, { ipBlock: { cidr: "10.0.0.3/32" } }],
          ports: [{ port: 53, protocol: "UDP" }, { port: "sql" }, { port: 8000, endPort: 8002 }],
        },
      ],
    },
    rows: [
      [toDb("10.0.0.1"), "default|p|0|allow"],
      [toDb("10.0.0.3"), "default|p|1|allow"],
      [toDb("10.0.0.1", "tcp/8002"), "default|p|0|allow"],
      [toDb("10.0.0.1", "tcp/8003"), "default|p|end|deny"],
      [toDb("10.0.0.1", "udp/53"), "default|p|2|allow"],
      [toDb("10.0.0.3", "udp/53"), "default|p|3|allow"],
      [toDb("10.0.0.1", "udp/5432"), "default|p|end|deny"],
    ],
  },
  {
    name: "a protocol without a port opens all of it",
    spec: { ...db, ingress: [{ ports: [{ protocol: "TCP" }, { protocol: "TCP", port: 1 }] }] },
    rows: [
      [toDb("10.0.0.1", "tcp/999"), "default|p|0|allow"],
      [toDb("10.0.0.1", "udp/999"), "default|p|end|deny"],
    ],
  },
];

describe("Kubernetes policies", () => {
  const cases = ROWS.flatMap(({ name, spec, rows }) =>
    rows.map(([asked, expected]) => ({ name, spec, asked, expected })),
  );
  it.each(cases)("$name: $asked.from > $asked.to $asked.what", ({ spec, asked, expected }) => {
    const cluster = testCluster([...WORLD, kubernetesPolicy("shop/p", spec)]);
    expect(ask(cluster, asked).enforced.map(spell).at(-1)).toBe(expected);
  });
});
