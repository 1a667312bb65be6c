import { allOf, oneOf, onPorts, type Filter } from "@isthmus/flow-filter";
import type { FlowDetail, FlowEnd, FlowFilter, FlowSummary } from "@isthmus/flow-store";
import type { PersonContext, RequestContext } from "../../../server/context";
import { AppError } from "../../../server/errors";
import { resolveView, type ResolvedView } from "../../../server/view";
import type { ViewInput } from "../../../view";
import { conversationOf } from "../model/report";
import { stepSecondsFor } from "../model/histogram";
import { isOneEnded, storeFilter } from "./filter";

type Context = PersonContext & Pick<RequestContext, "server">;

export interface FlowQuery {
  readonly view: ViewInput;
  readonly q: string;
}

const clusterNames = ({ allClusters }: ResolvedView) =>
  allClusters.map(({ id, name, ordinal }) => ({ id, name, ordinal }));

/** A cursor comes from the store, and may come back as anything. */
function refuseCursor(error: unknown): never {
  if (error instanceof RangeError) throw new AppError("invalid-input", "This is not a cursor of a page of flows.");
  throw error;
}

/** A page of reports, newest first; the first page also begins the tail that follows it. */
export async function flowsPage(
  ctx: Context,
  { view: input, q, cursor, limit }: FlowQuery & { readonly cursor: string | undefined; readonly limit: number },
) {
  const view = await resolveView(ctx, input);
  const filter = storeFilter(q, view);
  // The tail begins before the page is read: what arrives between the two comes twice and is shown once.
  const tail = cursor === undefined ? await ctx.flows.tailFlows({ filter, limit: 1, nowMs: view.nowMs }) : undefined;
  const page = await ctx.flows
    .flowPage({
      range: view.range,
      filter,
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    })
    .catch(refuseCursor);
  return {
    flows: page.flows,
    otherEnds: await otherEnds(ctx, { flows: page.flows, filter }),
    next: page.next,
    tail: tail?.cursor ?? null,
    fromMs: view.range.fromMs,
    clusters: clusterNames(view),
  };
}

/** Reports that were stored since the cursor, and the cursor for the next time. */
export async function flowsSince(ctx: Context, { view: input, q, cursor }: FlowQuery & { readonly cursor: string }) {
  const view = await resolveView(ctx, input);
  const filter = storeFilter(q, view);
  const tail = await ctx.flows.tailFlows({ filter, limit: 500, cursor, nowMs: view.nowMs });
  return {
    flows: tail.flows,
    otherEnds: await otherEnds(ctx, { flows: tail.flows, filter }),
    cursor: tail.cursor,
    skipped: tail.skipped,
    fromMs: view.range.fromMs,
  };
}

const otherEndsLimit = 1_000;

/** The other ends' reports of the same traffic, where the filter holds for one end only: a denial here was let go there. */
async function otherEnds(
  ctx: Context,
  { flows, filter }: { readonly flows: readonly FlowSummary[]; readonly filter: FlowFilter },
): Promise<readonly FlowSummary[]> {
  if (flows.length === 0 || !isOneEnded(filter)) return [];
  const conversations = new Set(flows.map(conversationOf));
  const shown = new Set(flows.map((flow) => flow.id));
  const range = {
    fromMs: Math.min(...flows.map((flow) => flow.bucketStartMs)),
    toMs: Math.max(...flows.map((flow) => flow.bucketEndMs)),
  };
  const page = await ctx.flows.flowPage({
    range,
    limit: otherEndsLimit,
    filter: { where: allOf(pairTerms(flows)) },
  });
  return page.flows.filter((flow) => !shown.has(flow.id) && conversations.has(conversationOf(flow)));
}

/** The ends and ports of some flows. A hidden end has no name to ask for: then the other one narrows alone. */
function pairTerms(flows: readonly FlowSummary[]): readonly Filter[] {
  const named = (field: "source.workload" | "dest.workload", ends: readonly FlowEnd[]) => {
    const names = [...new Set(ends.map(nameOf))];
    return names.includes("") ? [] : [oneOf(field, names)];
  };
  return [
    ...named(
      "source.workload",
      flows.map(({ source }) => source),
    ),
    ...named(
      "dest.workload",
      flows.map(({ dest }) => dest),
    ),
    onPorts([...new Set(flows.map(({ destPort }) => destPort))]),
  ];
}

const nameOf = (end: FlowEnd) => (end.workloadName === "" ? end.name : end.workloadName);

/** Reports by verdict over the range, in steps that fit the page. */
export async function flowsHistogram(ctx: Context, { view: input, q }: FlowQuery) {
  const view = await resolveView(ctx, input);
  const stepSeconds = stepSecondsFor(view.range);
  const steps = await ctx.flows.flowHistogram({ range: view.range, filter: storeFilter(q, view), stepSeconds });
  return { range: view.range, stepSeconds, steps };
}

/** The commonest values, with clusters by name. */
export async function flowsFacets(ctx: Context, { view: input, q }: FlowQuery) {
  const view = await resolveView(ctx, input);
  const facets = await ctx.flows.flowFacets({ range: view.range, filter: storeFilter(q, view) });
  const names = new Map(view.allClusters.map((cluster) => [cluster.id, cluster]));
  return {
    ...facets,
    clusters: facets.clusters.flatMap(({ value, flows }) => {
      const cluster = names.get(value);
      return cluster === undefined ? [] : [{ value: cluster.name, ordinal: cluster.ordinal, flows }];
    }),
  };
}

/** One report with its trace, and the other end's report of the same traffic where there is one. */
export async function flowWithOtherEnd(ctx: Context, id: string) {
  const flow = await ctx.flows.flowDetail(id);
  if (flow === undefined) {
    throw new AppError(
      "not-found",
      "There is no such flow: its evidence was older than what is kept, or the address is wrong.",
    );
  }
  const clusters = (await resolveView(ctx, { scope: "", range: "1h" })).allClusters;
  return {
    flow,
    other: await otherEndOf(ctx, flow),
    clusters: clusters.map(({ id: clusterId, name, ordinal }) => ({ id: clusterId, name, ordinal })),
  };
}

/** The other end's report, which is made where that end lives: none of an end of no cluster, or of one out of sight. */
async function otherEndOf(ctx: Context, flow: FlowDetail): Promise<FlowDetail | null> {
  const { clusterId } = flow.reporter === "source" ? flow.dest : flow.source;
  // The caller's denial reached nobody; the called end's report came with packets that the caller let go.
  if (clusterId === null || (flow.reporter === "source" && flow.action === "deny")) return null;
  const page = await ctx.flows.flowPage({
    range: { fromMs: flow.bucketStartMs, toMs: flow.bucketEndMs },
    limit: 200,
    within: [...new Set([flow.clusterId, clusterId])],
    filter: {
      where: allOf([...pairTerms([flow]), oneOf("reporter", [flow.reporter === "source" ? "destination" : "source"])]),
    },
  });
  const other = page.flows.find(
    (each) =>
      conversationOf(each) === conversationOf(flow) && (each.reporter === "destination" || each.action !== "deny"),
  );
  return other === undefined ? null : ((await ctx.flows.flowDetail(other.id)) ?? null);
}
