export { evidenceRouter } from "./router";
