export { bootstrapFirstOwner } from "./bootstrap";
export { signInRouter } from "./router";
