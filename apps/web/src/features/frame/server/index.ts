export { frameRouter } from "./router";
