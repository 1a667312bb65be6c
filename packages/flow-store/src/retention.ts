/** What is kept each for a time of its own: kinds of records, and rollups of edges by their step. */
export const evidenceKinds = ["flows", "dns", "l7", "audit", "minute", "hour", "day"] as const;

/** One of evidenceKinds. */
export type EvidenceKind = (typeof evidenceKinds)[number];

/** The kinds that answers about flows come from; the marks of buckets say how complete any of them is. */
export const answeringKinds = ["flows", "minute", "hour", "day"] as const;

/** One of answeringKinds. */
export type AnsweringKind = (typeof answeringKinds)[number];

/** Since when a kind is there (start of a day, Unix ms), and its days where its setting says so; null: it went before. */
export interface KeptKind {
  readonly sinceMs: number;
  readonly days: number | null;
}

/** What of an organisation can be there, by kind. */
export type Kept = Readonly<Record<AnsweringKind, KeptKind>>;

/** Whole days, 1 to maxRetentionDays, for which each kind is kept. */
export type Retention = Readonly<Record<EvidenceKind, number>>;

/** The longest that anything is kept. */
export const maxRetentionDays = 3_650;

/** How often each kind is kept as long as flows where nobody has said: audit logs 91 days beside 7, as Calico does. */
const timesFlows: Retention = { flows: 1, dns: 1, l7: 1, audit: 13, minute: 1, hour: 12, day: 52 };

/** What holds where an organisation has set nothing, from the days for which flows are kept. */
export function defaultRetention(flowDays: number): Retention {
  return { ...timesFlows, ...mapKinds((kind) => Math.min(timesFlows[kind] * flowDays, maxRetentionDays)) };
}

/** An organisation's retention: what it has set, as far as it can be read, and the defaults for the rest. */
export function readRetention(setting: unknown, defaults: Retention): Retention {
  const set = typeof setting === "object" && setting !== null ? (setting as Readonly<Record<string, unknown>>) : {};
  return mapKinds((kind) => (isRetentionDays(set[kind]) ? set[kind] : defaults[kind]));
}

/** Whether a value can be a number of days. */
export const isRetentionDays = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= maxRetentionDays;

const dayMs = 86_400_000;

/**
 * Start of the oldest day (UTC, Unix ms) of which a kind is kept. Whole days go together: today and as many whole days
 * before it as the setting says are kept.
 */
export function keptSince(days: number, nowMs: number): number {
  return (Math.floor(nowMs / dayMs) - days) * dayMs;
}

/** What is there by the setting of today, less what went before while the setting was shorter (`sweptMs`, by kind). */
export function keptOf(
  retention: Retention,
  { nowMs, sweptMs }: { readonly nowMs: number; readonly sweptMs: Readonly<Partial<Record<EvidenceKind, number>>> },
): Kept {
  const of = (kind: AnsweringKind): KeptKind => {
    const [bySetting, swept] = [keptSince(retention[kind], nowMs), sweptMs[kind] ?? 0];
    return swept > bySetting ? { sinceMs: swept, days: null } : { sinceMs: bySetting, days: retention[kind] };
  };
  return Object.fromEntries(answeringKinds.map((kind) => [kind, of(kind)])) as unknown as Kept;
}

function mapKinds(of: (kind: EvidenceKind) => number): Retention {
  return Object.fromEntries(evidenceKinds.map((kind) => [kind, of(kind)])) as unknown as Retention;
}
