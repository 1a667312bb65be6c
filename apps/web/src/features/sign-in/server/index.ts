export { hashPassword, shortestPassword } from "./password";
export { personName } from "./person-name";
export { bootstrapFirstOwner } from "./bootstrap";
export { followAccessFile, type FollowedFile } from "./access-file/watch";
export { finishSignIn, startSignIn } from "./oidc/routes";
export { providersRouter } from "./providers/router";
export { makePasswordLink, takeSecondFactorOf, type PasswordLink } from "./account/recovery";
export { accountRouter } from "./account/router";
export { signInRouter } from "./router";
