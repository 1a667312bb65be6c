export { publicationsRouter } from "./router";
