export { storageRouter } from "./router";
