import type { BindingScope } from "./scope";

/** Who holds a binding: a person, or whoever a provider says is in a group. */
export type BindingHolder =
  | { readonly kind: "person"; readonly personId: string }
  | { readonly kind: "group"; readonly providerId: string; readonly group: string };

/** A role given to somebody within a scope. */
export interface RoleBinding {
  readonly id: string;
  readonly roleId: string;
  readonly holder: BindingHolder;
  readonly scope: BindingScope;
}
