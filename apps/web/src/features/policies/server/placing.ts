import { findPolicy, listClusters, wholeOf, type ClusterRecord, type OrganisationTransaction } from "@isthmus/db";
import type { Limit, Permission } from "@isthmus/access";
import { AppError } from "../../../server/errors";
import type { Acting } from "../../audit/server";
import { placeOn, type PlacementProblem } from "../model/placement";

/** Where a policy is, as access sees it. */
export interface PolicyPlace {
  readonly tier: string;
  readonly namespace: string;
}

const problemText = ({ message, hint }: PlacementProblem): string => `clusters: ${message}; ${hint}`;

const isNoMatch = ({ code }: PlacementProblem): boolean => code === "placement-no-match";

/** What a selector matches. */
interface PlacedOn {
  readonly clusters: readonly ClusterRecord[];
  /** Whether it matches none of the clusters in sight, whatever it matches out of sight. */
  readonly matchesNone: boolean;
  readonly problem: AppError | undefined;
}

/**
 * The clusters that a selector matches, of all that there are: whoever may not change one of them is refused when this is
 * authorised. What a person is told is wrong with the selector is said of the clusters that they see.
 */
export async function placedOn(tx: OrganisationTransaction, selector: string): Promise<PlacedOn> {
  const whole = placeOn(selector, await listClusters(wholeOf(tx)));
  const seen = placeOn(selector, await listClusters(tx));
  const matchesNone = !seen.ok && isNoMatch(seen.error);
  if (whole.ok) return { clusters: whole.value, matchesNone, problem: undefined };
  const said = seen.ok ? whole.error : seen.error;
  const code = isNoMatch(said) ? "barred" : "invalid-input";
  return { clusters: [], matchesNone, problem: new AppError(code, problemText(said)) };
}

/** The clusters where a policy holds now, those out of sight included. */
export async function appliedOn(tx: OrganisationTransaction, policyId: string): Promise<readonly string[]> {
  const application = (await findPolicy(wholeOf(tx), policyId))?.application;
  return application?.action === "apply" ? application.clusterIds : [];
}

const verbs: Partial<Record<Permission, string>> = {
  "policies.write": "write policies",
  "policies.apply": "apply policies",
};

const isIn = (limit: Limit, name: string): boolean => limit === "all" || limit.has(name);

type Asking = Pick<Acting, "access" | "authorize">;

/** Whether the permission is held for the policy in some cluster. */
function holdsSomewhere({ access }: Asking, permission: Permission, { tier, namespace }: PolicyPlace): boolean {
  return access.boxes(permission).some((box) => isIn(box.tiers, tier) && isIn(box.namespaces, namespace));
}

/** What a policy concerns; `matchesNone` of its placement, where that is what has to be mended. */
export interface ConcernedPolicy extends PolicyPlace {
  readonly clusterIds: readonly string[];
  readonly matchesNone?: boolean;
}

/** Refuses unless the permission is held for the policy in every one of these clusters, none of which is named. */
export function authorizePolicy(ctx: Asking, permission: Permission, policy: ConcernedPolicy): void {
  const { tier, namespace, clusterIds, matchesNone = false } = policy;
  const where = namespace === "" ? "every namespace" : `the namespace \`${namespace}\``;
  const why =
    matchesNone && holdsSomewhere(ctx, permission, policy)
      ? "The placement matches no cluster that you can see. "
      : `You may not ${verbs[permission] ?? "do this"} in the tier \`${tier}\`, for ${where}, in every cluster that this concerns. `;
  ctx.authorize(
    permission,
    { kind: "policy", tier, namespace, clusterIds: [...new Set(clusterIds)] },
    `${why}Place it on clusters that your roles reach, or ask somebody whose roles reach all of them.`,
  );
}

/** Refuses unless the permission is held for the policy, in some cluster where it is placed in none. */
export function authorizePolicySomewhere(ctx: Asking, permission: Permission, policy: ConcernedPolicy): void {
  if (policy.clusterIds.length === 0 && holdsSomewhere(ctx, permission, policy)) return;
  authorizePolicy(ctx, permission, policy);
}
