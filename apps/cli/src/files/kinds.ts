import type { ManifestName } from "./manifest-head";

/** What an object of a kind that the engine does not read as policy is to the command. */
export type OtherKind =
  /** It has nothing to do with policy. */
  | "apart"
  /** It is policy, or may be, in a form that is not read: its absence would falsify every answer. */
  | "unread-policy"
  /** It is policy of another network than Kubernetes' and Calico's. */
  | "foreign-policy";

/** Kinds of Calico that change no verdict of policy (docs.tigera.io, "Calico resources"). */
const CALICO_APART = new Set([
  "BGPConfiguration",
  "BGPFilter",
  "BGPPeer",
  "BlockAffinity",
  "CalicoNodeStatus",
  "ClusterInformation",
  "FelixConfiguration",
  "IPAMBlock",
  "IPAMConfiguration",
  "IPAMHandle",
  "IPPool",
  "IPReservation",
  "KubeControllersConfiguration",
  "Node",
]);

const groupOf = (apiVersion: string): string =>
  apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";

const CALICO_GROUPS = new Set(["projectcalico.org", "crd.projectcalico.org"]);

/** Groups whose policies are Kubernetes' or Calico's own, in whatever version. */
const POLICY_GROUPS = new Set([...CALICO_GROUPS, "networking.k8s.io", "extensions", "policy.networking.k8s.io"]);

/** Whether an object is policy of a network that is neither Kubernetes' nor Calico's, such as Cilium's. */
export const isForeignPolicy = ({ apiVersion, kind }: ManifestName): boolean =>
  /Network_?Policy$/i.test(kind) && !POLICY_GROUPS.has(groupOf(apiVersion));

/** Sorts an object that the engine does not read as policy. */
export function sortOtherKind(name: ManifestName): OtherKind {
  const { apiVersion, kind } = name;
  const group = groupOf(apiVersion);
  if (isForeignPolicy(name)) return "foreign-policy";
  if (CALICO_GROUPS.has(group)) return CALICO_APART.has(kind) ? "apart" : "unread-policy";
  return POLICY_GROUPS.has(group) && kind.endsWith("Policy") ? "unread-policy" : "apart";
}
