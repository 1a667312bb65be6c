import { randomUUID } from "node:crypto";
import {
  approvePublication,
  countNamespaces,
  countPublished,
  listClusters,
  listDesiredProblems,
  listPublications,
  publish,
  withdrawPublication,
  type ClusterRecord,
  type OrganisationTransaction,
} from "@isthmus/db";
import { z } from "zod";
import type { PersonContext } from "../../../server/context";
import { AppError } from "../../../server/errors";
import { recordAct, type Acting } from "../../audit/server";
import { factsOf, isReadOnly, podRangeOverlaps } from "../../clusters";
import { publicationOffers } from "../model/offers";

const pair = z.object({ sourceClusterId: z.uuid(), namespace: z.string().min(1).max(63), targetClusterId: z.uuid() });

/** Namespaces to publish (or to stop publishing) from one cluster into another. */
export const pairsInput = z.object({ publications: z.array(pair).min(1).max(500) });
export type PairsInput = z.infer<typeof pairsInput>;

function publishingCluster(cluster: ClusterRecord, all: readonly ClusterRecord[]) {
  const sameNetwork = all.filter((other) => other.network === cluster.network);
  return {
    id: cluster.id,
    name: cluster.name,
    ordinal: cluster.ordinal,
    readOnly: isReadOnly(factsOf(cluster)),
    joined: cluster.firstSyncedAt !== null,
    network: cluster.network,
    overlapsWith: podRangeOverlaps(cluster, sameNetwork).map((overlap) => overlap.otherName),
  };
}

const identityProblems = new Set([
  "overlapping-pod-ranges",
  "different-networks",
  "invalid-address",
  "ambiguous-address",
  "would-change-unmanaged-policy",
  "unknown-unmanaged-policy",
  "identity-collision",
]);

interface StoredProblem {
  readonly code: string;
  readonly message: string;
}

function problemsOf(stored: unknown): StoredProblem[] {
  if (!Array.isArray(stored)) return [];
  return stored.flatMap((each: unknown) => {
    if (typeof each !== "object" || each === null || !("code" in each) || !("message" in each)) return [];
    const { code, message } = each;
    return typeof code === "string" && typeof message === "string" && identityProblems.has(code)
      ? [{ code, message }]
      : [];
  });
}

/** What can be published where, what is, and what the compiler could not publish. */
export async function publicationOverview({ organisation }: Pick<PersonContext, "organisation">) {
  return organisation.transaction(async (tx) => {
    const records = await listClusters(tx);
    const clusters = records.map((cluster) => publishingCluster(cluster, records));
    const approved = (await listPublications(tx)).map((each) => ({ ...each, approvedAt: each.approvedAt.getTime() }));
    const offers = publicationOffers({
      clusters,
      namespaces: await countNamespaces(tx),
      approved,
      published: await countPublished(tx),
    });
    const problems = (await listDesiredProblems(tx)).flatMap((row) =>
      problemsOf(row.problems).map((problem) => ({ ...problem, clusterId: row.clusterId })),
    );
    return { clusters, offers, problems };
  });
}

async function checkedClusters(
  tx: OrganisationTransaction,
  { publications }: PairsInput,
): Promise<ReadonlyMap<string, ClusterRecord>> {
  const clusters = new Map((await listClusters(tx)).map((cluster) => [cluster.id, cluster]));
  for (const { sourceClusterId, targetClusterId } of publications) {
    if (!clusters.has(sourceClusterId) || !clusters.has(targetClusterId)) {
      throw new AppError("not-found", "One of these clusters is not there any more. Reload the page.");
    }
    if (sourceClusterId === targetClusterId)
      throw new AppError("invalid-input", "A cluster's identities are not published into itself.");
  }
  return clusters;
}

/** Publishing concerns both clusters: where the identities are, and where they become known. */
function authorizeEnds(ctx: Acting, { publications }: PairsInput): void {
  for (const { sourceClusterId, namespace, targetClusterId } of publications) {
    for (const clusterId of [sourceClusterId, targetClusterId]) {
      ctx.authorize("publications.approve", { kind: "place", clusterId, namespace });
    }
  }
}

/** Two clusters whose pods may share an address are no peers: approving would say that something is published, and nothing is. */
function refuseOverlaps(clusters: ReadonlyMap<string, ClusterRecord>, { publications }: PairsInput): void {
  for (const { sourceClusterId, targetClusterId } of publications) {
    const [source, target] = [clusters.get(sourceClusterId), clusters.get(targetClusterId)];
    if (!source || !target || source.network !== target.network) continue;
    const [overlap] = podRangeOverlaps(source, [target]);
    if (!overlap) continue;
    const ranges = `${overlap.range} of ${source.name} and ${overlap.otherRange} of ${target.name}`;
    throw new AppError(
      "barred",
      `Pod ranges overlap (${ranges}), so an address there does not tell whose it is. Nothing is approved: leave this pair out.`,
    );
  }
}

async function afterChange(tx: OrganisationTransaction, { publications }: PairsInput): Promise<void> {
  for (const id of new Set(publications.map((each) => each.targetClusterId)))
    await publish(tx, { topic: "policy", id });
}

const targetOf = (cluster: ClusterRecord | undefined) => ({
  kind: "cluster",
  id: cluster?.id ?? "",
  name: cluster?.name ?? "",
});

/** A person approves that the workloads of these namespaces are known in those clusters (decision 7). */
export async function approvePublications(ctx: Acting, input: PairsInput): Promise<{ readonly approved: number }> {
  return ctx.organisation.transaction(async (tx) => {
    const clusters = await checkedClusters(tx, input);
    authorizeEnds(ctx, input);
    refuseOverlaps(clusters, input);
    const at = new Date(ctx.server.clock.now());
    let approved = 0;
    for (const publication of input.publications) {
      if (!(await approvePublication(tx, { ...publication, id: randomUUID(), by: ctx.person.id, at }))) continue;
      approved += 1;
      await recordAct(tx, ctx, {
        action: "publication.approve",
        target: targetOf(clusters.get(publication.targetClusterId)),
        detail: {
          after: {
            from: clusters.get(publication.sourceClusterId)?.name,
            namespace: publication.namespace,
            into: clusters.get(publication.targetClusterId)?.name,
          },
        },
      });
    }
    await afterChange(tx, input);
    return { approved };
  });
}

/** Withdraws approvals: the sets go from the clusters, and rules that named those workloads match nothing remote. */
export async function withdrawPublications(ctx: Acting, input: PairsInput): Promise<{ readonly withdrawn: number }> {
  return ctx.organisation.transaction(async (tx) => {
    const clusters = await checkedClusters(tx, input);
    authorizeEnds(ctx, input);
    const at = new Date(ctx.server.clock.now());
    let withdrawn = 0;
    for (const publication of input.publications) {
      if (!(await withdrawPublication(tx, { ...publication, by: ctx.person.id, at }))) continue;
      withdrawn += 1;
      await recordAct(tx, ctx, {
        action: "publication.withdraw",
        target: targetOf(clusters.get(publication.targetClusterId)),
        detail: {
          before: {
            from: clusters.get(publication.sourceClusterId)?.name,
            namespace: publication.namespace,
            into: clusters.get(publication.targetClusterId)?.name,
          },
        },
      });
    }
    await afterChange(tx, input);
    return { withdrawn };
  });
}
