import type { EdgeCounts, EdgeEnd, EdgePolicy, GraphEdge } from "@isthmus/flow-store";
import { graphCardId, graphLineId, outsideFrames } from "../../../view";

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

/** What calls into the clusters from outside stands left of them, what they call outside stands right: two frames. */
const OUTSIDE = outsideFrames;

/** Which end of a line a card stands for; it matters outside clusters only. */
type Role = keyof typeof OUTSIDE;

interface PlacedEnd {
  readonly end: EdgeEnd;
  readonly role: Role;
}

/** Builds frames, cards and lines from the edges of a range. Same edges in any order give the same graph. */
export function buildGraph(edges: readonly GraphEdge[], options: GraphOptions): ServiceGraph {
  const ends = new Map<string, PlacedEnd>();
  for (const { source, dest } of edges) {
    ends.set(cardId(source, "source"), { end: source, role: "source" });
    ends.set(cardId(dest, "dest"), { end: dest, role: "dest" });
  }
  const groups = groupEnds(ends, options);
  const folded = new Map<string, string>();
  for (const [id, members] of groups) {
    if (isFolded(id, members.length, options)) for (const { end, role } of members) folded.set(cardId(end, role), id);
  }
  const lines = mergeLines(edges, (end, role) => folded.get(cardId(end, role)) ?? cardId(end, role));
  return { frames: buildFrames(groups, { folded, lines, options }), lines };
}

const groupId = (end: EdgeEnd, role: Role): string =>
  `${end.clusterId ?? OUTSIDE[role]}/${end.clusterId === null ? "" : end.namespace}`;

/** Id of the card of an end. */
const cardId: (end: EdgeEnd, role: Role) => string = graphCardId;

const portText = (edge: GraphEdge): string => (edge.port === 0 ? edge.protocol : `${edge.protocol} ${edge.port}`);

function isFolded(id: string, size: number, { toggled, foldAbove }: GraphOptions): boolean {
  const byRule = size > foldAbove;
  return toggled.has(id) ? !byRule : byRule;
}

function groupEnds(ends: ReadonlyMap<string, PlacedEnd>, { clusters }: GraphOptions): ReadonlyMap<string, PlacedEnd[]> {
  const known = new Set(clusters.map(({ id }) => id));
  const groups = new Map<string, PlacedEnd[]>();
  for (const [, placed] of [...ends].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (placed.end.clusterId !== null && !known.has(placed.end.clusterId)) continue;
    const id = groupId(placed.end, placed.role);
    groups.set(id, [...(groups.get(id) ?? []), placed]);
  }
  return groups;
}

type Place = (end: EdgeEnd, role: Role) => string;

function mergeLines(edges: readonly GraphEdge[], place: Place): readonly GraphLine[] {
  const lines = new Map<string, GraphEdge[]>();
  for (const edge of edges) {
    const sourceId = place(edge.source, "source");
    const destId = place(edge.dest, "dest");
    if (sourceId === destId && sourceId !== cardId(edge.source, "source")) continue; // inside a folded group
    const id = graphLineId(sourceId, destId, portText(edge));
    lines.set(id, [...(lines.get(id) ?? []), edge]);
  }
  return [...lines].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, members]) => buildLine(id, members, place));
}

function buildLine(id: string, edges: readonly GraphEdge[], place: Place): GraphLine {
  const first = edges[0] as GraphEdge; // INVARIANT: a line is made from at least one edge
  const bySource = sumCounts(edges.map((edge) => edge.bySource));
  const byDestination = sumCounts(edges.map((edge) => edge.byDestination));
  return {
    id,
    sourceId: place(first.source, "source"),
    destId: place(first.dest, "dest"),
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

function buildFrames(groups: ReadonlyMap<string, PlacedEnd[]>, parts: FrameParts): readonly GraphFrame[] {
  const ports = portsByCard(parts.lines);
  const groupsOf = (frameId: string): readonly GraphGroup[] =>
    [...groups]
      .filter(([id]) => id.startsWith(`${frameId}/`))
      .map(([id, ends]) => ({ id, name: nameOfGroup(ends), cards: buildCards(id, ends, { ...parts, ports }) }));
  const clusterFrames = [...parts.options.clusters]
    .sort((a, b) => a.ordinal - b.ordinal)
    .map((cluster): GraphFrame => ({ id: cluster.id, name: cluster.name, cluster, groups: groupsOf(cluster.id) }));
  const outside = (id: string, name: string): GraphFrame => ({ id, name, cluster: null, groups: groupsOf(id) });
  const frames = [outside(OUTSIDE.source, "callers outside"), ...clusterFrames, outside(OUTSIDE.dest, "outside")];
  return frames.filter((frame) => frame.groups.length > 0);
}

const nameOfGroup = (ends: readonly PlacedEnd[]): string =>
  ends[0]?.end.clusterId === null ? "" : (ends[0]?.end.namespace ?? "");

function portsByCard(lines: readonly GraphLine[]): ReadonlyMap<string, readonly string[]> {
  const ports = new Map<string, Set<string>>();
  for (const { destId, port } of lines) ports.set(destId, (ports.get(destId) ?? new Set()).add(port));
  const byNumber = (a: string, b: string) =>
    Number(a.split(" ")[1] ?? 0) - Number(b.split(" ")[1] ?? 0) || (a < b ? -1 : 1);
  return new Map([...ports].map(([id, texts]) => [id, [...texts].sort(byNumber)]));
}

function buildCards(
  id: string,
  ends: readonly PlacedEnd[],
  { folded, ports }: FrameParts & { readonly ports: ReadonlyMap<string, readonly string[]> },
): readonly GraphCard[] {
  const first = ends[0];
  if (first !== undefined && folded.has(cardId(first.end, first.role))) {
    const { clusterId, namespace } = first.end;
    const name = clusterId === null ? "outside" : namespace;
    return [{ id, name, kind: "namespace", clusterId, namespace, ports: ports.get(id) ?? [], folded: ends.length }];
  }
  return ends.map(({ end, role }) => ({
    id: cardId(end, role),
    name: endName(end),
    kind: end.kind,
    clusterId: end.clusterId,
    namespace: end.namespace,
    ports: ports.get(cardId(end, role)) ?? [],
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
