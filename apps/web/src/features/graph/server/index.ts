export { graphRouter } from "./router";
