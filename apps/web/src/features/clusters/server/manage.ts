import {
  deleteCluster,
  findCluster,
  listPublications,
  publish,
  revokeCredentials,
  revokeGrants,
  setClusterLabels,
  wholeOf,
  type ClusterRecord,
  type OrganisationTransaction,
} from "@isthmus/db";
import { authorize, widens, type Permission } from "@isthmus/access";
import { accessRelabelled } from "../../../server/authority";
import type { PersonContext } from "../../../server/context";
import { AppError } from "../../../server/errors";
import { Refusal } from "../../../server/refusal";
import { recordAct, type Acting } from "../../audit/server";
import { labelProblems, type ClusterLabels } from "../model/labels";
import { noCluster } from "./read";

interface Wanted {
  readonly id: string;
  readonly permission: Permission;
}

/** A cluster that the person can see and may do this to. */
async function clusterFor(
  tx: OrganisationTransaction,
  ctx: Acting,
  { id, permission }: Wanted,
): Promise<ClusterRecord> {
  const cluster = await findCluster(tx, id);
  if (!cluster) throw noCluster();
  ctx.authorize(permission, { kind: "cluster", clusterId: cluster.id });
  return cluster;
}

type Relabelling = Pick<ClusterRecord, "id" | "labels">;

/** Labels decide where roles reach: nobody widens their own access by them, or hands the cluster out of it. */
async function checkReach(tx: OrganisationTransaction, ctx: Labelling, cluster: Relabelling): Promise<void> {
  const after = await accessRelabelled(wholeOf(tx), ctx.identity, cluster);
  if (!authorize(after, "clusters.manage", { kind: "cluster", clusterId: cluster.id })) {
    throw new Refusal(
      "clusters.manage",
      "With these labels the cluster would leave what you may manage. Somebody whose role has no such limit can set them.",
    );
  }
  if (widens(ctx.access, after).length > 0) {
    throw new Refusal(
      "clusters.manage",
      "With these labels the cluster would come within other roles of yours and widen what you may do. Somebody else has to set them.",
    );
  }
}

type Labelling = Acting & Pick<PersonContext, "identity" | "access">;

const target = ({ id, name }: ClusterRecord) => ({ kind: "cluster", id, name });

/** Replaces a cluster's labels. Policies stay where they were applied: placement is settled when a person applies. */
export async function setLabels(
  ctx: Labelling,
  input: { readonly clusterId: string; readonly labels: ClusterLabels },
): Promise<void> {
  const [problem] = labelProblems(input.labels);
  if (problem) throw new AppError("invalid-input", `${problem.field}: ${problem.message}`);
  await ctx.organisation.transaction(async (tx) => {
    const cluster = await clusterFor(tx, ctx, { id: input.clusterId, permission: "clusters.manage" });
    await checkReach(tx, ctx, { id: cluster.id, labels: input.labels });
    await setClusterLabels(tx, { id: cluster.id, labels: input.labels });
    await recordAct(tx, ctx, {
      action: "cluster.label",
      target: target(cluster),
      detail: { before: { labels: cluster.labels }, after: { labels: input.labels } },
    });
    await publish(tx, { topic: "session", id: cluster.id });
    await publish(tx, { topic: "policy", id: cluster.id });
  });
}

async function revokeAll(tx: OrganisationTransaction, ctx: Acting, clusterId: string) {
  const at = new Date(ctx.server.clock.now());
  const grants = await revokeGrants(tx, { clusterId, by: ctx.person.id, at });
  const credentials = await revokeCredentials(tx, { clusterId, at });
  return { grants: grants.length, credentials };
}

/** Revokes the grants of a cluster that can still be redeemed; its agent stays connected. */
export async function revokeClusterGrants(ctx: Acting, clusterId: string): Promise<{ readonly revoked: number }> {
  return ctx.organisation.transaction(async (tx) => {
    const cluster = await clusterFor(tx, ctx, { id: clusterId, permission: "clusters.manage" });
    const ids = await revokeGrants(tx, { clusterId, by: ctx.person.id, at: new Date(ctx.server.clock.now()) });
    await recordAct(tx, ctx, { action: "grant.revoke", target: target(cluster), detail: { after: { grantIds: ids } } });
    await publish(tx, { topic: "session", id: clusterId });
    return { revoked: ids.length };
  });
}

/** Revokes every grant and credential of a cluster: its session ends at once, its policies stay as they are (I2). */
export async function revokeAgent(
  ctx: Acting,
  clusterId: string,
): Promise<{ readonly grants: number; readonly credentials: number }> {
  return ctx.organisation.transaction(async (tx) => {
    const cluster = await clusterFor(tx, ctx, { id: clusterId, permission: "clusters.manage" });
    const revoked = await revokeAll(tx, ctx, clusterId);
    await recordAct(tx, ctx, { action: "agent.revoke", target: target(cluster), detail: { after: revoked } });
    await publish(tx, { topic: "session", id: clusterId });
    return revoked;
  });
}

/** Takes a cluster out of Isthmus. What was written into it stays there; the page says how to remove it. */
export async function removeCluster(
  ctx: Acting,
  input: { readonly clusterId: string; readonly confirmName: string },
): Promise<void> {
  await ctx.organisation.transaction(async (tx) => {
    const cluster = await clusterFor(tx, ctx, { id: input.clusterId, permission: "clusters.delete" });
    if (input.confirmName !== cluster.name) {
      throw new AppError(
        "barred",
        `This cannot be undone: type the cluster's name, \`${cluster.name}\`, to confirm it.`,
      );
    }
    const publications = await listPublications(wholeOf(tx), cluster.id);
    const revoked = await revokeAll(tx, ctx, cluster.id);
    await deleteCluster(tx, { id: cluster.id, by: ctx.person.id, at: new Date(ctx.server.clock.now()) });
    await recordAct(tx, ctx, {
      action: "cluster.delete",
      target: target(cluster),
      detail: {
        before: { name: cluster.name, labels: cluster.labels, publications: publications.length },
        after: revoked,
      },
    });
    await publish(tx, { topic: "session", id: cluster.id });
    await publish(tx, { topic: "policy", id: cluster.id });
  });
}
