/** One line of the table that `npm run bench` prints. */
export interface BenchRow {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Measured in the same run; the name says of what. */
  readonly baseline: number;
  readonly ratio: number;
  readonly target: string;
  readonly holds: boolean;
}

/** A figure that is better the smaller it is. */
export interface Measured {
  readonly value: number;
  readonly baseline: number;
  readonly unit: string;
}

/** Judges a figure that must stay below a limit of the same unit. */
export function below(limit: number, name: string, { value, baseline, unit }: Measured): BenchRow {
  return judged({ name, value, baseline, unit, target: `< ${limit} ${unit}`, holds: value < limit });
}

/** Judges a figure that must stay below a share of its baseline. */
export function belowShare(share: number, name: string, { value, baseline, unit }: Measured): BenchRow {
  const target = `< ${share} × the baseline`;
  return judged({ name, value, baseline, unit, target, holds: value < share * baseline });
}

/** A figure that is told beside its baseline and judged by nothing. */
export function told(name: string, { value, baseline, unit }: Measured): BenchRow {
  return judged({ name, value, baseline, unit, target: "none", holds: true });
}

const judged = (row: Omit<BenchRow, "ratio">): BenchRow => {
  const ratio = row.value / row.baseline;
  return { ...row, value: rounded(row.value), baseline: rounded(row.baseline), ratio: rounded(ratio) };
};

const rounded = (figure: number): number => Math.round(figure * 100) / 100;

/** The middle one of an odd number of figures. */
export function median(figures: readonly number[]): number {
  const middle = figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)];
  if (middle === undefined) throw new Error("no figures to take the median of");
  return middle;
}

/** Seconds that some work takes. */
export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const beganAt = performance.now();
  await work();
  return (performance.now() - beganAt) / 1_000;
}
