import type { Interval } from "../../../view";

/** A stretch of a cluster's range in which evidence is missing. */
export interface Missing {
  readonly fromMs: number;
  readonly toMs: number;
  /** Buckets expected in it, and those of them that are durable. */
  readonly expected: number;
  readonly durable: number;
  /** Why, as the gap records say; empty: nothing has arrived and nobody has said why. */
  readonly reasons: readonly string[];
}

/** One minute that is not complete, as the store counts it. */
export interface IncompleteMinute {
  readonly startMs: number;
  readonly expected: number;
  readonly durable: number;
  readonly reasons: readonly string[];
}

const minuteMs = 60_000;

/** Joins minutes that follow each other and miss evidence for the same reason, wholly or in part. */
export function missingStretches(minutes: readonly IncompleteMinute[]): readonly Missing[] {
  const stretches: Missing[] = [];
  for (const minute of [...minutes].sort((a, b) => a.startMs - b.startMs)) {
    const last = stretches.at(-1);
    if (last !== undefined && last.toMs === minute.startMs && alike(last, minute)) {
      stretches[stretches.length - 1] = {
        ...last,
        toMs: minute.startMs + minuteMs,
        expected: last.expected + minute.expected,
        durable: last.durable + minute.durable,
      };
    } else {
      const { startMs, expected, durable, reasons } = minute;
      stretches.push({ fromMs: startMs, toMs: startMs + minuteMs, expected, durable, reasons: [...reasons].sort() });
    }
  }
  return stretches;
}

const alike = (stretch: Missing, minute: IncompleteMinute) =>
  (stretch.durable === 0) === (minute.durable === 0) && stretch.reasons.join() === [...minute.reasons].sort().join();

/** Evidence of one cell of a strip: "before" the cluster joined and "not due" yet, nothing is expected. */
export type Cell =
  | { readonly kind: "before"; readonly fromMs: number; readonly toMs: number }
  | { readonly kind: "not-due"; readonly fromMs: number; readonly toMs: number }
  | {
      readonly kind: "share";
      readonly fromMs: number;
      readonly toMs: number;
      readonly share: number;
      readonly reasons: readonly string[];
    };

export interface CellsInput {
  readonly range: Interval;
  /** Evidence up to here is due; later buckets may still be on their way. */
  readonly dueMs: number;
  /** When the cluster joined; null: it has not. */
  readonly joinedAtMs: number | null;
  readonly missing: readonly Missing[];
  readonly count: number;
}

/** Cuts a cluster's range into cells of equal length, each with the share of its evidence. */
export function evidenceCells({ range, dueMs, joinedAtMs, missing, count }: CellsInput): readonly Cell[] {
  const lengthMs = (range.toMs - range.fromMs) / count;
  return Array.from({ length: count }, (_, index) => {
    const fromMs = range.fromMs + index * lengthMs;
    const toMs = fromMs + lengthMs;
    if (joinedAtMs === null || toMs <= joinedAtMs) return { kind: "before", fromMs, toMs };
    const due = { fromMs: Math.max(fromMs, joinedAtMs), toMs: Math.min(toMs, dueMs) };
    const within = missing.filter((each) => each.toMs > due.fromMs && each.fromMs < due.toMs);
    if (within.length === 0) {
      return due.toMs <= due.fromMs
        ? { kind: "not-due", fromMs, toMs }
        : { kind: "share", fromMs, toMs, share: 1, reasons: [] };
    }
    const lostMs = within.reduce(
      (sum, each) => sum + overlapMs(each, due) * (1 - each.durable / Math.max(1, each.expected)),
      0,
    );
    const share = Math.max(0, 1 - lostMs / (due.toMs - due.fromMs));
    // A cell that misses anything never rounds up to whole.
    return {
      kind: "share",
      fromMs,
      toMs,
      share: Math.min(share, 0.99),
      reasons: [...new Set(within.flatMap((each) => each.reasons))],
    };
  });
}

const overlapMs = (a: Interval, b: Interval) => Math.max(0, Math.min(a.toMs, b.toMs) - Math.max(a.fromMs, b.fromMs));

/** The strip of the top bar: the clusters' cells, one upon another. */
export function stackCells(rows: readonly (readonly Cell[])[]): readonly Cell[] {
  const first = rows[0] ?? [];
  return first.map((cell, index) => {
    const column = rows.map((row) => row[index]).filter((each) => each !== undefined);
    const shares = column.filter((each) => each.kind === "share");
    const { fromMs, toMs } = cell;
    if (shares.length === 0) {
      return { kind: column.some((each) => each.kind === "not-due") ? "not-due" : "before", fromMs, toMs };
    }
    const share = shares.reduce((sum, each) => sum + each.share, 0) / shares.length;
    return { kind: "share", fromMs, toMs, share, reasons: [...new Set(shares.flatMap((each) => each.reasons))] };
  });
}

/** The share of evidence over clusters; null where none was expected: then it is unknown. */
export function shareOf(clusters: readonly { readonly expected: number; readonly durable: number }[]): number | null {
  const expected = clusters.reduce((sum, each) => sum + each.expected, 0);
  return expected === 0 ? null : clusters.reduce((sum, each) => sum + each.durable, 0) / expected;
}

const reasonWords: Readonly<Record<string, string>> = {
  "spool-full": "the agent's spool was full",
  "spool-lost": "the agent's spool was lost",
  restored: "Isthmus was restored from an earlier backup",
  "past-retention": "past its retention",
  "source-restarted": "Goldmane restarted",
  "source-unreachable": "the agent could not reach Goldmane",
  "source-history-exceeded": "Goldmane no longer had it",
  "source-unlistable": "Goldmane did not list what came late",
  "clock-set-back": "a clock was set back",
  unsendable: "it did not fit into a message",
};

/** Why evidence is missing, in words; an unknown reason is shown as it came. */
export function describeReasons(reasons: readonly string[]): string {
  return reasons.length === 0
    ? "not received, no reason given"
    : reasons.map((reason) => reasonWords[reason] ?? reason).join("; ");
}
