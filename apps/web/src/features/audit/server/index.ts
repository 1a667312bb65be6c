export { auditEntries, openAuditExport } from "./export";
export { recordAct, type Acting } from "./record";
export { auditRouter } from "./router";
