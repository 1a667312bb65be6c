export { connectivityRouter } from "./router";
