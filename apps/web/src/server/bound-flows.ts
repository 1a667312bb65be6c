import type { FlowReader, Scope, StorageReader, StorageUse } from "@isthmus/flow-store";

/** The evidence store's questions with organisation and permitted clusters already said. */
export type BoundFlows = {
  readonly [K in keyof FlowReader]: FlowReader[K] extends (scope: Scope, ...rest: infer Rest) => infer Answer
    ? (...rest: Rest) => Answer
    : never;
};

/** A scope that knows what is kept, so that no answer passes for whole that is not. */
type KeepingScope = Scope & Required<Pick<Scope, "kept">>;

/** Binds the store to a scope: no feature ever names an organisation. */
export function bindFlows(store: FlowReader, scope: KeepingScope): BoundFlows {
  return {
    flowPage: (request) => store.flowPage(scope, request),
    tailFlows: (request) => store.tailFlows(scope, request),
    flowDetail: (id) => store.flowDetail(scope, id),
    flowFacets: (request) => store.flowFacets(scope, request),
    flowHistogram: (request) => store.flowHistogram(scope, request),
    graphEdges: (range) => store.graphEdges(scope, range),
    edgeTimeseries: (request) => store.edgeTimeseries(scope, request),
    policyHits: (request) => store.policyHits(scope, request),
    completeness: (request) => store.completeness(scope, request),
    changedEdges: (sinceMs) => store.changedEdges(scope, sinceMs),
    edgeGroups: (request) => store.edgeGroups(scope, request),
    topTalkers: (request) => store.topTalkers(scope, request),
    fieldValues: (request) => store.fieldValues(scope, request),
    dnsLogs: (request) => store.dnsLogs(scope, request),
    l7Logs: (request) => store.l7Logs(scope, request),
    auditLogs: (request) => store.auditLogs(scope, request),
  };
}

/** What the organisation stores, all of it: only for who may manage the organisation. */
export type StorageUsed = (asked: { readonly days: number; readonly nowMs: number }) => Promise<readonly StorageUse[]>;

/** Binds the question of storage to the organisation. */
export const bindStorage =
  (store: StorageReader, { organisationId, signal }: Pick<Scope, "organisationId" | "signal">): StorageUsed =>
  (asked) =>
    store.storageUsage({ ...asked, organisationId, signal });
