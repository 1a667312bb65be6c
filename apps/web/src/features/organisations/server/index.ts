export { organisationsRouter } from "./router";
