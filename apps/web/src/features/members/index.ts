export { PasswordLinkShown } from "./components/member-account";
export { MembersPage } from "./components/members-page";
