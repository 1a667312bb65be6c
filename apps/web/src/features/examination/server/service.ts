import {
  askForExamination,
  findCluster,
  listClusters,
  listExaminations,
  wholeOf,
  type ClusterRecord,
  type ExaminationRecord,
  type OrganisationTransaction,
} from "@isthmus/db";
import type { PersonContext, RequestContext } from "../../../server/context";
import { AppError } from "../../../server/errors";
import { resolveView } from "../../../server/view";
import type { ViewInput } from "../../../view";
import { recordAct, type Acting } from "../../audit/server";
import { factsOf, podRangeOverlaps } from "../../clusters";
import { lacksOf, type LackingCluster } from "../model/lacks";
import { meshFindings } from "../model/mesh-findings";

type Reading = Pick<PersonContext, "organisation"> & Pick<RequestContext, "server">;

/** An examination takes a second or two; an answer that has not come by then is not waited for. */
const answerWithinMs = 30_000;

const noCluster = () =>
  new AppError("not-found", "There is no such cluster. It may have been removed; go back to the list.");

const none = ({ session }: ClusterRecord): Omit<ExaminationRecord, "clusterId" | "findings"> => ({
  examinedAt: null,
  receivedAt: null,
  tookMs: 0,
  agentVersion: session?.agentVersion ?? "",
  waitingSince: null,
});

/** The newest examination of a cluster, with what only the management plane can compare. */
export async function examinationOf({ organisation, server }: Reading, clusterId: string) {
  return organisation.transaction(async (tx) => {
    const cluster = await findCluster(tx, clusterId);
    if (!cluster) throw noCluster();
    const [examination] = await listExaminations(tx, clusterId);
    const { examinedAt, receivedAt, tookMs, agentVersion, waitingSince } = examination ?? none(cluster);
    const findings = [...(await meshOf(tx, cluster)), ...(examination?.findings ?? [])];
    return { now: server.clock.now(), examinedAt, receivedAt, tookMs, agentVersion, waitingSince, findings };
  });
}

async function meshOf(tx: OrganisationTransaction, cluster: ClusterRecord) {
  if (cluster.factsAt === null) return [];
  const seen = new Set((await listClusters(tx)).map(({ id }) => id));
  const all = await listClusters(wholeOf(tx));
  // One that has not joined has no pods that anybody could meet.
  const others = all.filter(
    (each) => each.id !== cluster.id && each.network === cluster.network && each.firstSyncedAt !== null,
  );
  const shared = podRangeOverlaps(cluster, others).map(({ otherId, otherName, range, otherRange }) => ({
    ...(seen.has(otherId) ? { otherName, otherRange } : { otherName: undefined, otherRange: "" }),
    range,
  }));
  const inSight = others.filter(({ id }) => seen.has(id));
  const outOfSight = others.filter(({ id }) => !seen.has(id));
  const isUntold = ({ podCidrs }: ClusterRecord): boolean => podCidrs.length === 0;
  return meshFindings({
    podCidrs: cluster.podCidrs,
    network: cluster.network,
    others: inSight.length,
    untold: inSight.filter(isUntold).length,
    unseen: { any: outOfSight.length > 0, untold: outOfSight.some(isUntold) },
    shared,
    clockOffsetMs: cluster.session?.clockOffsetMs ?? undefined,
  });
}

/** Asks the cluster's agent to examine it again; an examination that was asked for a moment ago serves both. */
export async function askAgain(ctx: Acting, clusterId: string) {
  const now = ctx.server.clock.now();
  return ctx.organisation.transaction(async (tx) => {
    const cluster = await findCluster(tx, clusterId);
    if (!cluster) throw noCluster();
    ctx.authorize("clusters.manage", { kind: "cluster", clusterId });
    const unlessSince = new Date(now - answerWithinMs);
    const asked = await askForExamination(tx, { clusterId, at: new Date(now), unlessSince });
    await recordAct(tx, ctx, {
      action: "cluster.examine",
      target: { kind: "cluster", id: cluster.id, name: cluster.name },
      detail: asked ? {} : { note: "one that was asked for a moment ago serves this, too" },
    });
    return { asked };
  });
}

/** The clusters of a page's scope with what each cannot give, by what their agents last said. */
export async function lackingClusters(
  ctx: PersonContext & Pick<RequestContext, "server">,
  input: ViewInput,
): Promise<readonly LackingCluster[]> {
  const { clusters } = await resolveView(ctx, input);
  return clusters.map((cluster) => {
    const { id, name, ordinal, firstSyncedAt } = cluster;
    const facts = factsOf(cluster);
    return { id, name, ordinal, lacks: facts === undefined || firstSyncedAt === null ? [] : lacksOf(facts) };
  });
}
