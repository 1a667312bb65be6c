import type { Endpoint } from "../evaluate/endpoint";
import type { World } from "../evaluate/world";
import { formatWorkload, type WorkloadName } from "../manifests/owners";
import type { NameEndpoint } from "./units";

/** A cluster's world, and what its pods are shown as, in their order. */
export interface NamedWorld {
  readonly world: World;
  readonly workloads: readonly WorkloadName[];
}

const kindOf = ({ kind }: Endpoint): string => (kind === "workload" ? "Pod" : "HostEndpoint");

/** Shows endpoints as `namespace/name[Kind]`, of a cluster that has a name as `cluster/namespace/name[Kind]`. */
export function nameEndpoints(clusters: readonly NamedWorld[]): NameEndpoint {
  const names = new Map<Endpoint, string>();
  for (const { world, workloads } of clusters) {
    for (const [i, endpoint] of world.endpoints.entries()) {
      const workload = workloads[i];
      if (workload) names.set(endpoint, formatWorkload(workload));
    }
  }
  return (endpoint) => {
    const { cluster, namespace, name } = endpoint;
    const shown = names.get(endpoint) ?? formatWorkload({ namespace, name, kind: kindOf(endpoint) });
    return cluster === "" ? shown : `${cluster}/${shown}`;
  };
}
