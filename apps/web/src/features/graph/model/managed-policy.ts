import type { EdgePolicy } from "@isthmus/flow-store";

/** A policy that is written here. */
export interface ManagedPolicy {
  readonly id: string;
  readonly kind: string;
  readonly tier: string;
  readonly namespace: string;
  readonly name: string;
}

const tracedKinds: Readonly<Record<string, string>> = {
  NetworkPolicy: "CalicoNetworkPolicy",
  GlobalNetworkPolicy: "GlobalNetworkPolicy",
};

const wholeName = (tier: string, name: string): string => (name.startsWith(`${tier}.`) ? name : `${tier}.${name}`);

/** The policy of ours that a trace names; undefined where somebody else wrote it. */
export function managedPolicyOf(
  traced: Pick<EdgePolicy, "kind" | "tier" | "namespace" | "name">,
  policies: readonly ManagedPolicy[],
): ManagedPolicy | undefined {
  return policies.find(
    ({ kind, tier, namespace, name }) =>
      tracedKinds[kind] === traced.kind &&
      tier === traced.tier &&
      namespace === traced.namespace &&
      wholeName(tier, name) === wholeName(tier, traced.name),
  );
}
