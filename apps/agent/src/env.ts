import type { InClusterAddress } from "@isthmus/k8s";
import type { ProxySettings } from "./doctor/observe/proxy";

/** The variables that the agent reads: kubectl's own, the two that Kubernetes sets in every container, and proxies. */
export interface AgentEnvironment {
  readonly kubeconfig: string | undefined;
  readonly inCluster: InClusterAddress | undefined;
  readonly proxies: ProxySettings;
}

/** Reads them. */
export function readEnvironment(): AgentEnvironment {
  const { KUBECONFIG, KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
  const either = (name: string): string => process.env[name] ?? process.env[name.toLowerCase()] ?? "";
  return {
    proxies: { secure: either("HTTPS_PROXY"), plain: either("HTTP_PROXY"), except: either("NO_PROXY") },
    kubeconfig: KUBECONFIG === "" ? undefined : KUBECONFIG,
    inCluster: host && port ? { host, port } : undefined,
  };
}
