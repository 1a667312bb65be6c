import { findPolicy, listClusters, wholeOf, type ClusterRecord, type OrganisationTransaction } from "@isthmus/db";
import type { Permission } from "@isthmus/access";
import { AppError } from "../../../server/errors";
import type { Acting } from "../../audit/server";
import { placeOn, type PlacementProblem } from "../model/placement";

/** Where a policy is, as access sees it. */
export interface PolicyPlace {
  readonly tier: string;
  readonly namespace: string;
}

const problemText = ({ message, hint }: PlacementProblem): string => `clusters: ${message}; ${hint}`;

/**
 * The clusters that a selector matches, of all that there are: whoever may not change one of them is refused when this is
 * authorised. What a person is told is wrong with the selector is said of the clusters that they see.
 */
export async function placedOn(
  tx: OrganisationTransaction,
  selector: string,
): Promise<{ readonly clusters: readonly ClusterRecord[]; readonly problem: AppError | undefined }> {
  const whole = placeOn(selector, await listClusters(wholeOf(tx)));
  if (whole.ok) return { clusters: whole.value, problem: undefined };
  const seen = placeOn(selector, await listClusters(tx));
  const said = seen.ok ? whole.error : seen.error;
  const code = said.code === "placement-no-match" ? "barred" : "invalid-input";
  return { clusters: [], problem: new AppError(code, problemText(said)) };
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

/** Refuses unless the permission is held for the policy in every one of these clusters, none of which is named. */
export function authorizePolicy(
  ctx: Pick<Acting, "authorize">,
  permission: Permission,
  { tier, namespace, clusterIds }: PolicyPlace & { readonly clusterIds: readonly string[] },
): void {
  const where = namespace === "" ? "every namespace" : `the namespace \`${namespace}\``;
  ctx.authorize(
    permission,
    { kind: "policy", tier, namespace, clusterIds: [...new Set(clusterIds)] },
    `You may not ${verbs[permission] ?? "do this"} in the tier \`${tier}\`, for ${where}, in every cluster that this concerns. ` +
      "Place it on clusters that your roles reach, or ask somebody whose roles reach all of them.",
  );
}
