export { auditEntries, openAuditExport } from "./export";
export { recordAct, type Act, type Acting } from "./record";
export { auditRouter } from "./router";
