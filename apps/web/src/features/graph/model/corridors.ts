import type { Columns } from "./columns";

/** A stretch of height that no frame of certain columns takes; open ends are the room above and below everything. */
export interface Corridor {
  readonly id: string;
  readonly from: number;
  readonly to: number;
}

/** Where each frame's top stands, by its id. */
export type Tops = ReadonlyMap<string, number>;

const CLEARANCE = 10;

/** The corridors through columns `first` to `last`, from top to bottom. */
export function corridorsThrough(
  columns: Columns,
  tops: Tops,
  [first, last]: readonly [number, number],
): readonly Corridor[] {
  const taken = columns
    .slice(first, last + 1)
    .flat()
    .map(({ id, height }) => ({ from: (tops.get(id) ?? 0) - CLEARANCE, to: (tops.get(id) ?? 0) + height + CLEARANCE }))
    .sort((a, b) => a.from - b.from);
  const free: Corridor[] = [];
  let from = -Infinity;
  for (const each of taken) {
    if (each.from > from) free.push(corridor(from, each.from));
    from = Math.max(from, each.to);
  }
  return [...free, corridor(from, Infinity)];
}

const corridor = (from: number, to: number): Corridor => ({ id: `${from}:${to}`, from, to });

/** The corridor with the least detour between two heights. */
export function nearestCorridor(corridors: readonly Corridor[], y1: number, y2: number): Corridor | undefined {
  const detour = ({ from, to }: Corridor) =>
    Math.min(...[y1, y2].map((y) => within(y, from, to)).map((y) => Math.abs(y - y1) + Math.abs(y - y2)));
  return [...corridors].sort((a, b) => detour(a) - detour(b))[0];
}

const within = (y: number, from: number, to: number): number => Math.min(Math.max(y, from), to);

/** Height of a track in a corridor: spread where there are walls on both sides, else stacked away from the one wall. */
export function trackY({ from, to }: Corridor, track: number, tracks: number): number {
  if (from === -Infinity) return to - 6 - track * 8;
  if (to === Infinity) return from + 6 + track * 8;
  return from + ((track + 1) * (to - from)) / (tracks + 1);
}
