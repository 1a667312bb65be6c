export type * from "./domain";
export { FlowStoreError, type FlowStoreErrorCode } from "./errors";
export type * from "./ingest/flow-table";
export type { BucketKey } from "./ingest/stored-flows";
export { pickRows } from "./ingest/pick-rows";
export { schemaStatements, migrateFlowStore } from "./schema/migrate";
export { createFlowStore } from "./store";
