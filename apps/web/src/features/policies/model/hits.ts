import { groupBy } from "@isthmus/std";

/** One line of the evidence store's count of policy hits. */
export interface HitLine {
  readonly kind: string;
  readonly tier: string;
  readonly namespace: string;
  readonly name: string;
  readonly clusterId: string;
  readonly ruleIndex: number;
  readonly action: string;
  readonly pending: boolean;
  readonly flows: number;
  readonly connections: number;
}

/** What the evidence store counted; not `complete` where it had too much to count. */
export interface CountedHits {
  readonly hits: readonly HitLine[];
  readonly complete: boolean;
}

/** Said where hits are shown that are not all. */
export const INCOMPLETE_HITS = "too many policies and places to count all; narrow the range";

/** How often a policy decided over a range. */
export interface HitTotals {
  readonly connections: number;
  readonly denied: number;
  /** Connections by rule: index of the rule in its direction, -1 where none matched. */
  readonly rules: readonly { readonly ruleIndex: number; readonly action: string; readonly connections: number }[];
}

/** A policy as hits name it. */
export interface HitName {
  readonly kind: string;
  readonly tier: string;
  readonly namespace: string;
  readonly name: string;
}

const goldmaneKinds: Readonly<Record<string, "CalicoNetworkPolicy" | "GlobalNetworkPolicy">> = {
  NetworkPolicy: "CalicoNetworkPolicy",
  GlobalNetworkPolicy: "GlobalNetworkPolicy",
};

// Kubernetes names hold no slash.
const keyOf = (...parts: readonly string[]): string => parts.join("/");

/** Enforced hits by what they were met by. */
export type HitIndex = ReadonlyMap<string, readonly HitLine[]>;

/** Puts hits in order once, however many policies are asked for. */
export const indexHits = (hits: readonly HitLine[]): HitIndex =>
  groupBy(
    hits.filter((hit) => !hit.pending),
    ({ kind, tier, namespace, name }) => keyOf(kind, tier, namespace, name),
  );

/** Goldmane names a policy with or without its tier in front, as the cluster's Calico stores it. */
export const goldmaneNames = ({ kind, tier, namespace, name }: HitName) => ({
  kind: goldmaneKinds[kind] ?? ("Unknown" as const),
  tier,
  namespace,
  names: name.startsWith(`${tier}.`) ? [name, name.slice(tier.length + 1)] : [name],
});

function hitsOf(index: HitIndex, policy: HitName): readonly HitLine[] {
  const { kind, tier, namespace, names } = goldmaneNames(policy);
  return names.flatMap((each) => index.get(keyOf(kind, tier, namespace, each)) ?? []);
}

/** Adds up the enforced hits of one policy over the clusters given. */
export function hitTotals(index: HitIndex, policy: HitName): HitTotals {
  const own = hitsOf(index, policy);
  const rules = new Map<string, { ruleIndex: number; action: string; connections: number }>();
  for (const hit of own) {
    const rule = `${hit.ruleIndex} ${hit.action}`;
    const seen = rules.get(rule);
    rules.set(rule, {
      ruleIndex: hit.ruleIndex,
      action: hit.action,
      connections: (seen?.connections ?? 0) + hit.connections,
    });
  }
  const sum = (lines: readonly HitLine[]) => lines.reduce((total, hit) => total + hit.connections, 0);
  return {
    connections: sum(own),
    denied: sum(own.filter((hit) => hit.action === "deny")),
    rules: [...rules.values()].sort((a, b) => a.ruleIndex - b.ruleIndex),
  };
}
