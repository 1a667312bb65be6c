export { isConfined } from "./confined";
export { hashPassword, shortestPassword } from "./password";
export { bootstrapFirstOwner } from "./bootstrap";
export { followAccessFile, type FollowedFile } from "./access-file/watch";
export { finishSignIn, startSignIn } from "./oidc/routes";
export { providersRouter } from "./providers/router";
export { signInRouter } from "./router";
