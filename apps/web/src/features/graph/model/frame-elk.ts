import type { ElkExtendedEdge, ElkNode, ElkPort } from "elkjs/lib/elk-api";
import { cardHeight, CARD_WIDTH, CALL_Y, portY } from "./card-size";
import type { Box, Point } from "./geometry";
import type { GraphCard, GraphFrame, GraphGroup, GraphLine } from "./graph";

/** A frame laid out by itself: boxes and stretches relative to its top left. */
export interface FrameLayout {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  readonly boxes: ReadonlyMap<string, Box>;
  /** Stretch of a line inside the frame, by the id of the line (inner), or by `exitId` or `entryId`. */
  readonly stretches: ReadonlyMap<string, readonly Point[]>;
}

/** The way out of a frame for all that a card calls elsewhere. */
export const exitId = (cardId: string): string => `exit ${cardId}`;

/** The way into a frame to one port of a card. */
export const entryId = (line: Pick<GraphLine, "destId" | "port">): string => `entry ${line.destId} ${line.port}`;

const rootOptions = {
  "elk.algorithm": "layered",
  "elk.direction": "RIGHT",
  "elk.hierarchyHandling": "INCLUDE_CHILDREN",
  "elk.edgeRouting": "ORTHOGONAL",
  "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
  "elk.layered.considerModelOrder.strategy": "PREFER_NODES",
  "elk.layered.spacing.nodeNodeBetweenLayers": "44",
  "elk.layered.spacing.edgeNodeBetweenLayers": "16",
  "elk.layered.spacing.edgeEdgeBetweenLayers": "9",
  "elk.spacing.nodeNode": "16",
  "elk.spacing.edgeNode": "12",
  "elk.spacing.edgeEdge": "9",
  "elk.spacing.componentComponent": "16",
  "elk.aspectRatio": "1.4",
  "elk.randomSeed": "1",
};

/** A frame as ELK takes it: groups hold cards; called ports stand on a card's left, ways out on the frame's right. */
export function toElk(frame: GraphFrame, lines: readonly GraphLine[]): ElkNode {
  const own = new Set(frame.groups.flatMap((group) => group.cards.map(({ id }) => id)));
  const inner = lines.filter(({ sourceId, destId }) => own.has(sourceId) && own.has(destId));
  const exits = unique(
    lines.filter(({ sourceId, destId }) => own.has(sourceId) && !own.has(destId)).map(({ sourceId }) => sourceId),
  );
  const entries = lines.filter(({ sourceId, destId }) => !own.has(sourceId) && own.has(destId));
  const callers = new Set([...inner.map(({ sourceId }) => sourceId), ...exits]);
  const exitEdges = exits.map((card) => edgeOf(exitId(card), `out:${card}`, `port:${exitId(card)}`));
  const entryEdges = uniqueBy(entries, entryId).map((line) =>
    edgeOf(entryId(line), `port:${entryId(line)}`, inPort(line)),
  );
  return {
    id: "root",
    layoutOptions: rootOptions,
    children: [
      {
        id: `frame:${frame.id}`,
        layoutOptions: { "elk.padding": "[top=42,left=20,bottom=16,right=20]", "elk.portConstraints": "FIXED_SIDE" },
        ports: [
          ...exitEdges.map(({ id }) => boundaryPort(id, "EAST")),
          ...entryEdges.map(({ id }) => boundaryPort(id, "WEST")),
        ],
        children: frame.groups.map((group) => groupNode(group, callers)),
      },
    ],
    edges: [...inner.map((line) => edgeOf(line.id, `out:${line.sourceId}`, inPort(line))), ...exitEdges, ...entryEdges],
  };
}

const unique = (ids: readonly string[]): readonly string[] => [...new Set(ids)];

function uniqueBy<T>(items: readonly T[], key: (item: T) => string): readonly T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()];
}

const inPort = ({ destId, port }: GraphLine): string => `in:${destId} ${port}`;

const edgeOf = (id: string, source: string, target: string): ElkExtendedEdge => ({
  id,
  sources: [source],
  targets: [target],
});

const boundaryPort = (id: string, side: "EAST" | "WEST"): ElkPort => ({
  id: `port:${id}`,
  width: 0,
  height: 0,
  layoutOptions: { "elk.port.side": side },
});

const groupNode = (group: GraphGroup, callers: ReadonlySet<string>): ElkNode => ({
  id: `group:${group.id}`,
  layoutOptions: {
    "elk.padding": group.name === "" ? "[top=4,left=0,bottom=0,right=0]" : "[top=30,left=12,bottom=12,right=12]",
  },
  children: group.cards.map((card) => cardNode(card, callers)),
});

function cardNode(card: GraphCard, callers: ReadonlySet<string>): ElkNode {
  const at = (id: string, side: "EAST" | "WEST", y: number): ElkPort => ({
    id,
    x: side === "EAST" ? CARD_WIDTH : 0,
    y,
    width: 0,
    height: 0,
    layoutOptions: { "elk.port.side": side },
  });
  const called = card.ports.map((port, index) => at(`in:${card.id} ${port}`, "WEST", portY(index)));
  return {
    id: card.id,
    width: CARD_WIDTH,
    height: cardHeight(card),
    layoutOptions: { "elk.portConstraints": "FIXED_POS" },
    ports: callers.has(card.id) ? [...called, at(`out:${card.id}`, "EAST", CALL_Y)] : called,
  };
}

/** Reads positions back; ELK gives a child's relative to its parent, and an edge's relative to the container it names. */
export function fromElk(frameId: string, root: ElkNode): FrameLayout {
  const frame = root.children?.[0];
  const boxes = new Map<string, Box>();
  const origins = new Map<string, Point>();
  const visit = (node: ElkNode, at: Point) => {
    origins.set(node.id, at);
    boxes.set(node.id, { ...at, width: node.width ?? 0, height: node.height ?? 0 });
    for (const child of node.children ?? []) visit(child, { x: at.x + (child.x ?? 0), y: at.y + (child.y ?? 0) });
  };
  if (frame !== undefined) visit(frame, { x: 0, y: 0 });
  origins.set("root", { x: -(frame?.x ?? 0), y: -(frame?.y ?? 0) });
  const stretches = new Map((root.edges ?? []).map((edge) => [edge.id, corners(edge, origins)]));
  return { id: frameId, width: frame?.width ?? 0, height: frame?.height ?? 0, boxes, stretches };
}

function corners(edge: ElkExtendedEdge, origins: ReadonlyMap<string, Point>): readonly Point[] {
  // elkjs writes the container of the coordinates beside the edge, though its types do not say so.
  const container = (edge as { readonly container?: string }).container ?? "root";
  const origin = origins.get(container) ?? { x: 0, y: 0 };
  return (edge.sections ?? []).flatMap(({ startPoint, bendPoints = [], endPoint }) =>
    [startPoint, ...bendPoints, endPoint].map(({ x, y }) => ({ x: x + origin.x, y: y + origin.y })),
  );
}
