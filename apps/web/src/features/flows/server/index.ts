export { flowsRouter } from "./router";
