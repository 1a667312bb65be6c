import type { ManifestName } from "./manifest-head";

/** What an object of a kind that the engine does not read as policy is to the command. */
export type OtherKind =
  /** It has nothing to do with policy. */
  | "apart"
  /** It is policy, or may be, in a form that is not read: its absence would falsify every answer. */
  | "unread-policy";

/** Kinds of Calico that change no verdict of policy (docs.tigera.io, "Calico resources"). */
const CALICO_APART = new Set([
  "BGPConfiguration",
  "BGPFilter",
  "BGPPeer",
  "BlockAffinity",
  "CalicoNodeStatus",
  "ClusterInformation",
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

/** Sorts an object that the engine does not read as policy. */
export function sortOtherKind({ apiVersion, kind }: ManifestName): OtherKind {
  const group = groupOf(apiVersion);
  if (CALICO_GROUPS.has(group)) return CALICO_APART.has(kind) ? "apart" : "unread-policy";
  if (group === "policy.networking.k8s.io" || /Network_?Policy$/i.test(kind)) return "unread-policy";
  return "apart";
}
