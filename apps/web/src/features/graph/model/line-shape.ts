import type { EdgeCounts } from "@isthmus/flow-store";
import type { GraphLine } from "./graph";
import type { Point } from "./geometry";

const RADIUS = 14;

/** SVG path through the corners, each rounded by at most 14 px and never beyond the middle of a side. */
export function roundedPath(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return "";
  const parts = [`M${first.x} ${first.y}`];
  rest.forEach((corner, index) => {
    const before = points[index] ?? corner;
    const after = rest[index + 1];
    if (after === undefined) {
      parts.push(`L${corner.x} ${corner.y}`);
      return;
    }
    const enter = towards(corner, before);
    const leave = towards(corner, after);
    parts.push(`L${enter.x} ${enter.y}`, `Q${corner.x} ${corner.y} ${leave.x} ${leave.y}`);
  });
  return parts.join(" ");
}

function towards(from: Point, to: Point): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  if (length === 0) return from;
  const step = Math.min(RADIUS, length / 2) / length;
  return { x: round(from.x + (to.x - from.x) * step), y: round(from.y + (to.y - from.y) * step) };
}

const round = (value: number) => Math.round(value * 10) / 10;

/** Connections on a line: what was tried, as far as either end saw it. */
export function attempts({ bySource, byDestination }: Pick<GraphLine, "bySource" | "byDestination">): number {
  const tried = (counts: EdgeCounts) => counts.allowedConnections + counts.deniedConnections + counts.passedConnections;
  return Math.max(tried(bySource), tried(byDestination));
}

/** Connections that were refused at either end. */
export const denials = ({ bySource, byDestination }: Pick<GraphLine, "bySource" | "byDestination">): number =>
  bySource.deniedConnections + byDestination.deniedConnections;

/** Width in px of a line that carries `count` connections, by square root of its share of the busiest line. */
export const lineWidth = (count: number, busiest: number): number =>
  busiest === 0 ? 1.25 : Math.round((1.25 + 3.25 * Math.sqrt(count / busiest)) * 100) / 100;

/** Point at `distance` px from an end of a line, on its first or last side: where a bar or a disc stands. */
export function pointNear(points: readonly Point[], end: "source" | "destination", distance: number): Point {
  const [from, to] = end === "source" ? [points[0], points[1]] : [points.at(-1), points.at(-2)];
  if (from === undefined || to === undefined) return { x: 0, y: 0 };
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const share = length === 0 ? 0 : Math.min(distance, length) / length;
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}
