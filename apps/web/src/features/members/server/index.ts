export { makeInvitation, type InvitationLink } from "./invite";
export { membersRouter } from "./router";
