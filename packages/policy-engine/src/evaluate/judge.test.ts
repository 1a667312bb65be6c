import { describe, expect, it } from "vitest";
import { parseAddress } from "../net/address";
import { judgeConnection } from "./connection";
import { judgeEndpoint } from "./judge";
import { policyHits, type EndpointVerdict } from "./trace";
import { buildWorld, type World } from "./world";

const CALICO = "projectcalico.org/v3";

const namespaces = [
  { name: "shop", labels: { team: "web" } },
  { name: "ops", labels: {} },
];
const pod = (
  namespace: string,
  name: string,
  address: string,
  ports: { name: string; protocol: number; port: number }[] = [],
) => ({
  namespace,
  name,
  labels: { app: name },
  serviceAccount: name,
  addresses: [address],
  ports,
});
const pods = [
  pod("shop", "cart", "10.0.0.1"),
  pod("shop", "redis", "10.0.0.2", [{ name: "db", protocol: 6, port: 6379 }]),
  pod("ops", "scraper", "10.0.0.3"),
];

const tier = (name: string, order: number, defaultAction = "Deny") => ({
  apiVersion: CALICO,
  kind: "Tier",
  metadata: { name },
  spec: { order, defaultAction },
});
const np = (name: string, spec: object, kind = "NetworkPolicy") => ({
  apiVersion: CALICO,
  kind,
  metadata: { name, namespace: "shop" },
  spec,
});
const gnp = (name: string, spec: object, kind = "GlobalNetworkPolicy") => ({
  apiVersion: CALICO,
  kind,
  metadata: { name },
  spec,
});
const set = (name: string, labels: Record<string, string>, nets: string[]) => ({
  apiVersion: CALICO,
  kind: "GlobalNetworkSet",
  metadata: { name, labels },
  spec: { nets },
});
const knp = (name: string, spec: object) => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name, namespace: "shop" },
  spec,
});

const world = (...manifests: unknown[]): World => buildWorld({ namespaces, pods, manifests });

interface Asked {
  readonly from: string;
  readonly protocol?: number;
  readonly port?: number;
  readonly at?: string;
}

/** Ingress at shop/redis unless `at` names another pod. */
function ingress(where: World, { from, protocol = 6, port = 6379, at = "redis" }: Asked): EndpointVerdict {
  const endpoint = where.endpoints.find(({ name }) => name === at)!;
  const packet = { source: parseAddress(from)!, destination: endpoint.addresses[0]!, protocol, destinationPort: port };
  return judgeEndpoint(where, { endpoint, direction: "ingress", packet });
}

const CART = "10.0.0.1";
const SCRAPER = "10.0.0.3";
const STRANGER = "192.0.2.1";

const rows: readonly {
  name: string;
  manifests: readonly unknown[];
  asked: Asked;
  verdict: string;
  steps?: readonly string[];
}[] = [
  {
    name: "nothing selects it: the namespace's profile allows",
    manifests: [],
    asked: { from: CART },
    verdict: "allow",
    steps: ["profile"],
  },
  {
    name: "a policy without a matching rule ends in the tier's default action",
    manifests: [np("a", { selector: "app == 'redis'" })],
    asked: { from: CART },
    verdict: "deny",
    steps: ["tier-entered", "policy-passed-over", "end-of-tier"],
  },
  {
    name: "a peer selector in a namespaced policy means its own namespace",
    manifests: [np("a", { ingress: [{ action: "Allow", source: { selector: "all()" } }] })],
    asked: { from: SCRAPER },
    verdict: "deny",
  },
  {
    name: "and matches within it",
    manifests: [np("a", { ingress: [{ action: "Allow", source: { selector: "all()" } }] })],
    asked: { from: CART },
    verdict: "allow",
  },
  {
    name: "namespaceSelector all() means every namespace, and no stranger",
    manifests: [np("a", { ingress: [{ action: "Allow", source: { namespaceSelector: "all()" } }] })],
    asked: { from: STRANGER },
    verdict: "deny",
  },
  {
    name: "namespaceSelector over the namespace's labels",
    manifests: [
      gnp("a", { ingress: [{ action: "Deny", source: { namespaceSelector: "team == 'web'" } }, { action: "Allow" }] }),
    ],
    asked: { from: CART },
    verdict: "deny",
  },
  {
    name: "global() means network sets and hosts, not pods",
    manifests: [
      set("corp", { set: "corp" }, ["192.0.2.0/24"]),
      gnp("a", { ingress: [{ action: "Deny", source: { namespaceSelector: "global()" } }, { action: "Allow" }] }),
    ],
    asked: { from: STRANGER },
    verdict: "deny",
  },
  {
    name: "all() of a global policy matches a network set",
    manifests: [
      set("corp", {}, ["192.0.2.0/24"]),
      gnp("a", { ingress: [{ action: "Allow", source: { selector: "all()" } }] }),
    ],
    asked: { from: STRANGER },
    verdict: "allow",
  },
  {
    name: "but not an address that nobody holds",
    manifests: [gnp("a", { ingress: [{ action: "Allow", source: { selector: "all()" } }] })],
    asked: { from: STRANGER },
    verdict: "deny",
  },
  {
    name: "notSelector of a global policy takes strangers in",
    manifests: [gnp("a", { ingress: [{ action: "Allow", source: { notSelector: "app == 'cart'" } }] })],
    asked: { from: STRANGER },
    verdict: "allow",
  },
  {
    name: "notSelector of a namespaced policy keeps to its namespace",
    manifests: [np("a", { ingress: [{ action: "Allow", source: { notSelector: "app == 'cart'" } }] })],
    asked: { from: STRANGER },
    verdict: "deny",
  },
  {
    name: "notSelector beside a selector narrows the same holder of the address, not others of it",
    manifests: [
      set("corp", { set: "corp" }, ["10.0.0.0/24"]),
      gnp("a", { ingress: [{ action: "Allow", source: { selector: "app == 'cart'", notSelector: "!has(app)" } }] }),
    ],
    asked: { from: CART },
    verdict: "allow",
  },
  {
    name: "notSelector alone is about every holder of the address",
    manifests: [
      set("corp", { set: "corp" }, ["10.0.0.0/24"]),
      gnp("a", { ingress: [{ action: "Allow", source: { notSelector: "!has(app)" } }] }),
    ],
    asked: { from: CART },
    verdict: "deny",
  },
  {
    name: "a named port without a protocol is one of TCP",
    manifests: [gnp("a", { ingress: [{ action: "Allow", destination: { ports: ["db"] } }] })],
    asked: { from: CART },
    verdict: "allow",
  },
  {
    name: "notNets of the other IP version take the rule out",
    manifests: [gnp("a", { ingress: [{ action: "Allow", source: { notNets: ["fd00::/8"] } }] })],
    asked: { from: CART },
    verdict: "deny",
  },
  {
    name: "nets alone imply no namespace",
    manifests: [np("a", { ingress: [{ action: "Allow", source: { nets: ["10.0.0.0/8"] } }] })],
    asked: { from: SCRAPER },
    verdict: "allow",
  },
  {
    name: "a service account by name",
    manifests: [gnp("a", { ingress: [{ action: "Allow", source: { serviceAccounts: { names: ["scraper"] } } }] })],
    asked: { from: SCRAPER },
    verdict: "allow",
  },
  {
    name: "Pass goes on to the next tier, past the rest of its own",
    manifests: [
      tier("first", 1),
      gnp("first.a", { tier: "first", order: 1, ingress: [{ action: "Pass" }] }),
      gnp("first.b", { tier: "first", order: 2, ingress: [{ action: "Deny" }] }),
      np("z", { ingress: [{ action: "Allow" }] }),
    ],
    asked: { from: CART },
    verdict: "allow",
    steps: ["tier-entered", "rule Pass", "tier-entered", "rule Allow"],
  },
  {
    name: "Log is noted and goes on",
    manifests: [gnp("a", { ingress: [{ action: "Log" }, { action: "Deny" }] })],
    asked: { from: CART },
    verdict: "deny",
    steps: ["tier-entered", "rule Log", "rule Deny"],
  },
  {
    name: "a tier whose policies do not select the endpoint has no default action",
    manifests: [
      tier("first", 1),
      gnp("first.a", { tier: "first", selector: "app == 'nobody'", ingress: [{ action: "Deny" }] }),
    ],
    asked: { from: CART },
    verdict: "allow",
    steps: ["tier-skipped none-selects", "profile"],
  },
  {
    name: "a policy of the other direction does not count either",
    manifests: [tier("first", 1), gnp("first.a", { tier: "first", types: ["Egress"], egress: [{ action: "Deny" }] })],
    asked: { from: CART },
    verdict: "allow",
    steps: ["tier-skipped none-selects", "profile"],
  },
  {
    name: "a tier with default action Pass",
    manifests: [
      tier("first", 1, "Pass"),
      gnp("first.a", { tier: "first", ingress: [{ action: "Deny", protocol: "UDP" }] }),
    ],
    asked: { from: CART },
    verdict: "allow",
    steps: ["tier-entered", "policy-passed-over", "end-of-tier Pass", "profile"],
  },
  {
    name: "order comes before name, none comes last",
    manifests: [
      gnp("a", { ingress: [{ action: "Deny" }] }),
      gnp("b", { order: 2, ingress: [{ action: "Deny" }] }),
      gnp("c", { order: 1, ingress: [{ action: "Allow" }] }),
    ],
    asked: { from: CART },
    verdict: "allow",
  },
  {
    name: "equal order: by name",
    manifests: [
      gnp("b", { order: 1, ingress: [{ action: "Deny" }] }),
      gnp("a", { order: 1, ingress: [{ action: "Allow" }] }),
    ],
    asked: { from: CART },
    verdict: "allow",
  },
  {
    name: "a port outside the range",
    manifests: [gnp("a", { ingress: [{ action: "Allow", protocol: "TCP", destination: { ports: ["6300:6378"] } }] })],
    asked: { from: CART },
    verdict: "deny",
  },
  {
    name: "a named port resolves at the endpoint",
    manifests: [gnp("a", { ingress: [{ action: "Allow", protocol: "TCP", destination: { ports: ["db"] } }] })],
    asked: { from: CART },
    verdict: "allow",
  },
  {
    name: "a named port of another protocol is no such port",
    manifests: [gnp("a", { ingress: [{ action: "Allow", protocol: "UDP", destination: { ports: ["db"] } }] })],
    asked: { from: CART, protocol: 17 },
    verdict: "deny",
  },
  {
    name: "a Kubernetes policy isolates what it selects",
    manifests: [knp("a", { podSelector: { matchLabels: { app: "redis" } } })],
    asked: { from: CART },
    verdict: "deny",
  },
  {
    name: "a Kubernetes policy with a peer of another namespace",
    manifests: [
      knp("a", {
        podSelector: {},
        ingress: [{ from: [{ namespaceSelector: { matchExpressions: [{ key: "team", operator: "DoesNotExist" }] } }] }],
      }),
    ],
    asked: { from: SCRAPER },
    verdict: "allow",
  },
  {
    name: "a Kubernetes peer is never a network set",
    manifests: [
      set("corp", {}, ["192.0.2.0/24"]),
      knp("a", {
        podSelector: {},
        ingress: [{ from: [{ namespaceSelector: { matchExpressions: [{ key: "team", operator: "DoesNotExist" }] } }] }],
      }),
    ],
    asked: { from: STRANGER },
    verdict: "deny",
  },
  {
    name: "endPort",
    manifests: [knp("a", { podSelector: {}, ingress: [{ ports: [{ port: 6000, endPort: 6400 }] }] })],
    asked: { from: CART },
    verdict: "allow",
  },
  {
    name: "HTTP without observations is unknown, never allowed",
    manifests: [gnp("a", { ingress: [{ action: "Allow", http: { methods: ["GET"] } }] })],
    asked: { from: CART },
    verdict: "unknown",
  },
  {
    name: "whether a Log rule matches does not matter",
    manifests: [
      gnp("a", {
        ingress: [{ action: "Log", source: { services: { name: "dns", namespace: "ops" } } }, { action: "Deny" }],
      }),
    ],
    asked: { from: CART },
    verdict: "deny",
  },
  {
    name: "HTTP does not matter where the rest does not match",
    manifests: [
      gnp("a", {
        ingress: [
          { action: "Allow", protocol: "TCP", http: { methods: ["GET"] }, destination: { ports: [80] } },
          { action: "Deny" },
        ],
      }),
    ],
    asked: { from: CART },
    verdict: "deny",
  },
  {
    name: "a field of a rule that nobody knows makes it unknown",
    manifests: [gnp("a", { ingress: [{ action: "Deny", source: { domains: ["example.com"] } }] })],
    asked: { from: CART },
    verdict: "unknown",
  },
  {
    name: "a kind that nobody knows makes everything unknown",
    manifests: [
      {
        apiVersion: "policy.networking.k8s.io/v1alpha2",
        kind: "ClusterNetworkPolicy",
        metadata: { name: "x" },
        spec: {},
      },
    ],
    asked: { from: CART },
    verdict: "unknown",
  },
  {
    name: "services are unknown where nobody reports them",
    manifests: [gnp("a", { ingress: [{ action: "Allow", source: { services: { name: "dns", namespace: "ops" } } }] })],
    asked: { from: CART },
    verdict: "unknown",
  },
  {
    name: "preDNAT policies are not for workloads",
    manifests: [gnp("a", { preDNAT: true, applyOnForward: true, ingress: [{ action: "Deny" }] })],
    asked: { from: CART },
    verdict: "allow",
  },
];

const short = (verdict: EndpointVerdict): readonly string[] =>
  verdict.trace
    .filter((step) => !(step.kind === "tier-skipped" && step.tier === "default"))
    .map((step) => {
      if (step.kind === "rule") return `rule ${step.action}`;
      if (step.kind === "end-of-tier") return step.action === "Pass" ? "end-of-tier Pass" : "end-of-tier";
      return step.kind === "tier-skipped" ? `tier-skipped ${step.why}` : step.kind;
    });

describe("judgeEndpoint", () => {
  it("gives a pod nothing of a service account that is gone, where accounts are known", () => {
    const peer = { serviceAccounts: { selector: "has(projectcalico.org/name)" } };
    const manifests = [np("a", { ingress: [{ action: "Allow", source: peer }] })];
    const account = { namespace: "shop", name: "cart", labels: {} };
    const known = (serviceAccounts: (typeof account)[]) => buildWorld({ namespaces, pods, manifests, serviceAccounts });
    expect(ingress(known([account]), { from: CART }).verdict).toBe("allow");
    expect(ingress(known([]), { from: CART }).verdict).toBe("deny");
    expect(ingress(world(...manifests), { from: CART }).verdict).toBe("allow");
  });

  it.each(rows)("$name", ({ manifests, asked, verdict, steps }) => {
    const judged = ingress(world(...manifests), asked);
    expect(judged.verdict).toBe(verdict);
    expect(steps ?? short(judged)).toEqual(short(judged));
  });

  it("names the deciding policy and rule as flow logs do", () => {
    const judged = ingress(
      world(
        tier("first", 1),
        gnp("first.a", { tier: "first", ingress: [{ action: "Pass" }] }),
        np("b", { ingress: [{ action: "Log" }, { action: "Deny" }] }),
      ),
      { from: CART },
    );
    expect(policyHits(judged.trace)).toEqual([
      {
        kind: "GlobalNetworkPolicy",
        tier: "first",
        namespace: "",
        name: "first.a",
        action: "Pass",
        policyIndex: 0,
        ruleIndex: 0,
      },
      {
        kind: "NetworkPolicy",
        tier: "default",
        namespace: "shop",
        name: "b",
        action: "Deny",
        policyIndex: 1,
        ruleIndex: 1,
      },
    ]);
  });

  const staged = (spec: object) => np("a", spec, "StagedNetworkPolicy");
  it.each([
    {
      name: "adds a policy",
      manifests: [staged({ ingress: [{ action: "Deny" }] })],
      verdict: "allow",
      pending: "deny",
    },
    {
      name: "stands among the enforced ones, in its order",
      manifests: [
        np("b", { order: 2, ingress: [{ action: "Deny" }] }),
        staged({ order: 1, ingress: [{ action: "Allow" }] }),
      ],
      verdict: "deny",
      pending: "allow",
    },
    {
      name: "behind an enforced one that decides changes nothing",
      manifests: [
        np("b", { order: 1, ingress: [{ action: "Deny" }] }),
        staged({ order: 2, ingress: [{ action: "Allow" }] }),
      ],
      verdict: "deny",
      pending: "deny",
    },
    {
      name: "that is to be deleted has no say",
      manifests: [np("a", { ingress: [{ action: "Deny" }] }), staged({ stagedAction: "Delete" })],
      verdict: "deny",
      pending: "deny",
    },
    ...["Learn", "Ignore"].map((stagedAction) => ({
      name: `to ${stagedAction} is pending like one to be set`,
      manifests: [staged({ stagedAction, ingress: [{ action: "Deny" }] })],
      verdict: "allow",
      pending: "deny",
    })),
  ])("a staged policy $name", ({ manifests, verdict, pending }) => {
    const judged = ingress(world(...manifests), { from: CART });
    expect([judged.verdict, judged.pending.verdict]).toEqual([verdict, pending]);
  });

  it("denies where the namespace, and so its profile, is not known", () => {
    const stray = buildWorld({ namespaces: [], pods, manifests: [] });
    expect(ingress(stray, { from: CART }).verdict).toBe("deny");
  });

  it("gives policies of a tier that does not exist no say", () => {
    expect(ingress(world(gnp("gone.a", { tier: "gone", ingress: [{ action: "Deny" }] })), { from: CART }).verdict).toBe(
      "allow",
    );
  });

  it("counts a Kubernetes policy once, though Calico's API shows it twice", () => {
    const podSelector = { matchLabels: { app: "redis" } };
    const mirrored = np("knp.default.a", {
      order: 1000,
      selector: "projectcalico.org/orchestrator == 'k8s' && app == 'redis'",
    });
    const judged = ingress(world(knp("a", { podSelector }), mirrored), { from: CART });
    expect(judged.trace.filter(({ kind }) => kind === "policy-passed-over").length).toBe(1);
  });

  it("reads what a cluster accepted though a draft may not be so", () => {
    const kanp = gnp("kanp.adminnetworkpolicy.a", {
      ingress: [{ action: "Deny", source: { nets: ["10.0.0.1/8", "192.0.2.1"] } }],
    });
    expect([CART, STRANGER, "198.51.100.1"].map((from) => ingress(world(kanp), { from }).trace.at(-1)?.kind)).toEqual([
      "rule",
      "rule",
      "end-of-tier",
    ]);
  });

  it("does not depend on the order of manifests", () => {
    const manifests = [
      tier("first", 1),
      gnp("first.a", { tier: "first", ingress: [{ action: "Pass" }] }),
      np("b", { ingress: [{ action: "Deny" }] }),
      np("a", { ingress: [{ action: "Allow" }] }),
    ];
    expect(ingress(world(...manifests), { from: CART })).toEqual(
      ingress(world(...[...manifests].reverse()), { from: CART }),
    );
  });
});

describe("judgeConnection", () => {
  const connect = (where: World) => {
    const end = (name: string) => {
      const endpoint = where.endpoints.find((e) => e.name === name)!;
      return { kind: "endpoint", world: where, endpoint, address: endpoint.addresses[0]! } as const;
    };
    return judgeConnection({ source: end("cart"), destination: end("redis"), protocol: 6, destinationPort: 6379 });
  };

  it("needs the leave of both ends", () => {
    const denied = connect(world(np("a", { selector: "app == 'cart'", types: ["Egress"] })));
    expect([denied.verdict, denied.egress?.verdict, denied.ingress?.verdict]).toEqual(["deny", "deny", "allow"]);
    expect(connect(world()).verdict).toBe("allow");
  });

  it("is unknown when one end is, unless the other denies", () => {
    const http = gnp("h", { selector: "app == 'redis'", ingress: [{ action: "Allow", http: { methods: ["GET"] } }] });
    expect(connect(world(http)).verdict).toBe("unknown");
    expect(connect(world(http, np("a", { selector: "app == 'cart'", types: ["Egress"] }))).verdict).toBe("deny");
  });
});
