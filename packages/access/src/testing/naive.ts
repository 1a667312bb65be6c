import { compileSelector, labelMap, parseSelector, type SelectorMatcher } from "@isthmus/policy-engine";
import { builtInRoles, type AccessInput, type BindingScope, type Permission, type Resource } from "../index";

/**
 * The meaning of access once more, plainly: a walk over bindings for each question. It shares with the package the types,
 * the built-in roles and the engine's selectors, and neither the table of permissions nor the index. Properties compare
 * the two, and the benchmark takes it for its baseline.
 */

/** By what a permission can be limited (cluster, namespace, tier), and whether it reads. Written by hand. */
const SHAPES: Readonly<Record<Permission, readonly [limits: string, verb: "read" | "change"]>> = {
  "organisation.manage": ["", "change"],
  "organisation.view-as": ["", "change"],
  "members.read": ["", "read"],
  "members.manage": ["", "change"],
  "roles.read": ["", "read"],
  "roles.manage": ["", "change"],
  "providers.read": ["", "read"],
  "providers.manage": ["", "change"],
  "tokens.create": ["", "change"],
  "tokens.read": ["", "read"],
  "tokens.manage": ["", "change"],
  "audit.read": ["", "read"],
  "audit.export": ["", "read"],
  "clusters.read": ["c", "read"],
  "clusters.connect": ["c", "change"],
  "clusters.manage": ["c", "change"],
  "clusters.delete": ["c", "change"],
  "inventory.read": ["cn", "read"],
  "flows.read": ["cn", "read"],
  "publications.read": ["cn", "read"],
  "publications.approve": ["cn", "change"],
  "tiers.read": ["t", "read"],
  "tiers.manage": ["t", "change"],
  "policies.read": ["cnt", "read"],
  "policies.write": ["cnt", "change"],
  "policies.apply": ["cnt", "change"],
  "installation.manage": ["", "change"],
};

/** One thing in each dimension; absent is the whole of it. */
export interface Point {
  readonly cluster?: string | { readonly labels: ReadonlyMap<string, string> };
  readonly namespace?: string;
  readonly tier?: string;
}

interface Given {
  readonly roleId: string;
  readonly scope: BindingScope;
}

function roleHas(input: AccessInput, roleId: string, permission: Permission): boolean {
  const builtIn = builtInRoles.find(({ id }) => id === roleId);
  if (builtIn) return builtIn.permissions.includes(permission);
  const custom = input.roles.find(({ id }) => id === roleId);
  return permission !== "installation.manage" && (custom?.permissions.includes(permission) ?? false);
}

const selectors = new Map<string, SelectorMatcher | undefined>();

/** A selector that can be read; each is read once, as anybody would. */
function matcherOf(selector: string): SelectorMatcher | undefined {
  if (!selectors.has(selector)) {
    const parsed = parseSelector(selector);
    selectors.set(selector, parsed.ok && selector.trim() !== "" ? compileSelector(parsed.value) : undefined);
  }
  return selectors.get(selector);
}

function isVoid({ clusters, namespaces, tiers }: BindingScope): boolean {
  if (clusters.kind === "ids" && clusters.ids.length === 0) return true;
  if (clusters.kind === "selector" && !matcherOf(clusters.selector)) return true;
  return [namespaces, tiers].some((names) => names !== "all" && names.every((name) => name === ""));
}

const selectorMatches = (selector: string, labels: ReadonlyMap<string, string>): boolean =>
  matcherOf(selector)?.(labels) ?? false;

function inClusters(input: AccessInput, { clusters }: BindingScope, cluster: Point["cluster"]): boolean {
  if (clusters.kind === "all") return true;
  if (cluster === undefined) return false;
  if (typeof cluster === "object")
    return clusters.kind === "selector" && selectorMatches(clusters.selector, cluster.labels);
  const known = input.clusters.find(({ id }) => id === cluster);
  if (!known) return false;
  if (clusters.kind === "ids") return clusters.ids.includes(cluster);
  return selectorMatches(clusters.selector, labelMap({ ...known.labels, name: known.name }));
}

const inNames = (names: "all" | readonly string[], name: string | undefined): boolean =>
  names === "all" || (name !== undefined && name !== "" && names.includes(name));

const limitsOf = ({ clusters, namespaces, tiers }: BindingScope): string =>
  (clusters.kind === "all" ? "" : "c") + (namespaces === "all" ? "" : "n") + (tiers === "all" ? "" : "t");

/** Whether one binding by itself grants a permission at a point. */
function grants(
  input: AccessInput,
  { roleId, scope }: Given,
  [permission, point]: readonly [Permission, Point],
): boolean {
  const [dimensions, verb] = SHAPES[permission];
  if (!roleHas(input, roleId, permission) || isVoid(scope)) return false;
  if (dimensions.includes("c") && !inClusters(input, scope, point.cluster)) return false;
  if (dimensions.includes("n") && !inNames(scope.namespaces, point.namespace)) return false;
  if (dimensions.includes("t") && !inNames(scope.tiers, point.tier)) return false;
  const mustHaveNoMoreLimits = verb === "change" || dimensions === "";
  return !mustHaveNoMoreLimits || Array.from(limitsOf(scope)).every((limit) => dimensions.includes(limit));
}

/** Whether a permission is granted at a point, without the tier rule. */
function bare(input: AccessInput, permission: Permission, point: Point): boolean {
  if (input.readOnly && SHAPES[permission][1] === "change") return false;
  if (input.ceiling && !grants(input, input.ceiling, [permission, point])) return false;
  return input.bindings.some((binding) => grants(input, binding, [permission, point]));
}

function full(input: AccessInput, permission: Permission, point: Point): boolean {
  if (!bare(input, permission, point)) return false;
  return !permission.startsWith("policies.") || bare(input, "tiers.read", point);
}

function pointsOf(resource: Resource): readonly Point[] {
  if (resource.kind === "organisation") return [{}];
  if (resource.kind === "tier") return [{ tier: resource.tier }];
  if (resource.kind === "place") return [{ cluster: resource.clusterId, namespace: resource.namespace }];
  if (resource.kind === "policy") {
    const { tier, namespace, clusterIds } = resource;
    return clusterIds.length === 0
      ? [{ tier, namespace }]
      : clusterIds.map((cluster) => ({ cluster, namespace, tier }));
  }
  const { clusterId, labels, name } = resource;
  if (clusterId !== "" || labels === undefined) return [{ cluster: clusterId }];
  return [{ cluster: { labels: labelMap({ ...labels, ...(name === undefined ? {} : { name }) }) } }];
}

/** What `authorize` must answer. */
export function naiveAuthorize(input: AccessInput, permission: Permission, resource: Resource): boolean {
  const points = pointsOf(resource);
  const holds = (point: Point): boolean => full(input, permission, point);
  return SHAPES[permission][1] === "read" ? points.some(holds) : points.every(holds);
}

/** Whether a permission is granted at a point. */
export const naiveGrants = full;

/** Whether the bindings carry a permission at a point, whether or not the tier rule lets it be used. */
export const naiveHolds = bare;
