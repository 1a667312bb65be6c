import { err, type Result } from "@isthmus/std";
import type { AccessError, ClusterAccess } from "./cluster-access";
import { inClusterAccess, type InClusterAddress } from "./in-cluster";
import { kubeconfigAccess } from "./kubeconfig";

/** Where access may come from, in order of preference. */
export interface AccessSources {
  readonly kubeconfig?: string;
  readonly inCluster?: InClusterAddress;
}

/** Finds access to the cluster: a kubeconfig where one is named, else the pod's own service account. */
export function loadAccess(sources: AccessSources, now: () => number): Promise<Result<ClusterAccess, AccessError>> {
  if (sources.kubeconfig !== undefined) return kubeconfigAccess(sources.kubeconfig, now);
  if (sources.inCluster !== undefined) return inClusterAccess(sources.inCluster, now);
  const message = "not inside a cluster, and no kubeconfig: give --kubeconfig or set KUBECONFIG";
  return Promise.resolve(err({ code: "access-missing", message }));
}
