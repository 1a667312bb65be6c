import type { FlowColumns } from "./flow-columns";
import type { FlowBatch } from "./messages";

/** Reasons for which evidence is known to be lost, as GapRecord carries them. */
export const GAP_REASONS = [
  "spool-full",
  "spool-lost",
  "source-restarted",
  "source-unreachable",
  "source-history-exceeded",
  "source-unlistable",
  "clock-set-back",
  "unsendable",
] as const;

/** A reason for which evidence is known to be lost. */
export type GapReason = (typeof GAP_REASONS)[number];

/**
 * The identity of a batch of a bucket as streamed: what it says, not who carried it; the store deduplicates by it. A
 * restatement has none: it is compared with what is stored.
 */
export function batchId(
  clusterId: string,
  batch: Pick<FlowBatch | FlowColumns, "incarnation" | "bucketStart" | "part" | "correction">,
): string {
  return `${clusterId}/${batch.incarnation}/${batch.bucketStart}/${batch.part}/${batch.correction}`;
}
