import type { Columns } from "./columns";
import { corridorsThrough, nearestCorridor, trackY, type Corridor, type Tops } from "./corridors";
import type { Point } from "./geometry";
import { assignLanes, type Span } from "./lanes";

/** A line between frames: from the right edge of one, to the left edge of another. */
export interface Crossing {
  readonly id: string;
  /** Lines that leave by the same way share their lanes, so that they look like one that branches. */
  readonly trunk: string;
  readonly from: { readonly column: number; readonly right: number; readonly y: number };
  readonly to: { readonly column: number; readonly y: number };
}

/** Where columns and the lines between them lie. `right` of a crossing is from the left edge of its column. */
export interface Routed {
  /** Left edge of each column. */
  readonly lefts: readonly number[];
  readonly width: number;
  readonly lines: ReadonlyMap<string, readonly Point[]>;
}

const MARGIN = 18;
const LANE = 9;

interface Plan {
  readonly crossing: Crossing;
  /** The gap behind the caller's column, and the one before the called column; gap g lies left of column g. */
  readonly out: number;
  readonly into: number;
  readonly corridor: Corridor | undefined;
}

/** Routes every crossing through the gaps between columns, and past columns through corridors between frames. */
export function routeCrossings(columns: Columns, tops: Tops, crossings: readonly Crossing[]): Routed {
  const plans = crossings.map((crossing) => planCrossing(columns, tops, crossing));
  const heights = corridorHeights(plans);
  const y = (plan: Plan) =>
    plan.corridor === undefined ? plan.crossing.to.y : (heights.get(trackKey(plan, plan.corridor)) ?? 0);
  const gaps = Array.from({ length: columns.length + 1 }, (_, gap) => assignLanes(spansIn(gap, plans, y)));
  const widths = columns.map((column) => Math.max(...column.map((frame) => frame.width)));
  const { lefts, gapLefts, width } = placeColumns(
    widths,
    gaps.map(({ count }) => count),
  );
  const laneX = (gap: number, plan: Plan) =>
    (gapLefts[gap] ?? 0) + MARGIN + (gaps[gap]?.lanes.get(laneKey(plan, gap)) ?? 0) * LANE;
  const lines = new Map(plans.map((plan) => [plan.crossing.id, pointsOf(plan, { lefts, laneX, y: y(plan) })]));
  return { lefts, width, lines };
}

function planCrossing(columns: Columns, tops: Tops, crossing: Crossing): Plan {
  const out = crossing.from.column + 1;
  const into = crossing.to.column;
  if (out === into) return { crossing, out, into, corridor: undefined };
  const passed: readonly [number, number] = out < into ? [out, into - 1] : [into, out - 1];
  return {
    crossing,
    out,
    into,
    corridor: nearestCorridor(corridorsThrough(columns, tops, passed), crossing.from.y, crossing.to.y),
  };
}

const trackKey = ({ crossing }: Plan, corridor: Corridor): string => `${crossing.trunk} ${corridor.id}`;

function corridorHeights(plans: readonly Plan[]): ReadonlyMap<string, number> {
  const corridors = new Map(
    plans.flatMap(({ corridor }) => (corridor === undefined ? [] : [[corridor.id, corridor] as const])),
  );
  const heights = new Map<string, number>();
  for (const corridor of corridors.values()) {
    const inside = plans.filter((plan) => plan.corridor?.id === corridor.id);
    const spans = mergeSpans(inside.map((plan) => ({ id: trackKey(plan, corridor), from: plan.out, to: plan.into })));
    const { lanes, count } = assignLanes(spans);
    for (const [key, track] of lanes) heights.set(key, trackY(corridor, track, count));
  }
  return heights;
}

/** In a gap, lines that come and lines that go keep apart even when they belong to one trunk. */
const laneKey = (plan: Plan, gap: number): string =>
  `${plan.crossing.trunk} ${gap === plan.out ? "out" : `into ${plan.corridor?.id ?? ""}`}`;

function spansIn(gap: number, plans: readonly Plan[], y: (plan: Plan) => number): readonly Span[] {
  return mergeSpans(
    plans.flatMap((plan) => [
      ...(plan.out === gap ? [{ id: laneKey(plan, gap), from: plan.crossing.from.y, to: y(plan) }] : []),
      ...(plan.into === gap && plan.out !== gap
        ? [{ id: laneKey(plan, gap), from: y(plan), to: plan.crossing.to.y }]
        : []),
    ]),
  );
}

function mergeSpans(spans: readonly Span[]): readonly Span[] {
  const merged = new Map<string, Span>();
  for (const { id, from, to } of spans) {
    const known = merged.get(id) ?? { id, from: Infinity, to: -Infinity };
    merged.set(id, { id, from: Math.min(known.from, from, to), to: Math.max(known.to, from, to) });
  }
  return [...merged.values()];
}

function placeColumns(widths: readonly number[], lanes: readonly number[]) {
  const lefts: number[] = [];
  const gapLefts: number[] = [];
  let x = 0;
  for (let gap = 0; gap <= widths.length; gap += 1) {
    const count = lanes[gap] ?? 0;
    const isOuter = gap === 0 || gap === widths.length;
    gapLefts.push(x);
    x += isOuter && count === 0 ? 0 : 2 * MARGIN + Math.max(0, count - 1) * LANE;
    if (gap === widths.length) break;
    lefts.push(x);
    x += widths[gap] ?? 0;
  }
  return { lefts, gapLefts, width: x };
}

interface Places {
  readonly lefts: readonly number[];
  readonly laneX: (gap: number, plan: Plan) => number;
  /** Height of the corridor's track, or of the called end. */
  readonly y: number;
}

function pointsOf(plan: Plan, { lefts, laneX, y }: Places): readonly Point[] {
  const { from, to } = plan.crossing;
  const start = { x: (lefts[from.column] ?? 0) + from.right, y: from.y };
  const end = { x: lefts[to.column] ?? 0, y: to.y };
  const out = laneX(plan.out, plan);
  if (plan.corridor === undefined) return [start, { x: out, y: from.y }, { x: out, y: to.y }, end];
  const into = laneX(plan.into, plan);
  return [start, { x: out, y: from.y }, { x: out, y }, { x: into, y }, { x: into, y: to.y }, end];
}
