/** A stretch along one axis that must not lie on another one in the same lane. */
export interface Span {
  readonly id: string;
  readonly from: number;
  readonly to: number;
}

/** Lane numbers of spans, from 0, with as few lanes as it takes: spans that touch get different ones. */
export function assignLanes(spans: readonly Span[]): {
  readonly lanes: ReadonlyMap<string, number>;
  readonly count: number;
} {
  const ends: number[] = [];
  const lanes = new Map<string, number>();
  const ordered = [...spans]
    .map(({ id, from, to }) => ({ id, from: Math.min(from, to), to: Math.max(from, to) }))
    .sort((a, b) => a.from - b.from || a.to - b.to || (a.id < b.id ? -1 : 1));
  for (const { id, from, to } of ordered) {
    const free = ends.findIndex((end) => end < from);
    const lane = free === -1 ? ends.length : free;
    ends[lane] = to;
    lanes.set(id, lane);
  }
  return { lanes, count: ends.length };
}
