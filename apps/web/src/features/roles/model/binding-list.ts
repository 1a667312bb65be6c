import type { BindingScope } from "@isthmus/access";

/** Who holds a binding, as pages name them. */
export type NamedHolder =
  | { readonly kind: "person"; readonly personId: string; readonly displayName: string; readonly email: string }
  | { readonly kind: "group"; readonly providerId: string; readonly providerName: string; readonly group: string };

export interface ListedBinding {
  readonly holder: NamedHolder;
  readonly roleName: string;
  readonly scope: BindingScope;
}

export type BindingSegment = "all" | "people" | "groups";

/** The segment that a parameter of the URL names. */
export const bindingSegment = (text: string | null): BindingSegment =>
  text === "people" || text === "groups" ? text : "all";

/** A holder by name: the person's, or the group's. */
export const holderName = (holder: NamedHolder): string =>
  holder.kind === "person" ? holder.displayName || holder.email : holder.group;

const inSegment = ({ holder }: ListedBinding, segment: BindingSegment): boolean =>
  segment === "all" || (segment === "people" ? holder.kind === "person" : holder.kind === "group");

const textOf = ({ holder, roleName, scope }: ListedBinding): string =>
  [
    holderName(holder),
    holder.kind === "person" ? holder.email : holder.providerName,
    roleName,
    scope.clusters.kind === "selector" ? scope.clusters.selector : "",
    scope.namespaces === "all" ? "" : scope.namespaces.join(" "),
    scope.tiers === "all" ? "" : scope.tiers.join(" "),
  ]
    .join(" ")
    .toLowerCase();

/** The bindings that a segment and the words of a filter leave, by holder and then role. */
export function filterBindings<B extends ListedBinding>(
  bindings: readonly B[],
  { segment, text }: { readonly segment: BindingSegment; readonly text: string },
): readonly B[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  return bindings
    .filter((binding) => inSegment(binding, segment))
    .filter((binding) => words.every((word) => textOf(binding).includes(word)))
    .sort((a, b) => holderName(a.holder).localeCompare(holderName(b.holder)) || a.roleName.localeCompare(b.roleName));
}

/** How many bindings each segment holds. */
export const countBindings = (bindings: readonly ListedBinding[]): Readonly<Record<BindingSegment, number>> => ({
  all: bindings.length,
  people: bindings.filter((binding) => inSegment(binding, "people")).length,
  groups: bindings.filter((binding) => inSegment(binding, "groups")).length,
});
