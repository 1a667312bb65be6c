import type { AnsweringKind, PastRetention } from "@isthmus/flow-store";
import { dayMonth } from "../../../ui";

const words: Readonly<Record<AnsweringKind, string>> = {
  flows: "flows",
  minute: "edges by minute",
  hour: "edges by hour",
  day: "edges by day",
};

/** What of a range is no longer there to answer from, and why, as one sentence without its full stop. */
export function describePastRetention({ kind, beforeMs, days }: PastRetention, nowMs: number): string {
  const before = new Date(beforeMs);
  const year = before.getUTCFullYear();
  const day = year === new Date(nowMs).getUTCFullYear() ? dayMonth(before) : `${dayMonth(before)} ${year}`;
  const what = `${words[kind]} before ${day}`;
  if (days === null) return `${what} were not kept`;
  return `${what} are past their retention of ${days} ${days === 1 ? "day" : "days"}`;
}

/** Each kind once, of all clusters: one that joined later lacks nothing. */
export function pastRetentionOf(
  clusters: readonly { readonly pastRetention: readonly PastRetention[] }[],
): readonly PastRetention[] {
  return [...new Map(clusters.flatMap(({ pastRetention }) => pastRetention).map((each) => [each.kind, each])).values()];
}
