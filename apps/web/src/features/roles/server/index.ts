export { checkGrant, readGrantBook, refuseWider, roleName } from "./grant";
export { grantInput, idInput } from "./inputs";
export { keepingAnOwner } from "./last-owner";
export { rolesRouter } from "./router";
