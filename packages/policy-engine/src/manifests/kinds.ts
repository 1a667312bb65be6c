import type { ResourceRef } from "../model/resource";

/** What a kind is to the question of what may connect. */
export type KindRole =
  | "pod"
  | "workload"
  | "namespace"
  | "service-account"
  | "service"
  | "endpoint-slice"
  | "endpoints"
  | "node"
  /** Read by the engine itself; what it cannot read there makes verdicts unknown. */
  | "policy"
  | "ignored";

/** API groups whose objects run pods from a template. */
const WORKLOADS: ReadonlyMap<string, readonly string[]> = new Map([
  ["apps", ["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"]],
  ["extensions", ["Deployment", "ReplicaSet", "DaemonSet"]],
  ["batch", ["Job", "CronJob"]],
  ["", ["ReplicationController"]],
]);

const CORE: ReadonlyMap<string, KindRole> = new Map<string, KindRole>([
  ["Pod", "pod"],
  ["Namespace", "namespace"],
  ["ServiceAccount", "service-account"],
  ["Service", "service"],
  ["Endpoints", "endpoints"],
  ["Node", "node"],
]);

const CALICO_KINDS: readonly string[] = ["Tier", "NetworkSet", "GlobalNetworkSet", "HostEndpoint", "Profile"];

const groupOf = (apiVersion: string): string => (apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "");

/** Groups of Calico's and Kubernetes' network policies of any version: what is too old or new to be read is not ignored. */
const POLICY_GROUPS: readonly string[] = [
  "projectcalico.org",
  "crd.projectcalico.org",
  "networking.k8s.io",
  "extensions",
  "policy.networking.k8s.io",
];

function isPolicy(group: string, kind: string): boolean {
  if (!POLICY_GROUPS.includes(group)) return false;
  return kind.endsWith("NetworkPolicy") || (group.endsWith("projectcalico.org") && CALICO_KINDS.includes(kind));
}

/** What an object is, by its group and kind. */
export function roleOf({ apiVersion, kind }: Pick<ResourceRef, "apiVersion" | "kind">): KindRole {
  const group = groupOf(apiVersion);
  if (WORKLOADS.get(group)?.includes(kind)) return "workload";
  if (group === "discovery.k8s.io" && kind === "EndpointSlice") return "endpoint-slice";
  if (isPolicy(group, kind)) return "policy";
  return (group === "" ? CORE.get(kind) : undefined) ?? "ignored";
}
