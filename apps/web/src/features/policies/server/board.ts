import { listInventoryOfKinds, listTiers, type PolicyListRecord, type TierRecord } from "@isthmus/db";
import { groupBy } from "@isthmus/std";
import type { PersonContext, RequestContext } from "../../../server/context";
import { resolveView } from "../../../server/view";
import type { ViewInput } from "../../../view";
import { isProblemState } from "../model/cluster-state";
import { goldmaneNames, hitTotals, indexHits, type CountedHits, type HitIndex, type HitName } from "../model/hits";
import { groupUnmanaged } from "../model/unmanaged";
import { readPolicyStates, type PlacedState, type PolicyStates } from "./states";

/** What reading policies needs of a request. */
export type Reading = Pick<PersonContext, "organisation" | "flows"> & Pick<RequestContext, "server" | "log">;

const policyKinds = [
  "NetworkPolicy",
  "GlobalNetworkPolicy",
  "StagedNetworkPolicy",
  "StagedGlobalNetworkPolicy",
  "StagedKubernetesNetworkPolicy",
  "ClusterNetworkPolicy",
];

/** Hits of all policies or of one over the view's range; null where the evidence store does not answer: then they are unknown, not zero. */
export async function readHits(ctx: Reading, view: ViewInput, policy?: HitName): Promise<CountedHits | null> {
  const { range, narrowedTo } = await resolveView(ctx, view);
  try {
    const { hits, complete } = await ctx.flows.policyHits(
      policy === undefined ? range : { ...range, policy: goldmaneNames(policy) },
    );
    if (narrowedTo === undefined) return { hits, complete };
    return { hits: hits.filter((hit) => narrowedTo.includes(hit.clusterId)), complete };
  } catch (error) {
    ctx.log.warn({ err: error }, "policy hits could not be read");
    return null;
  }
}

/** How a policy stands: applied, saved and not applied, or withdrawn. */
export function modeOf(policy: PolicyListRecord): "enforced" | "draft" | "withdrawn" {
  if (policy.application === null) return "draft";
  return policy.application.action === "apply" ? "enforced" : "withdrawn";
}

const shortName = (policy: PolicyListRecord, tier: TierRecord): string =>
  policy.name.startsWith(`${tier.name}.`) ? policy.name.slice(tier.name.length + 1) : policy.name;

function cardOf(
  policy: PolicyListRecord,
  tier: TierRecord,
  { states, hits }: { states: readonly PlacedState[]; hits: HitIndex | null },
) {
  const wanted = states.filter((state) => state.wanted);
  return {
    id: policy.id,
    kind: policy.kind,
    namespace: policy.namespace,
    name: policy.name,
    shortName: shortName(policy, tier),
    mode: modeOf(policy),
    newestNumber: policy.newest?.number ?? null,
    appliedNumber: policy.applied?.number ?? null,
    placementSelector: (policy.applied ?? policy.newest)?.placementSelector ?? "",
    placed: wanted.length,
    applied: wanted.filter((state) => state.state === "applied").length,
    states: states.map(({ clusterId, state, was, message, wanted: isWanted }) => ({
      clusterId,
      state,
      was: was ?? null,
      message,
      wanted: isWanted,
    })),
    problems: states.filter((state) => isProblemState(state.state)).length,
    warnings: states.flatMap((state) =>
      state.warnings.map((warning) => ({ clusterId: state.clusterId, message: warning.message })),
    ),
    hits: hits === null ? null : hitTotals(hits, { ...policy, tier: tier.name }),
  };
}

const isManaged = (labels: Readonly<Record<string, string>>): boolean => labels["isthmus.io/managed"] === "true";

const clusterOf = ({ clusters, reachability }: PolicyStates) =>
  clusters.map(({ id, name, ordinal, labels, firstSyncedAt }) => ({
    id,
    name,
    ordinal,
    labels,
    joined: firstSyncedAt !== null,
    readOnly: reachability.get(id)?.readOnly ?? false,
    unknownSince: reachability.get(id)?.unknownSince ?? null,
  }));

/** The board: tiers in order with their policies, the clusters, and what is not ours beside. */
export async function policyBoard(ctx: Reading, view: ViewInput) {
  const now = ctx.server.clock.now();
  const hits = await readHits(ctx, view);
  return ctx.organisation.transaction(async (tx) => {
    const tiers = await listTiers(tx);
    const read = await readPolicyStates(tx, now);
    const index = hits === null ? null : indexHits(hits.hits);
    const unmanaged = (await listInventoryOfKinds(tx, policyKinds)).filter((each) => !isManaged(each.labels));
    const byTier = groupBy(read.policies, ({ tierId }) => tierId);
    return {
      now,
      clusters: clusterOf(read),
      hitsKnown: hits !== null,
      hitsComplete: hits?.complete ?? false,
      tiers: tiers.map((tier) => ({
        ...tier,
        policies: (byTier.get(tier.id) ?? []).map((policy) =>
          cardOf(policy, tier, { states: read.states.get(policy.id) ?? [], hits: index }),
        ),
      })),
      unmanaged: groupUnmanaged(unmanaged),
    };
  });
}
