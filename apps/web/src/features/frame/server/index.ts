export { frameRouter } from "./router";
export { accessHere } from "./service";
