export { hashPassword, shortestPassword } from "./password";
export { bootstrapFirstOwner } from "./bootstrap";
export { finishSignIn, startSignIn } from "./oidc/routes";
export { signInRouter } from "./router";
