import type { BindingScope } from "@isthmus/access";

/** True when the scope limits nothing: only then do permissions of the whole organisation come with it. */
export const isEverything = (scope: BindingScope): boolean =>
  scope.clusters.kind === "all" && scope.namespaces === "all" && scope.tiers === "all";
