import type { EvidenceKind } from "@isthmus/flow-store";

/** What one cluster has stored of one kind for one day (UTC). */
export interface Use {
  readonly clusterId: string;
  readonly dayMs: number;
  readonly kind: EvidenceKind;
  readonly rows: number;
  readonly bytes: number;
}

/** A sum of uses. */
export interface Amount {
  readonly rows: number;
  readonly bytes: number;
}

const nothing: Amount = { rows: 0, bytes: 0 };
const dayMs = 86_400_000;

/** Adds uses up by a key of each. */
export function amountsBy<K>(uses: readonly Use[], keyOf: (use: Use) => K): ReadonlyMap<K, Amount> {
  const found = new Map<K, Amount>();
  for (const use of uses) {
    const { rows, bytes } = found.get(keyOf(use)) ?? nothing;
    found.set(keyOf(use), { rows: rows + use.rows, bytes: bytes + use.bytes });
  }
  return found;
}

/** All of them together. */
export const totalOf = (uses: readonly Use[]): Amount => amountsBy(uses, () => "all").get("all") ?? nothing;

/** What a kind takes a day, on average. */
export interface Average {
  readonly bytes: number;
  /** Of how many whole days. */
  readonly days: number;
}

/** Whole days of which an average is made. */
const averagedDays = 7;

/** The average of the newest whole days that hold any of a kind; null where none does: there is nothing to go by. */
export function averageOf(
  uses: readonly Use[],
  { kind, nowMs }: { readonly kind: EvidenceKind; readonly nowMs: number },
): Average | null {
  const today = Math.floor(nowMs / dayMs) * dayMs;
  const recent = uses.filter(
    (use) => use.kind === kind && use.dayMs < today && use.dayMs >= today - averagedDays * dayMs,
  );
  const days = new Set(recent.map((use) => use.dayMs)).size;
  return days === 0 ? null : { bytes: totalOf(recent).bytes / days, days };
}

/** What a kind would take once its setting is full: the days that are kept, and today. */
export const fullAt = (average: Average, days: number): number => Math.round(average.bytes * (days + 1));

/** The newest days, today last, each with what it holds. */
export function daysOf(uses: readonly Use[], { nowMs, count }: { readonly nowMs: number; readonly count: number }) {
  const byDay = amountsBy(uses, (use) => use.dayMs);
  const today = Math.floor(nowMs / dayMs) * dayMs;
  return Array.from({ length: count }, (_, index) => {
    const start = today - (count - 1 - index) * dayMs;
    return { dayMs: start, ...(byDay.get(start) ?? nothing) };
  });
}
