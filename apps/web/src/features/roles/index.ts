export { BindDialog } from "./components/bind-dialog";
export { BindingsPage } from "./components/bindings-page";
export { RolesPage } from "./components/roles-page";
export { useRoleChoice } from "./components/role-fields";
export { RoleChip, ScopeText } from "./components/scope-text";
export { useScopeOptions } from "./components/use-scope-options";
export { scopeWords } from "./model/scope-words";
export { WhyPage } from "./components/why-page";
