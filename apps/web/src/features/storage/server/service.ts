import { findOrganisation, findRetentionSetting, listClusters, putRetentionSetting } from "@isthmus/db";
import { defaultRetention, evidenceKinds, readRetention, type EvidenceKind, type Retention } from "@isthmus/flow-store";
import type { PersonContext, RequestContext } from "../../../server/context";
import { recordAct } from "../../audit/server";
import { amountsBy, averageOf, daysOf, totalOf } from "../model/usage";

type Context = RequestContext & PersonContext;

/** How far back is counted: more than a year of days, beyond which rollups of days are as good as nothing. */
const daysCounted = 400;
const daysShown = 30;

/** What the whole organisation stores by kind and by cluster, and by day, of one cluster where one is named. */
export async function storageOverview(ctx: Context, clusterId: string | null) {
  const nowMs = ctx.server.clock.now();
  const clusters = await ctx.wholeOrganisation.transaction(listClusters);
  const uses = await ctx.storageUsed({ days: daysCounted, nowMs });
  const byKind = amountsBy(uses, ({ kind }) => kind);
  const byCluster = amountsBy(uses, (use) => use.clusterId);
  const known = new Map(clusters.map(({ id, name, ordinal }) => [id, { name, ordinal }]));
  const ofDays = clusterId === null ? uses : uses.filter((use) => use.clusterId === clusterId);
  return {
    nowMs,
    kinds: evidenceKinds.map((kind) => ({
      kind,
      ...(byKind.get(kind) ?? { rows: 0, bytes: 0 }),
      average: averageOf(uses, { kind, nowMs }),
    })),
    // Evidence of a cluster that was deleted stays until its retention ends, and has no name.
    clusters: [...byCluster]
      .map(([id, amount]) => ({
        id,
        ...amount,
        name: known.get(id)?.name ?? null,
        ordinal: known.get(id)?.ordinal ?? 0,
      }))
      .toSorted((a, b) => b.bytes - a.bytes),
    days: daysOf(ofDays, { nowMs, count: daysShown }),
    total: totalOf(uses),
  };
}

const defaultsOf = ({ server }: Context): Retention => defaultRetention(server.config.retentionDays);

/** What is kept how long: as the organisation has set it, and what holds where it has not. */
export async function retentionOf(ctx: Context) {
  const set = await ctx.wholeOrganisation.transaction(findRetentionSetting);
  const defaults = defaultsOf(ctx);
  return { set, defaults, kept: readRetention(set, defaults) };
}

/** Sets what is kept how long; gateways let go of what is older at their next run, within half an hour. */
export const setRetention = (ctx: Context, days: Partial<Record<EvidenceKind, number | undefined>>): Promise<void> =>
  ctx.wholeOrganisation.transaction(async (tx) => {
    const defaults = defaultsOf(ctx);
    const before = readRetention(await findRetentionSetting(tx), defaults);
    const set = Object.fromEntries(
      Object.entries(days).filter((entry): entry is [string, number] => entry[1] !== undefined),
    );
    const after = readRetention(set, defaults);
    await putRetentionSetting(tx, { days: set, by: ctx.person.id, at: new Date(ctx.server.clock.now()) });
    const organisation = await findOrganisation(tx);
    await recordAct(tx, ctx, {
      action: "organisation.retention",
      target: { kind: "organisation", id: ctx.organisationId, name: organisation?.name ?? "" },
      detail: { before, after },
    });
  });
