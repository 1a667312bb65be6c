import type { WorldInput, WorldPod } from "../evaluate/world-input";
import type { JsonObject } from "../json/json";

const CALICO = "projectcalico.org/v3";

const pod = (name: string, more: Partial<WorldPod> = {}): WorldPod => ({
  namespace: "shop",
  name,
  labels: { app: name },
  serviceAccount: "default",
  addresses: [`10.0.0.${name.charCodeAt(0) - 96}`],
  ...more,
});

const policy = (name: string, spec: JsonObject, kind = "GlobalNetworkPolicy"): JsonObject => ({
  apiVersion: CALICO,
  kind,
  metadata: kind.includes("Global") ? { name } : { name, namespace: "shop" },
  spec,
});

const tier = (name: string, order: number, defaultAction = "Deny"): JsonObject => ({
  apiVersion: CALICO,
  kind: "Tier",
  metadata: { name },
  spec: { order, defaultAction },
});

const set = (name: string, nets: readonly string[], labels: JsonObject = { set: name }): JsonObject => ({
  apiVersion: CALICO,
  kind: "GlobalNetworkSet",
  metadata: { name, labels },
  spec: { nets: [...nets] },
});

const allowFrom = (selector: string, more: JsonObject = {}): JsonObject => ({
  action: "Allow",
  source: { selector },
  destination: {},
  ...more,
});

const EMPTY: WorldInput = { namespaces: [], pods: [], manifests: [] };

const base: WorldInput = {
  namespaces: [{ name: "shop", labels: { team: "web" } }],
  pods: [pod("a"), pod("b"), pod("c", { ports: [{ name: "web", protocol: 6, port: 80 }] })],
  manifests: [],
};

const withPolicies = (...manifests: readonly JsonObject[]): WorldInput => ({ ...base, manifests });

const one = policy("one", { tier: "first", order: 1, selector: "app == 'a'", ingress: [allowFrom("app == 'b'")] });
const two = policy("two", { tier: "first", order: 2, selector: "has(app)", ingress: [{ action: "Pass" }] });
const three = policy("three", { tier: "second", selector: "all()", ingress: [allowFrom("app != 'b'")] });
const staged = policy(
  "one",
  { tier: "first", order: 1, selector: "app == 'a'", ingress: [{ action: "Deny" }] },
  "StagedGlobalNetworkPolicy",
);
const named = policy("named", {
  selector: "app == 'c'",
  ingress: [{ action: "Allow", protocol: "TCP", destination: { ports: ["web"] } }],
});
const fromSet = policy("from-set", { selector: "all()", ingress: [allowFrom("set == 'corp'")] });
const fromNets = policy("from-nets", {
  selector: "all()",
  ingress: [{ action: "Allow", source: { nets: ["10.0.0.0/31"] } }],
});
const toService = policy(
  "to-service",
  { selector: "app == 'a'", egress: [{ action: "Allow", destination: { services: { name: "c" } } }] },
  "NetworkPolicy",
);
const byTeam = policy("by-team", {
  selector: "all()",
  namespaceSelector: "team == 'web'",
  egress: [{ action: "Deny" }],
});

/** States that an index is led through, each with a name. */
export const STATES = {
  empty: EMPTY,
  pods: base,
  "one policy": withPolicies(tier("first", 1), one),
  "two in order": withPolicies(tier("first", 1), one, two),
  "two in the other order": withPolicies(tier("first", 1), one, {
    ...two,
    spec: { ...(two.spec as JsonObject), order: 0 },
  }),
  "two tiers": withPolicies(tier("first", 1, "Pass"), tier("second", 2), one, two, three),
  "tiers swapped": withPolicies(tier("first", 3, "Pass"), tier("second", 2), one, two, three),
  "a tier gone": withPolicies(tier("second", 2), one, two, three),
  "staged beside enforced": withPolicies(tier("first", 1), one, two, staged),
  "staged alone": withPolicies(tier("first", 1), staged),
  "default tier by its policy alone": withPolicies(named),
  "other names of ports": {
    ...withPolicies(named),
    pods: [pod("a", { ports: [{ name: "web", protocol: 6, port: 80 }] }), pod("b"), pod("c")],
  },
  "a set holds a pod": withPolicies(fromSet, set("corp", ["10.0.0.2/32", "192.168.0.0/16"])),
  "the set holds another": withPolicies(fromSet, set("corp", ["10.0.0.0/31"])),
  "the set is called otherwise": withPolicies(fromSet, set("corp", ["10.0.0.2/32"], { set: "other" })),
  "two holders of an address": {
    ...withPolicies(fromSet, one, tier("first", 1), set("corp", ["10.0.0.1/32"])),
    pods: [pod("a"), pod("b", { addresses: ["10.0.0.1"] })],
  },
  ranges: withPolicies(fromNets),
  "a service": {
    ...withPolicies(toService),
    services: [{ namespace: "shop", name: "c", targets: [{ address: "10.0.0.3", protocol: 6, port: 80 }] }],
  },
  "the service moved": {
    ...withPolicies(toService),
    services: [{ namespace: "shop", name: "c", targets: [{ address: "10.0.0.2", protocol: 6, port: 80 }] }],
  },
  "the service not known": withPolicies(toService),
  "by team": withPolicies(byTeam),
  "of another team": { ...withPolicies(byTeam), namespaces: [{ name: "shop", labels: { team: "data" } }] },
  "a namespace that is gone": { ...withPolicies(byTeam, named), namespaces: [] },
  "a label that nobody named": {
    ...withPolicies(one, tier("first", 1)),
    pods: [pod("a", { labels: { app: "a", extra: "1" } }), pod("d", { labels: { app: "a" } })],
  },
  "that label named": {
    ...withPolicies(one, tier("first", 1), policy("extra", { selector: "has(extra)", ingress: [{ action: "Deny" }] })),
    pods: [pod("a", { labels: { app: "a", extra: "1" } }), pod("d", { labels: { app: "a" } })],
  },
} satisfies Readonly<Record<string, WorldInput>>;

/** Name of a state. */
export type StateName = keyof typeof STATES;

/** Ways through the states. */
export const SEQUENCES: readonly (readonly StateName[])[] = [
  ["empty", "pods", "one policy", "two in order", "two in the other order", "one policy"],
  ["two tiers", "tiers swapped", "a tier gone", "two tiers", "empty"],
  ["one policy", "staged beside enforced", "staged alone", "one policy"],
  ["pods", "default tier by its policy alone", "other names of ports", "default tier by its policy alone", "pods"],
  ["a set holds a pod", "the set holds another", "the set is called otherwise", "pods", "a set holds a pod"],
  ["two holders of an address", "one policy", "two holders of an address", "a set holds a pod"],
  ["pods", "ranges", "a set holds a pod", "ranges"],
  ["a service", "the service moved", "the service not known", "a service", "pods"],
  ["by team", "of another team", "a namespace that is gone", "by team"],
  ["a label that nobody named", "that label named", "a label that nobody named", "one policy"],
  [
    "two tiers",
    "a service",
    "staged beside enforced",
    "by team",
    "ranges",
    "tiers swapped",
    "that label named",
    "empty",
    "two tiers",
  ],
];
