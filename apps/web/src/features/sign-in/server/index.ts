export { hashPassword, shortestPassword } from "./password";
export { bootstrapFirstOwner } from "./bootstrap";
export { signInRouter } from "./router";
