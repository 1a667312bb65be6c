export type * from "./domain";
export type * from "./edge-groups-domain";
export type * from "./log-domain";
export type * from "./usage-domain";
export { completedFields } from "./edge-groups-domain";
export { FlowStoreError, type FlowStoreErrorCode } from "./errors";
export type * from "./ingest/flow-table";
export type { BucketKey } from "./ingest/stored-flows";
export { pickRows } from "./ingest/pick-rows";
export type { RetentionSweep, SweptPartition } from "./ingest/apply-retention";
export {
  defaultRetention,
  evidenceKinds,
  isRetentionDays,
  keptOf,
  keptSince,
  maxRetentionDays,
  readRetention,
  type AnsweringKind,
  type EvidenceKind,
  type Kept,
  type Retention,
} from "./retention";
export { migrateFlowStore } from "./schema/migrate";
export { createFlowStore } from "./store";
