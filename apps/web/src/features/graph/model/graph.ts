import type { EdgeCounts, EdgeEnd, EdgePolicy, GraphEdge } from "@isthmus/flow-store";

/** What the graph needs to know of a cluster. */
export interface GraphCluster {
  readonly id: string;
  readonly name: string;
  /** Order of joining: decides its colour. */
  readonly ordinal: number;
  readonly jurisdiction: string;
}

/** A place on the graph: a cluster, or what lies outside all of them. */
export interface GraphFrame {
  readonly id: string;
  readonly name: string;
  readonly cluster: GraphCluster | null;
  readonly groups: readonly GraphGroup[];
}

/** A namespace within a cluster; frames outside clusters have one group without a name. */
export interface GraphGroup {
  readonly id: string;
  readonly name: string;
  readonly cards: readonly GraphCard[];
}

/** A workload, an outside end, or a folded namespace. */
export interface GraphCard {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly clusterId: string | null;
  readonly namespace: string;
  /** Ports it answers on, lowest first; text such as "tcp 6379". */
  readonly ports: readonly string[];
  /** Workloads inside a folded card; 0 for a plain one. */
  readonly folded: number;
}

/** What a line on the graph says: "mixed" where some connections were allowed and others denied. */
export type EdgeVerdict = "allow" | "deny" | "mixed" | "staged" | "unknown";

/** A line between two cards at one port (several, where an end is folded). */
export interface GraphLine {
  readonly id: string;
  readonly sourceId: string;
  readonly destId: string;
  /** Text of the port at the called card. */
  readonly port: string;
  readonly verdict: EdgeVerdict;
  /** Where connections stopped; null when none was denied. */
  readonly deniedAt: "source" | "destination" | null;
  readonly bySource: EdgeCounts;
  readonly byDestination: EdgeCounts;
  readonly policies: readonly EdgePolicy[];
  readonly services: readonly string[];
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  /** The edges that it stands for; one unless an end is folded. */
  readonly edges: readonly GraphEdge[];
}

/** The service graph as drawn. */
export interface ServiceGraph {
  readonly frames: readonly GraphFrame[];
  readonly lines: readonly GraphLine[];
}

/** How the graph is cut down before it is drawn. */
export interface GraphOptions {
  readonly clusters: readonly GraphCluster[];
  /** Ids of groups that a person folded or unfolded against the rule. */
  readonly toggled: ReadonlySet<string>;
  /** A group with more cards than this is folded unless toggled. */
  readonly foldAbove: number;
}

const OUTSIDE = "outside";

/** Builds frames, cards and lines from the edges of a range. Same edges in any order give the same graph. */
export function buildGraph(edges: readonly GraphEdge[], options: GraphOptions): ServiceGraph {
  const ends = new Map<string, EdgeEnd>();
  for (const { source, dest } of edges) for (const end of [source, dest]) ends.set(cardId(end), end);
  const groups = groupEnds(ends, options);
  const folded = new Map<string, string>();
  for (const [groupId, members] of groups) {
    if (isFolded(groupId, members.length, options)) for (const end of members) folded.set(cardId(end), groupId);
  }
  const lines = mergeLines(edges, (end) => folded.get(cardId(end)) ?? cardId(end));
  return { frames: buildFrames(groups, { folded, lines, options }), lines };
}

/** Id of a namespace's frame, or of the frame outside clusters. */
export const groupId = (end: Pick<EdgeEnd, "clusterId" | "namespace">): string =>
  end.clusterId === null ? OUTSIDE : `${end.clusterId}/${end.namespace}`;

/** Id of an end's card. */
export const cardId = (end: EdgeEnd): string => `${end.clusterId ?? OUTSIDE}/${end.namespace}/${end.kind}/${end.name}`;

const portText = (edge: GraphEdge): string => (edge.port === 0 ? edge.protocol : `${edge.protocol} ${edge.port}`);

function isFolded(id: string, size: number, { toggled, foldAbove }: GraphOptions): boolean {
  const byRule = size > foldAbove;
  return toggled.has(id) ? !byRule : byRule;
}

function groupEnds(ends: ReadonlyMap<string, EdgeEnd>, { clusters }: GraphOptions): ReadonlyMap<string, EdgeEnd[]> {
  const known = new Set(clusters.map(({ id }) => id));
  const groups = new Map<string, EdgeEnd[]>();
  for (const [, end] of [...ends].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (end.clusterId !== null && !known.has(end.clusterId)) continue;
    const id = groupId(end);
    groups.set(id, [...(groups.get(id) ?? []), end]);
  }
  return groups;
}

function mergeLines(edges: readonly GraphEdge[], place: (end: EdgeEnd) => string): readonly GraphLine[] {
  const lines = new Map<string, GraphEdge[]>();
  for (const edge of edges) {
    const sourceId = place(edge.source);
    const destId = place(edge.dest);
    if (sourceId === destId && sourceId !== cardId(edge.source)) continue; // inside a folded group
    const id = `${sourceId} → ${destId} ${portText(edge)}`;
    lines.set(id, [...(lines.get(id) ?? []), edge]);
  }
  return [...lines].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, members]) => buildLine(id, members, place));
}

function buildLine(id: string, edges: readonly GraphEdge[], place: (end: EdgeEnd) => string): GraphLine {
  const first = edges[0] as GraphEdge; // INVARIANT: a line is made from at least one edge
  const bySource = sumCounts(edges.map((edge) => edge.bySource));
  const byDestination = sumCounts(edges.map((edge) => edge.byDestination));
  return {
    id,
    sourceId: place(first.source),
    destId: place(first.dest),
    port: portText(first),
    verdict: lineVerdict(bySource, byDestination),
    deniedAt: bySource.deniedFlows > 0 ? "source" : byDestination.deniedFlows > 0 ? "destination" : null,
    bySource,
    byDestination,
    policies: edges.flatMap((edge) => edge.policies),
    services: [...new Set(edges.flatMap((edge) => edge.services))].sort(),
    firstSeenMs: Math.min(...edges.map((edge) => edge.firstSeenMs)),
    lastSeenMs: Math.max(...edges.map((edge) => edge.lastSeenMs)),
    edges,
  };
}

/** What both reporters together say of a line. A denial at either end is a denial; nothing counted is unknown. */
export function lineVerdict(bySource: EdgeCounts, byDestination: EdgeCounts): EdgeVerdict {
  const denied = bySource.deniedFlows + byDestination.deniedFlows;
  // What the source allowed and the destination denied is one denied connection, not one of each.
  const allowed = byDestination.flows > 0 ? byDestination.allowedFlows : bySource.allowedFlows;
  if (denied > 0) return allowed > 0 ? "mixed" : "deny";
  if (bySource.pendingDeniedFlows + byDestination.pendingDeniedFlows > 0) return "staged";
  return bySource.allowedFlows + byDestination.allowedFlows > 0 ? "allow" : "unknown";
}

function sumCounts(all: readonly EdgeCounts[]): EdgeCounts {
  const sum = (key: keyof EdgeCounts) => all.reduce((total, counts) => total + counts[key], 0);
  return {
    flows: sum("flows"),
    allowedConnections: sum("allowedConnections"),
    deniedConnections: sum("deniedConnections"),
    passedConnections: sum("passedConnections"),
    pendingDeniedConnections: sum("pendingDeniedConnections"),
    allowedFlows: sum("allowedFlows"),
    deniedFlows: sum("deniedFlows"),
    pendingDeniedFlows: sum("pendingDeniedFlows"),
    packets: sum("packets"),
    bytesToDest: sum("bytesToDest"),
    bytesToSource: sum("bytesToSource"),
  };
}

interface FrameParts {
  readonly folded: ReadonlyMap<string, string>;
  readonly lines: readonly GraphLine[];
  readonly options: GraphOptions;
}

function buildFrames(groups: ReadonlyMap<string, EdgeEnd[]>, parts: FrameParts): readonly GraphFrame[] {
  const ports = portsByCard(parts.lines);
  const groupsOf = (clusterId: string | null): readonly GraphGroup[] =>
    [...groups]
      .filter(([, ends]) => ends[0]?.clusterId === clusterId)
      .map(([id, ends]) => ({ id, name: ends[0]?.namespace ?? "", cards: buildCards(id, ends, { ...parts, ports }) }));
  const clusterFrames = [...parts.options.clusters]
    .sort((a, b) => a.ordinal - b.ordinal)
    .map((cluster) => ({ id: cluster.id, name: cluster.name, cluster, groups: groupsOf(cluster.id) }))
    .filter((frame) => frame.groups.length > 0);
  const outside = groupsOf(null);
  return outside.length === 0
    ? clusterFrames
    : [...clusterFrames, { id: OUTSIDE, name: "outside", cluster: null, groups: outside }];
}

function portsByCard(lines: readonly GraphLine[]): ReadonlyMap<string, readonly string[]> {
  const ports = new Map<string, Set<string>>();
  for (const { destId, port } of lines) ports.set(destId, (ports.get(destId) ?? new Set()).add(port));
  const byNumber = (a: string, b: string) =>
    Number(a.split(" ")[1] ?? 0) - Number(b.split(" ")[1] ?? 0) || (a < b ? -1 : 1);
  return new Map([...ports].map(([id, texts]) => [id, [...texts].sort(byNumber)]));
}

function buildCards(
  id: string,
  ends: readonly EdgeEnd[],
  { folded, ports }: FrameParts & { readonly ports: ReadonlyMap<string, readonly string[]> },
): readonly GraphCard[] {
  const first = ends[0];
  if (first !== undefined && folded.has(cardId(first))) {
    const { clusterId, namespace } = first;
    return [
      { id, name: namespace, kind: "namespace", clusterId, namespace, ports: ports.get(id) ?? [], folded: ends.length },
    ];
  }
  return ends.map((end) => ({
    id: cardId(end),
    name: endName(end),
    kind: end.kind,
    clusterId: end.clusterId,
    namespace: end.namespace,
    ports: ports.get(cardId(end)) ?? [],
    folded: 0,
  }));
}

/** How a person reads an end's name: Goldmane calls addresses outside every set `pub` and `pvt`. */
export function endName(end: Pick<EdgeEnd, "kind" | "name">): string {
  if (end.kind === "outside-scope") return "outside your scope";
  if (end.kind !== "network") return end.name;
  if (end.name === "pub") return "public internet";
  return end.name === "pvt" ? "private network" : end.name;
}
