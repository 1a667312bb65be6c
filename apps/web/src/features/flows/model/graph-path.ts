import type { FlowEnd } from "@isthmus/flow-store";
import { graphCardId, graphLineId, type LineEnd } from "../../../view";
import type { JoinedFlow } from "./report";

/** The graph with the flow's line selected; the graph alone where an end is no workload of a cluster. */
export function graphPath({ source, dest, protocol, port }: Pick<JoinedFlow, "source" | "dest" | "protocol" | "port">) {
  const [from, to] = [lineEnd(source), lineEnd(dest)];
  if (from === undefined || to === undefined) return "/graph";
  const spoken = port === 0 ? protocol : `${protocol} ${port}`;
  const line = graphLineId(graphCardId(from, "source"), graphCardId(to, "dest"), spoken);
  return `/graph?at=${encodeURIComponent(`line:${line}`)}`;
}

function lineEnd({ clusterId, namespace, workloadKind, workloadName }: FlowEnd): LineEnd | undefined {
  return clusterId === null || workloadName === ""
    ? undefined
    : { clusterId, namespace, kind: workloadKind, name: workloadName };
}
