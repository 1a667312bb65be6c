import type { Endpoint } from "../evaluate/endpoint";
import type { Connectivity } from "./connectivity";
import { decisionsAt, type Decision } from "./decide";
import type { EndClass } from "./end-classes";
import { nodeOfClass, seenBy, staysOnNode, versionOf, type Party } from "./parties";
import type { Direction } from "../model/rule";
import { ALL_CONNECTIONS } from "../sets/connection-set";

/** What decides about the connections from one node to another, at each end that is an endpoint and is asked. */
export interface PassageExplanation {
  readonly egress?: readonly Decision[];
  readonly ingress?: readonly Decision[];
}

/** An end of the connections that are explained: a node, and which of its endpoints is meant (default: the first). */
export interface ExplainedEnd {
  readonly node: number;
  readonly endpoint?: Endpoint;
}

interface Asked {
  readonly ends: EndClass;
  readonly endpoint: Endpoint | undefined;
  readonly direction: Direction;
  /** Class of the other end as this one's cluster sees it. */
  readonly peer: number;
}

/** What a pod and its own node say to each other is not decided by policies alone. */
function onOwnNode(
  { analysis, worlds }: Connectivity,
  { ends, direction, peer }: Asked,
  decisions: readonly Decision[],
) {
  const node = ends.kind === "workload" ? ends.node : undefined;
  if (node === undefined || nodeOfClass(analysis, ends.cluster, peer) !== node || ends.unreadable) return decisions;
  if (direction === "ingress") {
    return [{ connections: ALL_CONNECTIONS, verdict: "allow", step: { kind: "own-node", node } } as const];
  }
  const action = worlds[ends.cluster]?.settings.endpointToHost ?? "Accept";
  return decisions.map((decision): Decision =>
    decision.verdict === "allow"
      ? { ...decision, verdict: action === "Drop" ? "deny" : "allow", step: { kind: "endpoint-to-host", action } }
      : decision,
  );
}

function decisionsOf(connectivity: Connectivity, asked: Asked): readonly Decision[] {
  const { ends, direction, peer } = asked;
  const cluster = connectivity.analysis.clusters[ends.cluster];
  const endpoint = asked.endpoint ?? ends.members[0]?.endpoint;
  if (!cluster || !endpoint) return [];
  const subject = cluster.subjects.of(endpoint, direction);
  const { model } = cluster;
  const { profiles } = endpoint;
  const place = { model, own: ends.seen[ends.cluster] ?? 0, peer, profiles };
  return onOwnNode(connectivity, asked, decisionsAt(subject, place));
}

function askedAt(party: Party, other: Party, direction: Direction): Omit<Asked, "endpoint"> | undefined {
  if (party.kind !== "endpoints") return undefined;
  const { ends } = party;
  if (other.kind === "endpoints" && ends.kind === "host" && staysOnNode(ends, other.ends)) return undefined;
  const peer = seenBy(other, ends.cluster);
  return peer < 0 ? undefined : { ends, direction, peer };
}

/** Says what decides about every connection from one node to another; nothing where they cannot meet. */
export function explainPassage(
  connectivity: Connectivity,
  source: ExplainedEnd,
  destination: ExplainedEnd,
): PassageExplanation {
  const { parties } = connectivity.analysis;
  const [from, to] = [parties[source.node], parties[destination.node]];
  if (!from || !to || versionOf(from) !== versionOf(to)) return {};
  const [leaving, reaching] = [askedAt(from, to, "egress"), askedAt(to, from, "ingress")];
  return {
    ...(leaving && { egress: decisionsOf(connectivity, { ...leaving, endpoint: source.endpoint }) }),
    ...(reaching && { ingress: decisionsOf(connectivity, { ...reaching, endpoint: destination.endpoint }) }),
  };
}
