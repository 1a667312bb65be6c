import type { EvidenceKind } from "./retention";

/** Asks what an organisation stores, over its newest days. */
export interface StorageUsageRequest {
  readonly organisationId: string;
  /** 1 to 400: today (UTC) and the days before it. */
  readonly days: number;
  readonly nowMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** What one cluster has stored of one kind for one day (UTC). */
export interface StorageUse {
  readonly clusterId: string;
  /** Its start in Unix ms. */
  readonly dayMs: number;
  readonly kind: EvidenceKind;
  readonly rows: number;
  /** Estimated: what the day's partition takes on disk, one replica's, shared out by rows. */
  readonly bytes: number;
}
