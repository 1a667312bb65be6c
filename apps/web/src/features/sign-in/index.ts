export { SettingsPage } from "./components/settings-page";
export { SignInPage } from "./components/sign-in-page";
export { safeReturnPath } from "./model/return-path";
export { describeUserAgent } from "./model/user-agent";
export { signInProblemSentence } from "./model/sign-in-problem";
