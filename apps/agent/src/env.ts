import type { InClusterAddress } from "@isthmus/k8s";

/** The variables that the agent reads: kubectl's own, and the two that Kubernetes sets in every container. */
export interface AgentEnvironment {
  readonly kubeconfig: string | undefined;
  readonly inCluster: InClusterAddress | undefined;
}

/** Reads them. */
export function readEnvironment(): AgentEnvironment {
  const { KUBECONFIG, KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
  return {
    kubeconfig: KUBECONFIG === "" ? undefined : KUBECONFIG,
    inCluster: host && port ? { host, port } : undefined,
  };
}
