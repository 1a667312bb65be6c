export { bootstrapFirstOwner, type FirstOwner } from "./bootstrap";
export { signInRouter } from "./router";
