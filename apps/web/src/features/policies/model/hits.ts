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

const goldmaneKinds: Readonly<Record<string, string>> = {
  NetworkPolicy: "CalicoNetworkPolicy",
  GlobalNetworkPolicy: "GlobalNetworkPolicy",
};

/** Goldmane names a policy with or without its tier in front, as the cluster's Calico stores it. */
function isHitOf(hit: HitName, policy: HitName): boolean {
  return (
    hit.kind === (goldmaneKinds[policy.kind] ?? policy.kind) &&
    hit.tier === policy.tier &&
    hit.namespace === policy.namespace &&
    (hit.name === policy.name || `${policy.tier}.${hit.name}` === policy.name)
  );
}

/** Adds up the enforced hits of one policy over the clusters given. */
export function hitTotals(hits: readonly HitLine[], policy: HitName): HitTotals {
  const own = hits.filter((hit) => !hit.pending && isHitOf(hit, policy));
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
