import { listClusters, type ClusterRecord } from "@isthmus/db";
import { clustersInScope, parseScope, parseRange, resolveRange, type Interval, type ViewInput } from "../view";
import type { PersonContext, RequestContext } from "./context";
import { AppError } from "./errors";

/** What a page's scope and time range mean now. */
export interface ResolvedView {
  readonly range: Interval;
  readonly nowMs: number;
  /** The clusters in scope, in order of joining. */
  readonly clusters: readonly ClusterRecord[];
  /** All clusters, to give names to ends that lie outside the scope. */
  readonly allClusters: readonly ClusterRecord[];
  /** Undefined where the scope is every cluster: then nothing need be narrowed. */
  readonly narrowedTo: readonly string[] | undefined;
}

/** Resolves a page's scope and range against the organisation's clusters and the clock. */
export async function resolveView(
  { organisation, server }: Pick<PersonContext, "organisation"> & Pick<RequestContext, "server">,
  view: ViewInput,
): Promise<ResolvedView> {
  const range = parseRange(view.range);
  if (!range.ok) throw new AppError("invalid-input", `The time range in the address is not one: ${range.error}.`);
  const allClusters = await organisation.transaction(listClusters);
  const scope = parseScope(view.scope);
  const clusters = clustersInScope(scope, allClusters);
  const nowMs = server.clock.now();
  return {
    range: resolveRange(range.value, nowMs),
    nowMs,
    clusters,
    allClusters,
    narrowedTo: scope.length === 0 ? undefined : clusters.map((cluster) => cluster.id),
  };
}
