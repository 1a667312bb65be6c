import type { EdgeEnd } from "@isthmus/flow-store";
import { endName, type GraphCluster, type GraphLine } from "./graph";

/** The flow page's filter that shows what a line stands for. */
export function lineFlowsQuery(line: GraphLine, clusters: readonly GraphCluster[]): string {
  const edge = line.edges[0];
  if (edge === undefined) return "";
  const single = line.edges.length === 1;
  const terms = [
    ...endTerms("source", edge.source, { clusters, named: single }),
    ...endTerms("dest", edge.dest, { clusters, named: single }),
    ...(edge.port === 0 ? [] : [`port = ${edge.port}`]),
  ];
  return terms.join(" and ");
}

/** The flow page's filter for everything that a card says or is asked. */
export function cardFlowsQuery(end: Pick<EdgeEnd, "namespace" | "name">, cluster: string | undefined): string {
  return [
    ...(cluster === undefined ? [] : [`cluster = ${quote(cluster)}`]),
    `workload = ${quote(end.name)}`,
    ...(end.namespace === "" ? [] : [`namespace = ${quote(end.namespace)}`]),
  ].join(" and ");
}

function endTerms(
  side: "source" | "dest",
  end: EdgeEnd,
  { clusters, named }: { readonly clusters: readonly GraphCluster[]; readonly named: boolean },
): readonly string[] {
  const cluster = clusters.find(({ id }) => id === end.clusterId)?.name;
  return [
    ...(cluster === undefined ? [] : [`${side}.cluster = ${quote(cluster)}`]),
    ...(end.namespace === "" ? [] : [`${side}.namespace = ${quote(end.namespace)}`]),
    ...(named && endName(end) !== "" ? [`${side}.workload = ${quote(end.name)}`] : []),
  ];
}

const quote = (text: string): string => (/^[A-Za-z0-9._/-]+$/.test(text) ? text : `"${text.replaceAll('"', '\\"')}"`);
