export { hashPassword, shortestPassword } from "./password";
export { bootstrapFirstOwner } from "./bootstrap";
export { finishSignIn, startSignIn } from "./oidc/routes";
export { providersRouter } from "./providers/router";
export { signInRouter } from "./router";
