import type { ElkNode } from "elkjs/lib/elk-api";
import { arrangeColumns, type Columns, type Shape } from "./columns";
import { routeCrossings, type Crossing } from "./crossings";
import { entryId, exitId, fromElk, toElk, type FrameLayout } from "./frame-elk";
import { joinStretches, shift, type Box, type Point } from "./geometry";
import type { GraphLine, ServiceGraph } from "./graph";

/** Where everything stands. Boxes by the id of frame, group or card; corners of each line by its id. */
export interface GraphLayout {
  readonly width: number;
  readonly height: number;
  readonly boxes: ReadonlyMap<string, Box>;
  readonly lines: ReadonlyMap<string, readonly Point[]>;
}

/** Lays out one frame; ELK in a worker, or in a test itself. */
export type LayOut = (graph: ElkNode) => Promise<ElkNode>;

/** How to lay out: the room that there is, and who lays out a frame. */
export interface LayoutOptions {
  readonly shape: Shape;
  readonly layOut: LayOut;
}

const BETWEEN_FRAMES = 60;

/**
 * Lays out each frame by itself in layers, callers left; puts frames into columns; leads lines from frame to frame
 * through lanes between columns, never through a card.
 */
export async function layOutGraph(graph: ServiceGraph, { shape, layOut }: LayoutOptions): Promise<GraphLayout> {
  const frames: FrameLayout[] = [];
  for (const frame of graph.frames) frames.push(fromElk(frame.id, await layOut(toElk(frame, graph.lines))));
  const columns = arrangeColumns(graph, frames, shape);
  const tops = stack(columns);
  const homes = homesOf(graph);
  const crossings = graph.lines.flatMap((line) => crossingOf(line, { columns, tops, homes }));
  const routed = routeCrossings(columns, tops, crossings);
  const origins = new Map(
    columns.flatMap((column, index) =>
      column.map(({ id }) => [id, { x: routed.lefts[index] ?? 0, y: tops.get(id) ?? 0 }] as const),
    ),
  );
  const lines = new Map(
    graph.lines.map((line) => [line.id, wholeLine(line, { frames, homes, origins, crossed: routed.lines })]),
  );
  return fitted({ width: routed.width, boxes: placeBoxes(frames, origins), lines });
}

function stack(columns: Columns): ReadonlyMap<string, number> {
  const tops = new Map<string, number>();
  for (const column of columns) {
    let y = 0;
    for (const { id, height } of column) {
      tops.set(id, y);
      y += height + BETWEEN_FRAMES;
    }
  }
  return tops;
}

const homesOf = (graph: ServiceGraph): ReadonlyMap<string, string> =>
  new Map(
    graph.frames.flatMap((frame) =>
      frame.groups.flatMap((group) => group.cards.map((card) => [card.id, frame.id] as const)),
    ),
  );

interface Arranged {
  readonly columns: Columns;
  readonly tops: ReadonlyMap<string, number>;
  readonly homes: ReadonlyMap<string, string>;
}

function crossingOf(line: GraphLine, { columns, tops, homes }: Arranged): readonly Crossing[] {
  const [from, to] = [homes.get(line.sourceId), homes.get(line.destId)].map((id) => find(columns, id));
  if (from === undefined || to === undefined || from.frame.id === to.frame.id) return [];
  const leaves = from.frame.stretches.get(exitId(line.sourceId))?.at(-1);
  const enters = to.frame.stretches.get(entryId(line))?.[0];
  if (leaves === undefined || enters === undefined) return [];
  return [
    {
      id: line.id,
      trunk: exitId(line.sourceId),
      from: { column: from.column, right: from.frame.width, y: (tops.get(from.frame.id) ?? 0) + leaves.y },
      to: { column: to.column, y: (tops.get(to.frame.id) ?? 0) + enters.y },
    },
  ];
}

function find(columns: Columns, id: string | undefined) {
  const column = columns.findIndex((frames) => frames.some((frame) => frame.id === id));
  const frame = columns[column]?.find((each) => each.id === id);
  return frame === undefined ? undefined : { column, frame };
}

interface Stretches {
  readonly frames: readonly FrameLayout[];
  readonly homes: ReadonlyMap<string, string>;
  readonly origins: ReadonlyMap<string, Point>;
  readonly crossed: ReadonlyMap<string, readonly Point[]>;
}

function wholeLine(line: GraphLine, { frames, homes, origins, crossed }: Stretches): readonly Point[] {
  const inside = (cardId: string, stretch: string) => {
    const id = homes.get(cardId) ?? "";
    const points = frames.find((frame) => frame.id === id)?.stretches.get(stretch) ?? [];
    return points.map((point) => shift(point, origins.get(id) ?? { x: 0, y: 0 }));
  };
  if (homes.get(line.sourceId) === homes.get(line.destId)) return joinStretches([inside(line.sourceId, line.id)]);
  return joinStretches([
    inside(line.sourceId, exitId(line.sourceId)),
    crossed.get(line.id) ?? [],
    inside(line.destId, entryId(line)),
  ]);
}

function placeBoxes(frames: readonly FrameLayout[], origins: ReadonlyMap<string, Point>): ReadonlyMap<string, Box> {
  return new Map(
    frames.flatMap(({ id, boxes }) => {
      const origin = origins.get(id) ?? { x: 0, y: 0 };
      return [...boxes].map(([key, box]) => [key, { ...box, x: box.x + origin.x, y: box.y + origin.y }] as const);
    }),
  );
}

/** Moves everything so that the topmost track stands at 0, and measures the height. */
function fitted({ width, boxes, lines }: Omit<GraphLayout, "height">): GraphLayout {
  const ys = [
    ...[...boxes.values()].flatMap(({ y, height }) => [y, y + height]),
    ...[...lines.values()].flat().map(({ y }) => y),
  ];
  const top = Math.min(0, ...ys);
  const by = { x: 0, y: -top };
  return {
    width,
    height: Math.max(0, ...ys) - top,
    boxes: new Map([...boxes].map(([id, box]) => [id, { ...box, y: box.y + by.y }])),
    lines: new Map([...lines].map(([id, points]) => [id, points.map((point) => shift(point, by))])),
  };
}

/** What decides the layout: the same key means that every card may stay where it is. */
export const layoutKey = (graph: ServiceGraph, shape: Shape): string =>
  JSON.stringify([
    shape,
    graph.frames.map(({ id, groups }) => [
      id,
      groups.map((group) => [group.id, group.cards.map((card) => [card.id, card.ports])]),
    ]),
    graph.lines.map(({ id }) => id),
  ]);
