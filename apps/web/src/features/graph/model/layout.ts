import type { ElkExtendedEdge, ElkNode, ElkPort } from "elkjs/lib/elk-api";
import type { GraphCard, GraphFrame, GraphGroup, GraphLine, ServiceGraph } from "./graph";

/** A rectangle in the graph's own coordinates, in px from its top left. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A point in the graph's own coordinates. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where everything stands. Boxes by the id of frame, group or card; corners of each line by its id. */
export interface GraphLayout {
  readonly width: number;
  readonly height: number;
  readonly boxes: ReadonlyMap<string, Box>;
  readonly lines: ReadonlyMap<string, readonly Point[]>;
}

export const CARD_WIDTH = 148;
const NAME_HEIGHT = 26;
const PORT_HEIGHT = 18;
const CARD_PADDING = 4;

/** Height of a card: its name, a line for each port that it answers on, and room to breathe. */
export const cardHeight = (card: GraphCard): number =>
  NAME_HEIGHT + Math.max(1, card.ports.length) * PORT_HEIGHT + CARD_PADDING;

/** Middle of a port's line, from the top of its card. */
export const portY = (index: number): number => NAME_HEIGHT + index * PORT_HEIGHT + PORT_HEIGHT / 2;

const frameOptions = {
  "elk.padding": "[top=40,left=16,bottom=16,right=16]",
};
const groupOptions = {
  "elk.padding": "[top=30,left=12,bottom=12,right=12]",
};
const rootOptions = {
  "elk.algorithm": "layered",
  "elk.direction": "RIGHT",
  "elk.hierarchyHandling": "INCLUDE_CHILDREN",
  "elk.edgeRouting": "ORTHOGONAL",
  "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
  "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
  "elk.layered.spacing.nodeNodeBetweenLayers": "72",
  "elk.layered.spacing.edgeNodeBetweenLayers": "20",
  "elk.layered.spacing.edgeEdgeBetweenLayers": "10",
  "elk.spacing.nodeNode": "18",
  "elk.spacing.edgeNode": "14",
  "elk.spacing.edgeEdge": "10",
  "elk.spacing.componentComponent": "40",
  "elk.layered.mergeEdges": "false",
  "elk.randomSeed": "1",
};

/** The graph as ELK takes it: frames hold groups, groups hold cards, each called port is a port on the card's left side. */
export function toElk(graph: ServiceGraph): ElkNode {
  const callers = new Set(graph.lines.map((line) => line.sourceId));
  return {
    id: "root",
    layoutOptions: rootOptions,
    children: graph.frames.map((frame) => frameNode(frame, callers)),
    edges: graph.lines.map(lineEdge),
  };
}

const frameNode = (frame: GraphFrame, callers: ReadonlySet<string>): ElkNode => ({
  id: `frame:${frame.id}`,
  layoutOptions: frameOptions,
  children: frame.groups.map((group) => groupNode(group, callers)),
});

const groupNode = (group: GraphGroup, callers: ReadonlySet<string>): ElkNode => ({
  id: `group:${group.id}`,
  layoutOptions: groupOptions,
  children: group.cards.map((card) => cardNode(card, callers)),
});

function cardNode(card: GraphCard, callers: ReadonlySet<string>): ElkNode {
  const called: ElkPort[] = card.ports.map((port, index) => ({
    id: `in:${card.id} ${port}`,
    x: 0,
    y: portY(index),
    width: 0,
    height: 0,
    layoutOptions: { "elk.port.side": "WEST" },
  }));
  const calls: ElkPort = {
    id: `out:${card.id}`,
    x: CARD_WIDTH,
    y: NAME_HEIGHT / 2 + 4,
    width: 0,
    height: 0,
    layoutOptions: { "elk.port.side": "EAST" },
  };
  return {
    id: card.id,
    width: CARD_WIDTH,
    height: cardHeight(card),
    layoutOptions: { "elk.portConstraints": "FIXED_POS" },
    ports: callers.has(card.id) ? [...called, calls] : called,
  };
}

const lineEdge = (line: GraphLine): ElkExtendedEdge => ({
  id: line.id,
  sources: [`out:${line.sourceId}`],
  targets: [`in:${line.destId} ${line.port}`],
});

/** Reads positions back; ELK gives a child's relative to its parent, and an edge's relative to the container it names. */
export function fromElk(root: ElkNode): GraphLayout {
  const boxes = new Map<string, Box>();
  const origins = new Map<string, Point>([["root", { x: 0, y: 0 }]]);
  const visit = (node: ElkNode, at: Point) => {
    for (const child of node.children ?? []) {
      const origin = { x: at.x + (child.x ?? 0), y: at.y + (child.y ?? 0) };
      origins.set(child.id, origin);
      boxes.set(child.id, { ...origin, width: child.width ?? 0, height: child.height ?? 0 });
      visit(child, origin);
    }
  };
  visit(root, { x: 0, y: 0 });
  const lines = new Map((root.edges ?? []).map((edge) => [edge.id, corners(edge, origins)]));
  return { width: root.width ?? 0, height: root.height ?? 0, boxes, lines };
}

function corners(edge: ElkExtendedEdge, origins: ReadonlyMap<string, Point>): readonly Point[] {
  // elkjs writes the container of the coordinates beside the edge, though its types do not say so.
  const container = (edge as { readonly container?: string }).container ?? "root";
  const origin = origins.get(container) ?? { x: 0, y: 0 };
  return (edge.sections ?? []).flatMap(({ startPoint, bendPoints = [], endPoint }) =>
    [startPoint, ...bendPoints, endPoint].map(({ x, y }) => ({ x: x + origin.x, y: y + origin.y })),
  );
}

/** What decides the layout: the same key means that every card may stay where it is. */
export const layoutKey = (graph: ServiceGraph): string =>
  JSON.stringify([
    graph.frames.map(({ id, groups }) => [
      id,
      groups.map((group) => [group.id, group.cards.map((card) => [card.id, card.ports])]),
    ]),
    graph.lines.map(({ id }) => id),
  ]);
