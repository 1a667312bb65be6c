export type * from "./domain";
export { FlowStoreError, type FlowStoreErrorCode } from "./errors";
