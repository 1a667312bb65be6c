import type { ApiClient } from "../../apps/standalone/src/demo/api-client";

interface Board {
  readonly clusters: readonly { readonly id: string; readonly name: string }[];
  readonly tiers: readonly {
    readonly policies: readonly {
      readonly id: string;
      readonly name: string;
      readonly states: readonly { readonly clusterId: string; readonly state: string }[];
    }[];
  }[];
}

/** A policy and the revision of it that was saved or applied. */
export interface AppliedPolicy {
  readonly policyId: string;
  readonly revisionId: string;
}

/** Saves the YAML as a revision of a new policy for the clusters that the label selector chooses. */
export const savePolicy = (api: ApiClient, yaml: string, placement = "all()"): Promise<AppliedPolicy> =>
  api.mutate<AppliedPolicy>("policies.saveRevision", { yaml, placement, comment: "" });

/** Applies a saved revision. */
export const applyRevision = (api: ApiClient, { policyId, revisionId }: AppliedPolicy): Promise<unknown> =>
  api.mutate("policies.applyRevision", { policyId, revisionId, comment: "" });

/** Saves the YAML as a revision and applies it to the clusters that the label selector chooses. */
export async function applyPolicy(api: ApiClient, yaml: string, placement = "all()"): Promise<AppliedPolicy> {
  const saved = await savePolicy(api, yaml, placement);
  await applyRevision(api, saved);
  return saved;
}

/** The state of a policy in each cluster, by the cluster's name. */
export async function policyStates(api: ApiClient, name: string): Promise<Readonly<Record<string, string>>> {
  const { clusters, tiers } = await api.query<Board>("policies.board", { view: { scope: "", range: "15m" } });
  const policy = tiers.flatMap((tier) => tier.policies).find((each) => each.name === name);
  const named = (policy?.states ?? []).map(
    ({ clusterId, state }) => [clusters.find(({ id }) => id === clusterId)?.name ?? clusterId, state] as const,
  );
  return Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1)));
}
