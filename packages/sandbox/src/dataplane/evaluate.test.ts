import { describe, expect, it } from "vitest";
import type { KubeObject } from "../store/types";
import {
  address,
  ask,
  kubernetesPolicy,
  namespace,
  networkSet,
  object,
  pod,
  policy,
  spell,
  testCluster,
  tier,
  type Asked,
} from "./testing/cluster";

/** shop: web 10.0.0.1, api 10.0.0.2 (named port); other: tool 10.0.0.3. 198.51.100.0/24 is outside. */
const WORLD: readonly KubeObject[] = [
  namespace("shop", { team: "shop" }),
  namespace("other", { team: "other" }),
  object(["v1", "ServiceAccount"], { name: "api", namespace: "shop", labels: { role: "backend" } }, {}),
  pod("shop/web", "10.0.0.1", { labels: { app: "web" } }),
  pod("shop/api", "10.0.0.2", {
    labels: { app: "api" },
    serviceAccount: "api",
    ports: [{ name: "grpc", containerPort: 8080, protocol: "TCP" }],
  }),
  pod("other/tool", "10.0.0.3", { labels: { app: "tool" }, serviceAccount: "api" }),
  networkSet("partners", ["198.51.100.0/28"], { role: "partner" }),
  networkSet("shop/local-set", ["198.51.100.64/28"], { role: "local" }),
];

const WEB = "10.0.0.1";
const API = "10.0.0.2";
const TOOL = "10.0.0.3";
const PARTNER = "198.51.100.5";
const LOCAL_SET = "198.51.100.70";
const STRANGER = "198.51.100.200";

const toApi = (from: string, what = "tcp/8080"): Asked => ({ direction: "ingress", from, to: API, what });
const fromWeb = (to: string, what = "tcp/8080"): Asked => ({ direction: "egress", from: WEB, to, what });

const NP = "NetworkPolicy";
const GNP = "GlobalNetworkPolicy";
const api = "app == 'api'";
const allowFrom = (source: object) => ({ selector: api, types: ["Ingress"], ingress: [{ action: "Allow", source }] });
const allowTo = (destination: object) => ({
  selector: "app == 'web'",
  types: ["Egress"],
  egress: [{ action: "Allow", protocol: "TCP", destination }],
});

interface Row {
  readonly name: string;
  readonly objects: readonly KubeObject[];
  readonly allowed?: readonly Asked[];
  readonly denied?: readonly Asked[];
}

const ROWS: readonly Row[] = [
  { name: "no policy: the namespace's profile allows", objects: [], allowed: [toApi(STRANGER), fromWeb(STRANGER)] },
  {
    name: "a policy in one direction leaves the other alone",
    objects: [policy(NP, "shop/p", { selector: "app == 'web'", types: ["Ingress"] })],
    allowed: [fromWeb(API)],
    denied: [{ direction: "ingress", from: API, to: WEB, what: "tcp/80" }],
  },
  {
    name: "without types, egress rules alone govern egress alone",
    objects: [policy(NP, "shop/p", { selector: "all()", egress: [{ action: "Deny" }] })],
    allowed: [toApi(WEB)],
    denied: [fromWeb(API)],
  },
  {
    name: "without types and rules, ingress is governed",
    objects: [policy(NP, "shop/p", { selector: "all()" })],
    allowed: [fromWeb(API)],
    denied: [toApi(WEB)],
  },
  {
    name: "a namespaced policy does not select other namespaces",
    objects: [policy(NP, "other/p", { types: ["Ingress"] })],
    allowed: [toApi(WEB)],
    denied: [{ direction: "ingress", from: WEB, to: TOOL, what: "tcp/1" }],
  },
  {
    name: "a selector in a namespaced policy's rule means its own namespace",
    objects: [policy(NP, "shop/p", allowFrom({ selector: "has(app)" }))],
    allowed: [toApi(WEB)],
    denied: [toApi(TOOL), toApi(PARTNER)],
  },
  {
    name: "a selector in a namespaced policy's rule matches network sets of that namespace",
    objects: [policy(NP, "shop/p", allowFrom({ selector: "role == 'local'" }))],
    allowed: [toApi(LOCAL_SET)],
    denied: [toApi(PARTNER), toApi(STRANGER)],
  },
  {
    name: "namespaceSelector takes over from the own namespace",
    objects: [policy(NP, "shop/p", allowFrom({ selector: "has(app)", namespaceSelector: "team == 'other'" }))],
    allowed: [toApi(TOOL)],
    denied: [toApi(WEB)],
  },
  {
    name: "namespaceSelector all() is everything in any namespace, nothing global",
    objects: [policy(NP, "shop/p", allowFrom({ namespaceSelector: "all()" }))],
    allowed: [toApi(WEB), toApi(TOOL), toApi(LOCAL_SET)],
    denied: [toApi(PARTNER), toApi(STRANGER)],
  },
  {
    name: "global() is what has no namespace",
    objects: [policy(NP, "shop/p", allowFrom({ selector: "role == 'partner'", namespaceSelector: "global()" }))],
    allowed: [toApi(PARTNER)],
    denied: [toApi(WEB), toApi(LOCAL_SET), toApi(STRANGER)],
  },
  {
    name: "a namespace is selected by its name",
    objects: [policy(NP, "shop/p", allowFrom({ namespaceSelector: "projectcalico.org/name == 'other'" }))],
    allowed: [toApi(TOOL)],
    denied: [toApi(WEB)],
  },
  {
    name: "a global policy's selector reaches over namespaces and sets",
    objects: [policy(GNP, "p", allowFrom({ selector: "all()" }))],
    allowed: [toApi(WEB), toApi(TOOL), toApi(PARTNER), toApi(LOCAL_SET)],
    denied: [toApi(STRANGER)],
  },
  {
    name: "a negation in a global policy matches any global set",
    objects: [policy(GNP, "p", allowFrom({ selector: "!has(app)" }))],
    allowed: [toApi(PARTNER), toApi(LOCAL_SET)],
    denied: [toApi(WEB), toApi(STRANGER)],
  },
  {
    name: "notSelector in a namespaced policy adds the own namespace",
    objects: [policy(NP, "shop/p", allowFrom({ notSelector: "app == 'web'" }))],
    allowed: [toApi(API), toApi(LOCAL_SET)],
    denied: [toApi(WEB), toApi(TOOL), toApi(STRANGER)],
  },
  {
    name: "beside a selector, notSelector narrows what is selected, holder by holder",
    objects: [
      networkSet("twin", ["10.0.0.1/32"], { role: "twin" }),
      policy(
        GNP,
        "p",
        allowFrom({ selector: "has(app) || has(role)", notSelector: "app == 'web' || role == 'partner'" }),
      ),
    ],
    // 10.0.0.1 is a pod that notSelector names and a network set that it does not
    allowed: [toApi(WEB), toApi(TOOL), toApi(LOCAL_SET)],
    denied: [toApi(PARTNER), toApi(STRANGER)],
  },
  {
    name: "alone, notSelector is a set that the address must not be in",
    objects: [
      networkSet("twin", ["10.0.0.1/32"], { role: "twin" }),
      policy(GNP, "p", allowFrom({ notSelector: "app == 'web'" })),
    ],
    allowed: [toApi(STRANGER)],
    denied: [toApi(WEB)],
  },
  {
    name: "a named port is that of an endpoint which is selected itself, not by a network set around it",
    objects: [
      networkSet("around", ["10.0.0.2/32"], { role: "around" }),
      policy(GNP, "named", allowTo({ selector: "role == 'around'", ports: ["grpc"] })),
    ],
    denied: [fromWeb(API, "tcp/8080")],
  },
  {
    name: "with numbers beside the names, the selector counts for the numbers",
    objects: [
      networkSet("around", ["10.0.0.2/32"], { role: "around" }),
      policy(GNP, "mixed", allowTo({ selector: "role == 'around'", ports: ["grpc", 9090] })),
    ],
    allowed: [fromWeb(API, "tcp/9090")],
    denied: [fromWeb(API, "tcp/8080"), fromWeb(TOOL, "tcp/9090")],
  },
  {
    name: "notSelector in a global policy is not scoped",
    objects: [policy(GNP, "p", allowFrom({ notSelector: "app == 'web'" }))],
    allowed: [toApi(TOOL), toApi(STRANGER)],
    denied: [toApi(WEB)],
  },
  {
    name: "nets mean no namespace",
    objects: [policy(NP, "shop/p", allowFrom({ nets: ["198.51.100.0/24"], notNets: ["198.51.100.192/26"] }))],
    allowed: [toApi(PARTNER), toApi(LOCAL_SET)],
    denied: [toApi(STRANGER), toApi(WEB)],
  },
  {
    name: "nets and selector are both required",
    objects: [policy(GNP, "p", allowFrom({ selector: "role == 'partner'", nets: ["198.51.100.0/30"] }))],
    allowed: [toApi("198.51.100.1")],
    denied: [toApi(PARTNER), toApi(STRANGER)],
  },
  {
    name: "IPv6 nets alone make a rule that no IPv4 packet meets",
    objects: [policy(NP, "shop/p", allowFrom({ nets: ["fd00::/8"] }))],
    denied: [toApi(WEB), toApi(STRANGER)],
  },
  {
    name: "IPv6 notNets alone do the same",
    objects: [policy(NP, "shop/p", allowFrom({ notNets: ["fd00::/8"] }))],
    denied: [toApi(WEB)],
  },
  {
    name: "a rule for IP version 6 is skipped",
    objects: [policy(NP, "shop/p", { types: ["Ingress"], ingress: [{ action: "Allow", ipVersion: 6 }] })],
    denied: [toApi(WEB)],
  },
  {
    name: "service accounts by name stay in the namespace",
    objects: [policy(NP, "shop/p", allowTo({ serviceAccounts: { names: ["api"] } }))],
    allowed: [fromWeb(API)],
    denied: [fromWeb(TOOL), fromWeb(WEB)],
  },
  {
    name: "service accounts by label",
    objects: [policy(GNP, "p", allowTo({ serviceAccounts: { selector: "role == 'backend'" } }))],
    allowed: [fromWeb(API)],
    denied: [fromWeb(TOOL), fromWeb(PARTNER)],
  },
  {
    name: "a policy selects by service account",
    objects: [policy(GNP, "p", { serviceAccountSelector: "role == 'backend'", types: ["Ingress"] })],
    allowed: [{ direction: "ingress", from: API, to: WEB, what: "tcp/1" }],
    denied: [toApi(WEB)],
  },
  {
    name: "a global policy selects by namespace",
    objects: [policy(GNP, "p", { namespaceSelector: "team == 'shop'", types: ["Ingress"] })],
    allowed: [{ direction: "ingress", from: WEB, to: TOOL, what: "tcp/1" }],
    denied: [toApi(WEB)],
  },
  {
    name: "ports as number, range and text",
    objects: [policy(NP, "shop/p", allowTo({ ports: [80, "8000:8080", "9090"] }))],
    allowed: [fromWeb(API, "tcp/80"), fromWeb(API, "tcp/8000"), fromWeb(API, "tcp/8080"), fromWeb(API, "tcp/9090")],
    denied: [fromWeb(API, "tcp/81"), fromWeb(API, "tcp/8081"), fromWeb(API, "udp/80")],
  },
  {
    name: "notPorts",
    objects: [policy(NP, "shop/p", allowTo({ notPorts: ["1:1024"] }))],
    allowed: [fromWeb(API, "tcp/1025")],
    denied: [fromWeb(API, "tcp/80")],
  },
  {
    name: "source ports",
    objects: [
      policy(NP, "shop/p", {
        types: ["Ingress"],
        ingress: [{ action: "Allow", protocol: "TCP", source: { ports: ["1000:2000"] } }],
      }),
    ],
    allowed: [{ ...toApi(WEB), sourcePort: 1500 }],
    denied: [toApi(WEB)],
  },
  {
    name: "a named port is the endpoint's own, with its protocol",
    objects: [policy(NP, "shop/p", allowTo({ ports: ["grpc"] }))],
    allowed: [fromWeb(API, "tcp/8080")],
    denied: [fromWeb(API, "tcp/8081"), fromWeb(TOOL, "tcp/8080"), fromWeb(PARTNER, "tcp/8080")],
  },
  {
    name: "without a protocol a named port is one of TCP",
    objects: [
      pod("shop/twin", "10.0.0.9", { ports: [{ name: "grpc", containerPort: 53, protocol: "UDP" }] }),
      policy(NP, "shop/p", { types: ["Egress"], egress: [{ action: "Allow", destination: { ports: ["grpc"] } }] }),
    ],
    allowed: [fromWeb(API, "tcp/8080")],
    denied: [fromWeb("10.0.0.9", "udp/53"), fromWeb("10.0.0.9", "tcp/53")],
  },
  {
    name: "what has no ports is outside every named port",
    objects: [
      policy(NP, "shop/p", { types: ["Egress"], egress: [{ action: "Allow", destination: { notPorts: ["grpc"] } }] }),
    ],
    allowed: [{ ...fromWeb(API, "icmp"), icmp: { type: 8, code: 0 } }, fromWeb(API, "tcp/81")],
    denied: [fromWeb(API, "tcp/8080")],
  },
  {
    name: "a port range without a protocol that has ports never matches ICMP",
    objects: [
      policy(NP, "shop/p", { types: ["Ingress"], ingress: [{ action: "Allow", destination: { notPorts: [1] } }] }),
    ],
    denied: [{ ...toApi(WEB, "icmp"), icmp: { type: 8, code: 0 } }],
  },
  {
    name: "protocol by name in any case, by number, and its negation",
    objects: [
      policy(NP, "shop/p", {
        types: ["Ingress"],
        ingress: [
          { action: "Deny", notProtocol: "tcp" },
          { action: "Allow", protocol: 6 },
        ],
      }),
    ],
    allowed: [toApi(WEB, "tcp/1")],
    denied: [toApi(WEB, "udp/1"), toApi(WEB, "sctp/1")],
  },
  {
    name: "ICMP by type and code",
    objects: [
      policy(NP, "shop/p", {
        types: ["Ingress"],
        ingress: [
          { action: "Deny", protocol: "ICMP", icmp: { type: 8, code: 1 } },
          { action: "Allow", protocol: "ICMP", icmp: { type: 8 } },
        ],
      }),
    ],
    allowed: [{ ...toApi(WEB, "icmp"), icmp: { type: 8, code: 0 } }],
    denied: [
      { ...toApi(WEB, "icmp"), icmp: { type: 8, code: 1 } },
      { ...toApi(WEB, "icmp"), icmp: { type: 0, code: 0 } },
      toApi(WEB, "tcp/8"),
    ],
  },
  {
    name: "services as destination mean their addresses and ports, as source their addresses",
    objects: [
      object(
        ["discovery.k8s.io/v1", "EndpointSlice"],
        { name: "api-1", namespace: "shop", labels: { "kubernetes.io/service-name": "api" } },
        {
          ports: [{ name: "grpc", port: 8080, protocol: "TCP" }],
          endpoints: [{ addresses: [API], conditions: { ready: false } }],
        },
      ),
      policy(NP, "shop/out", {
        selector: "app == 'web'",
        types: ["Egress"],
        egress: [{ action: "Allow", destination: { services: { name: "api" } } }],
      }),
      policy(NP, "shop/in", {
        selector: "app == 'web'",
        types: ["Ingress"],
        ingress: [{ action: "Allow", source: { services: { name: "api", namespace: "shop" } } }],
      }),
    ],
    allowed: [fromWeb(API, "tcp/8080"), { direction: "ingress", from: API, to: WEB, what: "udp/7" }],
    denied: [
      fromWeb(API, "tcp/8081"),
      fromWeb(API, "udp/8080"),
      fromWeb(TOOL, "tcp/8080"),
      { direction: "ingress", from: TOOL, to: WEB, what: "udp/7" },
    ],
  },
  {
    name: "the first matching rule decides",
    objects: [
      policy(NP, "shop/p", {
        types: ["Ingress"],
        ingress: [
          { action: "Log" },
          { action: "Deny", source: { selector: "app == 'web'" } },
          { action: "Allow", source: { namespaceSelector: "all()" } },
        ],
      }),
    ],
    allowed: [toApi(TOOL)],
    denied: [toApi(WEB)],
  },
  {
    name: "policies of host chains mean nothing to pods",
    objects: [
      policy(GNP, "untracked", { selector: "all()", doNotTrack: true, applyOnForward: true, types: ["Ingress"] }),
      policy(GNP, "prednat", { selector: "all()", preDNAT: true, applyOnForward: true, types: ["Ingress"] }),
    ],
    allowed: [toApi(WEB)],
  },
];

describe("verdicts", () => {
  const cases = ROWS.flatMap(({ name, objects, allowed = [], denied = [] }) => [
    ...allowed.map((asked) => ({ name, objects, asked, action: "allow" as const })),
    ...denied.map((asked) => ({ name, objects, asked, action: "deny" as const })),
  ]);
  it.each(cases)("$name: $asked.from > $asked.to $asked.what is $action", ({ objects, asked, action }) => {
    expect(ask(testCluster([...WORLD, ...objects]), asked).action).toBe(action);
  });
});

const deny = { types: ["Ingress"], ingress: [{ action: "Deny" }] };
const pass = { types: ["Ingress"], ingress: [{ action: "Pass" }] };
const allow = { types: ["Ingress"], ingress: [{ action: "Allow" }] };
const noMatch = { types: ["Ingress"], ingress: [{ action: "Allow", protocol: "UDP" }] };

const TRACES: readonly {
  readonly name: string;
  readonly objects: readonly KubeObject[];
  readonly enforced: readonly string[];
  readonly pending?: readonly string[];
}[] = [
  { name: "profile alone", objects: [], enforced: ["profile|kns.shop|0|allow"] },
  {
    name: "a pass goes to the next tier, the last one to the profile",
    objects: [tier("a", 1), policy(GNP, "a.p", { tier: "a", ...pass }), policy(GNP, "default.q", pass)],
    enforced: ["a|a.p|0|pass", "default|default.q|0|pass", "profile|kns.shop|0|allow"],
  },
  {
    name: "tiers by order, names break ties, none comes last",
    objects: [
      tier("z", 1),
      tier("b", 2),
      tier("a", 2),
      object(["projectcalico.org/v3", "Tier"], { name: "last" }, { spec: { defaultAction: "Deny" } }),
      ...["z", "b", "a", "last", "default"].map((name) => policy(GNP, `${name}.p`, { tier: name, ...pass })),
    ],
    enforced: [
      "z|z.p|0|pass",
      "a|a.p|0|pass",
      "b|b.p|0|pass",
      "default|default.p|0|pass",
      "last|last.p|0|pass",
      "profile|kns.shop|0|allow",
    ],
  },
  {
    name: "a tier without a policy for the endpoint is skipped, its default too",
    objects: [tier("a", 1), policy(GNP, "a.p", { tier: "a", selector: "app == 'tool'", ...deny })],
    enforced: ["profile|kns.shop|0|allow"],
  },
  {
    name: "a tier whose policies govern the other direction only is skipped",
    objects: [tier("a", 1), policy(GNP, "a.p", { tier: "a", types: ["Egress"] })],
    enforced: ["profile|kns.shop|0|allow"],
  },
  {
    name: "the end of a tier denies, and names the last policy that selects",
    objects: [policy(GNP, "default.a", { order: 1, ...noMatch }), policy(GNP, "default.b", { order: 2, ...noMatch })],
    enforced: ["default|default.b|end|deny"],
  },
  {
    name: "the end of a tier passes where its default says so",
    objects: [tier("a", 1, "Pass"), policy(GNP, "a.p", { tier: "a", ...noMatch })],
    enforced: ["a|a.p|end|pass", "profile|kns.shop|0|allow"],
  },
  {
    name: "policies of a tier that does not exist are not in force",
    objects: [policy(GNP, "gone.p", { tier: "gone", ...deny })],
    enforced: ["profile|kns.shop|0|allow"],
  },
  {
    name: "policies by order, then name, none last",
    objects: [
      policy(GNP, "default.a", deny),
      policy(GNP, "default.c", { order: 5, ...deny }),
      policy(GNP, "default.b", { order: 5, ...allow }),
    ],
    enforced: ["default|default.b|0|allow"],
  },
  {
    name: "rule indexes count Log rules",
    objects: [policy(GNP, "default.p", { types: ["Ingress"], ingress: [{ action: "Log" }, { action: "Allow" }] })],
    enforced: ["default|default.p|1|allow"],
  },
  {
    name: "a Kubernetes policy stands at order 1000 of the default tier",
    objects: [
      kubernetesPolicy("shop/k", { podSelector: {}, ingress: [{}] }),
      policy(NP, "shop/default.after", { order: 1001, ...deny }),
      policy(NP, "shop/default.before", { order: 999, ...pass, ingress: [{ action: "Log" }] }),
    ],
    enforced: ["default|k|0|allow"],
  },
  {
    name: "a staged policy is pending only",
    objects: [policy("StagedGlobalNetworkPolicy", "default.s", { order: 1, ...deny })],
    enforced: ["profile|kns.shop|0|allow"],
    pending: ["default|*default.s|0|deny"],
  },
  {
    name: "a tier without policies is skipped beside a staged one too",
    objects: [
      tier("a", 1),
      tier("b", 2),
      policy(GNP, "a.p", { tier: "a", selector: "app == 'tool'", ...deny }),
      policy("StagedGlobalNetworkPolicy", "b.s", { tier: "b", ...pass }),
    ],
    enforced: ["profile|kns.shop|0|allow"],
    pending: ["b|*b.s|0|pass", "profile|kns.shop|0|allow"],
  },
  {
    name: "pending ends of tiers name the first policy",
    objects: [
      policy("StagedNetworkPolicy", "shop/default.s", { order: 1, ...noMatch }),
      policy(NP, "shop/default.p", { order: 2, ...noMatch }),
    ],
    enforced: ["default|default.p|end|deny"],
    pending: ["default|*default.s|end|deny"],
  },
  {
    name: "a staged deletion is not evaluated",
    objects: [policy("StagedGlobalNetworkPolicy", "default.s", { stagedAction: "Delete", ...deny })],
    enforced: ["profile|kns.shop|0|allow"],
  },
  ...["Learn", "Ignore"].map((stagedAction) => ({
    name: `a policy that is staged to ${stagedAction} is pending like one to be set`,
    objects: [policy("StagedGlobalNetworkPolicy", "default.s", { stagedAction, ...deny })],
    enforced: ["profile|kns.shop|0|allow"],
    pending: ["default|*default.s|0|deny"],
  })),
  {
    name: "a staged Kubernetes policy",
    objects: [policy("StagedKubernetesNetworkPolicy", "shop/k", { podSelector: {}, policyTypes: ["Ingress"] })],
    enforced: ["profile|kns.shop|0|allow"],
    pending: ["default|*k|end|deny"],
  },
];

describe("traces", () => {
  it.each(TRACES)("$name", ({ objects, enforced, pending = enforced }) => {
    const verdict = ask(testCluster([...WORLD, ...objects]), toApi(WEB));
    expect(verdict.enforced.map(spell)).toEqual(enforced);
    expect(verdict.pending.map(spell)).toEqual(pending);
  });

  it("does not depend on the order in which objects came", () => {
    for (const { objects, enforced } of TRACES) {
      const verdict = ask(testCluster([...objects.toReversed(), ...WORLD.toReversed()]), toApi(WEB));
      expect(verdict.enforced.map(spell)).toEqual(enforced);
    }
  });
});

describe("changes", () => {
  it("take effect on the next packet", () => {
    const cluster = testCluster(WORLD);
    expect(ask(cluster, toApi(WEB)).action).toBe("allow");
    const denying = policy(NP, "shop/default.p", deny);
    cluster.objects.put(denying);
    expect(ask(cluster, toApi(WEB)).action).toBe("deny");
    cluster.objects.remove(denying);
    expect(ask(cluster, toApi(WEB)).action).toBe("allow");
  });

  it("of labels move pods in and out of policies", () => {
    const cluster = testCluster([...WORLD, policy(NP, "shop/default.p", allowFrom({ selector: "tier == 'web'" }))]);
    expect(ask(cluster, toApi(WEB)).action).toBe("deny");
    cluster.objects.put(pod("shop/web", WEB, { labels: { tier: "web" } }));
    expect(ask(cluster, toApi(WEB)).action).toBe("allow");
    cluster.objects.put(namespace("other", { team: "shop" }));
    expect(ask(cluster, toApi(TOOL)).action).toBe("deny");
  });
});

describe("what cannot be programmed", () => {
  it.each([
    ["a selector that does not parse", { selector: "app = 'x'", types: ["Ingress"] }, /selector/u],
    ["an unknown action", { types: ["Ingress"], ingress: [{ action: "Maybe" }] }, /action/u],
    [
      "an unknown field of a rule",
      { types: ["Ingress"], ingress: [{ action: "Deny", http: { methods: ["GET"] } }] },
      /http/u,
    ],
    [
      "domains",
      { types: ["Egress"], egress: [{ action: "Allow", destination: { domains: ["x.example"] } }] },
      /domains/u,
    ],
  ])("%s: the policy is left out and told of, once", (_name, spec, reason) => {
    const cluster = testCluster([...WORLD, policy(NP, "shop/default.p", spec)]);
    expect(ask(cluster, toApi(WEB)).action).toBe("allow");
    cluster.objects.put(namespace("more"));
    ask(cluster, toApi(WEB));
    expect(cluster.notProgrammed).toHaveLength(1);
    expect(cluster.notProgrammed[0]).toMatchObject({ kind: NP, namespace: "shop", name: "default.p" });
    expect(cluster.notProgrammed[0]?.reason).toMatch(reason);
  });
});

describe("endpoints", () => {
  const running = pod("shop/extra", "10.0.0.9");
  const changed = (part: "spec" | "status", change: object): KubeObject => ({
    ...running,
    [part]: { ...(running[part] as object), ...change },
  });
  const at = (value: KubeObject) =>
    testCluster([...WORLD, value])
      .dataplane.program()
      .endpointAt(address("10.0.0.9"));

  it("are pods that run with an address of their own", () => expect(at(running)?.name).toBe("extra"));
  it.each([
    ["share their node's network", changed("spec", { hostNetwork: true })],
    ["are not on a node yet", changed("spec", { nodeName: "" })],
    ["have succeeded", changed("status", { phase: "Succeeded" })],
    ["have failed", changed("status", { phase: "Failed" })],
    ["have no address yet", changed("status", { podIP: undefined })],
  ])("are not pods that %s", (_name, value) => expect(at(value)).toBeUndefined());
});
