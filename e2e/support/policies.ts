import type { ApiClient } from "../../apps/standalone/src/demo/api-client";

interface Board {
  readonly clusters: readonly { readonly id: string; readonly name: string }[];
  readonly tiers: readonly {
    readonly policies: readonly {
      readonly id: string;
      readonly name: string;
      readonly states: readonly { readonly clusterId: string; readonly state: string; readonly message: string }[];
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

/** What the board says of a policy in one cluster. */
export interface PolicyInCluster {
  readonly cluster: string;
  readonly state: string;
  /** In the cluster's own words; empty where there is nothing to say. */
  readonly message: string;
}

async function inClusters(api: ApiClient, name: string): Promise<readonly PolicyInCluster[]> {
  const { clusters, tiers } = await api.query<Board>("policies.board", { view: { scope: "", range: "15m" } });
  const policy = tiers.flatMap((tier) => tier.policies).find((each) => each.name === name);
  return (policy?.states ?? []).map(({ clusterId, state, message }) => {
    return { cluster: clusters.find(({ id }) => id === clusterId)?.name ?? clusterId, state, message };
  });
}

/** The state of a policy in one cluster, with what the cluster says of it. */
export const policyIn = async (api: ApiClient, name: string, cluster: string): Promise<PolicyInCluster | undefined> =>
  (await inClusters(api, name)).find((each) => each.cluster === cluster);

/** The state of a policy in each cluster, by the cluster's name. */
export async function policyStates(api: ApiClient, name: string): Promise<Readonly<Record<string, string>>> {
  const states = (await inClusters(api, name)).map(({ cluster, state }) => [cluster, state] as const);
  return Object.fromEntries(states.sort(([a], [b]) => (a < b ? -1 : 1)));
}
