export { flowsRouter } from "./router";
export { edgeFilter } from "./filter";
