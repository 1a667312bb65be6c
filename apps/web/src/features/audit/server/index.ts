export { recordAct, type Acting } from "./record";
export { auditRouter } from "./router";
