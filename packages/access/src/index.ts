/** Access: permissions, roles, and what a subject may do where, compiled from its bindings. */
export {
  isPermission,
  permissions,
  permissionSpecs,
  type Dimension,
  type Permission,
  type PermissionSpec,
  type Verb,
} from "./permissions";
export { builtInRoles, builtInRolesOf, type OrganisationKind, type RoleDefinition, type StoredRole } from "./roles";
export { EVERYWHERE, type AccessCluster, type BindingScope, type ClusterScope, type Limit } from "./scope";
export type { BindingHolder, RoleBinding } from "./binding";
export type { AccessProblem } from "./problem";
export type { AccessInput, Ceiling } from "./layers";
export type { Box } from "./box";
export { compileAccess, type Access, type Places } from "./compile";
export { authorize, type PolicyResource, type Resource } from "./authorize";
export {
  clusterLabels,
  readClusterSelector,
  type ClusterSelector,
  type ClusterSelectorError,
} from "./cluster-selector";
export { mayMovePolicy } from "./move";
export { explainAccess, type ExplainInput } from "./explain";
export type { Explanation, GrantedBy, MissingReason, Via } from "./explanation";
export { widens, type WidenedCluster, type Widening } from "./widens";
export { describeScope } from "./scope-text";
