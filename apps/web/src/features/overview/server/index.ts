export { overviewRouter } from "./router";
