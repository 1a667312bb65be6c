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

/** Moves a point. */
export const shift = (point: Point, by: Point): Point => ({ x: point.x + by.x, y: point.y + by.y });

/** Joins stretches of a line into one, without points that repeat or lie on the way between their neighbours. */
export function joinStretches(stretches: readonly (readonly Point[])[]): readonly Point[] {
  const kept: Point[] = [];
  for (const point of stretches.flat()) {
    const last = kept.at(-1);
    const before = kept.at(-2);
    if (last !== undefined && last.x === point.x && last.y === point.y) continue;
    if (last !== undefined && before !== undefined && isBetween(before, last, point)) kept.pop();
    kept.push(point);
  }
  return kept;
}

const isBetween = (a: Point, b: Point, c: Point): boolean =>
  (a.x === b.x && b.x === c.x) || (a.y === b.y && b.y === c.y);
