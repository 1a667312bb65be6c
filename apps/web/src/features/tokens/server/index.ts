export { tokensRouter } from "./router";
