export type * from "./domain";
export { FlowStoreError, type FlowStoreErrorCode } from "./errors";
export { batchToken } from "./ingest/insert";
export { schemaStatements, migrateFlowStore } from "./schema/migrate";
export { createFlowStore } from "./store";
