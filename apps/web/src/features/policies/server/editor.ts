import { listClusters, listTiers } from "@isthmus/db";
import { parseResource } from "@isthmus/policy-engine";
import { checkPolicy } from "../model/check-policy";
import { placeOn } from "../model/placement";
import { selectedWorkloads } from "../model/selects";
import type { Reading } from "./board";
import { readSelectable } from "./workloads";

/** What the editor checks against and places on. */
export async function editorContext({ organisation }: Pick<Reading, "organisation">) {
  return organisation.transaction(async (tx) => ({
    tiers: (await listTiers(tx)).map(({ id, name, order, defaultAction }) => ({ id, name, order, defaultAction })),
    clusters: (await listClusters(tx)).map(({ id, name, ordinal, labels, calicoApi, firstSyncedAt }) => ({
      id,
      name,
      ordinal,
      labels,
      readOnly: calicoApi === "crd.projectcalico.org/v1",
      joined: firstSyncedAt !== null,
    })),
  }));
}

/** Which workloads a text selects in the clusters where it would be placed; null where the text or the placement is wrong. */
export async function textSelects(
  { organisation }: Pick<Reading, "organisation">,
  input: { readonly yaml: string; readonly placement: string },
) {
  return organisation.transaction(async (tx) => {
    const tiers = (await listTiers(tx)).map((tier) => tier.name);
    const { policy } = checkPolicy(input.yaml, { tiers });
    const placed = placeOn(input.placement, await listClusters(tx));
    if (policy === undefined || !placed.ok) return null;
    const parsed = parseResource(policy.manifest);
    if (!parsed.ok || parsed.value.resource.resource !== "policy") return null;
    const { resource } = parsed.value;
    const { pods, inherited } = await readSelectable(tx, {
      clusterIds: placed.value.map(({ id }) => id),
      // A policy of a namespace selects nothing outside of it.
      ...(resource.namespace === "" ? {} : { namespace: resource.namespace }),
    });
    return selectedWorkloads(resource, pods, inherited);
  });
}
