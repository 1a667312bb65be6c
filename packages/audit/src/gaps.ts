/** Places that were skipped, some of which may yet turn up. */
export interface Gaps {
  readonly add: (from: number, to: number) => void;
  /** Whether the place was skipped; it is not a gap any more. */
  readonly fill: (seq: number) => boolean;
  readonly list: () => readonly { readonly from: number; readonly to: number }[];
}

/** Makes an empty list of gaps, in the order of places. */
export function createGaps(): Gaps {
  let gaps: { readonly from: number; readonly to: number }[] = [];
  return {
    add: (from, to) => void gaps.push({ from, to }),
    fill: (seq) => {
      const gap = gaps.find(({ from, to }) => from <= seq && seq <= to);
      if (gap === undefined) return false;
      const rest = [
        { from: gap.from, to: seq - 1 },
        { from: seq + 1, to: gap.to },
      ].filter(({ from, to }) => from <= to);
      gaps = gaps.flatMap((each) => (each === gap ? rest : [each]));
      return true;
    },
    list: () => gaps,
  };
}
