import { labelMap } from "@isthmus/policy-engine";
import type { Access } from "./compile";
import { permissionSpecs, type Permission } from "./permissions";
import { WHOLE, type Region } from "./region";

/** A policy of ours: its tier, its namespace ("" for a global policy) and the clusters on which it is or shall be placed. */
export interface PolicyResource {
  readonly kind: "policy";
  readonly tier: string;
  readonly namespace: string;
  readonly clusterIds: readonly string[];
}

/**
 * What `authorize` is asked about. A dimension that a kind does not name is meant as a whole: `inventory.read` of a
 * cluster is of all its namespaces. A cluster that is yet to join has the id "" and says its name and labels.
 */
export type Resource =
  | { readonly kind: "organisation" }
  | {
      readonly kind: "cluster";
      readonly clusterId: string;
      readonly name?: string;
      readonly labels?: Readonly<Record<string, string>>;
    }
  | { readonly kind: "place"; readonly clusterId: string; readonly namespace: string }
  | { readonly kind: "tier"; readonly tier: string }
  | PolicyResource;

type ClusterResource = Extract<Resource, { kind: "cluster" }>;

/** The labels of a cluster are those that it is known with; only one that is yet to join speaks for itself. */
function clusterOf({ clusterId, name, labels }: ClusterResource): Region["cluster"] {
  if (clusterId !== "" || labels === undefined) return clusterId;
  return { labels: labelMap({ ...labels, ...(name === undefined ? {} : { name }) }) };
}

/** The regions that a resource lies in; a policy lies in one for each of its clusters. */
export function regionsOf(resource: Resource): readonly Region[] {
  const whole: Region = { cluster: WHOLE, namespace: WHOLE, tier: WHOLE };
  switch (resource.kind) {
    case "organisation":
      return [whole];
    case "cluster":
      return [{ ...whole, cluster: clusterOf(resource) }];
    case "place":
      return [{ ...whole, cluster: resource.clusterId, namespace: resource.namespace }];
    case "tier":
      return [{ ...whole, tier: resource.tier }];
    case "policy": {
      const { tier, namespace, clusterIds } = resource;
      if (clusterIds.length === 0) return [{ cluster: WHOLE, namespace, tier }];
      return clusterIds.map((cluster) => ({ cluster, namespace, tier }));
    }
  }
}

/**
 * Whether the permission is granted for the resource. A policy is read where it can be read in one of its clusters, and
 * changed where it can be changed in every one, each by whichever binding; one that is placed nowhere needs a binding
 * without a limit in clusters.
 */
export function authorize(access: Access, permission: Permission, resource: Resource): boolean {
  const covers = (region: Region): boolean => access.covers(permission, region);
  const regions = regionsOf(resource);
  return permissionSpecs[permission].verb === "read" ? regions.some(covers) : regions.every(covers);
}
