import { listDesiredObjects, listDesiredRevisions, type OrganisationClient } from "@isthmus/db";
import type { FlowDetail, FlowSummary, GraphEdge, Reporter } from "@isthmus/flow-store";
import { authorIndex, readAuthorRules, type AuthorRules, type Direction, type RuleHit } from "./author-rules";
import type { BoundFlows } from "./bound-flows";

/** Reads the author's rules of clusters. */
export type AuthorRulesReader = (
  organisation: OrganisationClient,
  clusterIds: readonly string[],
) => Promise<ReadonlyMap<string, AuthorRules>>;

/**
 * Makes the reader, which reads a cluster again when something else is wanted there. A policy that is withdrawn keeps
 * its numbers for as long as the process runs, since flows that it decided are still looked at.
 */
export function createAuthorRulesReader(): AuthorRulesReader {
  const kept = new Map<string, { readonly revision: bigint; readonly rules: AuthorRules }>();
  return (organisation, clusterIds) =>
    organisation.transaction(async (tx) => {
      const read = new Map<string, AuthorRules>();
      for (const { clusterId, revision } of await listDesiredRevisions(tx, [...new Set(clusterIds)])) {
        const key = `${organisation.organisationId}/${clusterId}`;
        const before = kept.get(key);
        const rules =
          before?.revision === revision
            ? before.rules
            : new Map([
                ...(before?.rules ?? []),
                ...readAuthorRules(await listDesiredObjects(tx, { clusterId, since: 0n })),
              ]);
        kept.set(key, { revision, rules });
        read.set(clusterId, rules);
      }
      return read;
    });
}

/** The rules of the clusters asked for. */
type RulesOf = (clusterIds: readonly string[]) => Promise<ReadonlyMap<string, AuthorRules>>;

/**
 * The evidence with rules numbered as their authors wrote them. A policy whose peers live in other clusters has more
 * rules there than its author wrote; wherever a page names one of them, it means the author's.
 */
export function numberByAuthor(flows: BoundFlows, rulesOf: RulesOf): BoundFlows {
  return {
    ...flows,
    flowPage: async (request) => {
      const page = await flows.flowPage(request);
      return { ...page, flows: await renumberFlows(page.flows, rulesOf) };
    },
    tailFlows: async (request) => {
      const tail = await flows.tailFlows(request);
      return { ...tail, flows: await renumberFlows(tail.flows, rulesOf) };
    },
    flowDetail: async (id) => {
      const flow = await flows.flowDetail(id);
      return flow === undefined ? undefined : renumberDetail(flow, await rulesOf([flow.clusterId]));
    },
    graphEdges: async (range) => renumberEdges(await flows.graphEdges(range), rulesOf),
    policyHits: async (request) => {
      const { hits, ...counted } = await flows.policyHits(request);
      const rules = await rulesOf(hits.map(({ clusterId }) => clusterId));
      return { ...counted, hits: hits.map((hit) => renumber(hit, rules.get(hit.clusterId))) };
    },
  };
}

const directionOf = (reporter: Reporter): Direction => (reporter === "source" ? "egress" : "ingress");

const renumber = <T extends RuleHit>(hit: T, rules: AuthorRules | undefined, direction?: Direction): T =>
  rules === undefined ? hit : { ...hit, ruleIndex: authorIndex(rules, hit, direction) };

async function renumberFlows(flows: readonly FlowSummary[], rulesOf: RulesOf): Promise<readonly FlowSummary[]> {
  if (flows.length === 0) return flows;
  const rules = await rulesOf(flows.map(({ clusterId }) => clusterId));
  return flows.map((flow) => renumberSummary(flow, rules.get(flow.clusterId)));
}

const renumberSummary = <T extends FlowSummary>(flow: T, rules: AuthorRules | undefined): T => ({
  ...flow,
  deciding: flow.deciding === null ? null : renumber(flow.deciding, rules, directionOf(flow.reporter)),
});

function renumberDetail(flow: FlowDetail, all: ReadonlyMap<string, AuthorRules>): FlowDetail {
  const rules = all.get(flow.clusterId);
  const direction = directionOf(flow.reporter);
  return {
    ...renumberSummary(flow, rules),
    enforcedTrace: flow.enforcedTrace.map((hit) => renumber(hit, rules, direction)),
    pendingTrace: flow.pendingTrace.map((hit) => renumber(hit, rules, direction)),
  };
}

/** Each end's policies were named by the cluster where that end lives. */
async function renumberEdges(edges: readonly GraphEdge[], rulesOf: RulesOf): Promise<readonly GraphEdge[]> {
  const ids = edges.flatMap(({ source, dest }) => [source.clusterId, dest.clusterId]).filter((id) => id !== null);
  if (ids.length === 0) return edges;
  const rules = await rulesOf(ids);
  return edges.map((edge) => ({
    ...edge,
    policies: edge.policies.map((policy) => {
      const { clusterId } = policy.reporter === "source" ? edge.source : edge.dest;
      return renumber(policy, clusterId === null ? undefined : rules.get(clusterId), directionOf(policy.reporter));
    }),
  }));
}
