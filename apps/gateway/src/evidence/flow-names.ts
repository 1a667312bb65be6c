import type { EndpointType, PolicyKind, Reporter, Verdict } from "@isthmus/flow-store";

// Numbers of Goldmane's enums, as the wire carries them.
const endpointTypes: readonly EndpointType[] = ["unknown", "workload", "host", "network-set", "network"];
const actions: readonly Verdict[] = ["unknown", "allow", "deny", "pass"];
const policyKinds: Readonly<Record<number, PolicyKind>> = {
  1: "CalicoNetworkPolicy",
  2: "GlobalNetworkPolicy",
  3: "StagedNetworkPolicy",
  4: "StagedGlobalNetworkPolicy",
  5: "StagedKubernetesNetworkPolicy",
  6: "NetworkPolicy",
  9: "Profile",
  10: "EndOfTier",
  11: "ClusterNetworkPolicy",
};

/** The name of an EndpointType; a number of a newer Goldmane is unknown, never something else. */
export const endpointTypeName = (value: number): EndpointType => endpointTypes[value] ?? "unknown";

/** The name of an Action. */
export const actionName = (value: number): Verdict => actions[value] ?? "unknown";

/** The name of a PolicyKind. */
export const policyKindName = (value: number): PolicyKind => policyKinds[value] ?? "Unknown";

/** The name of a Reporter; Goldmane has two, and a flow without one was seen where it was sent from. */
export const reporterName = (value: number): Reporter => (value === 2 ? "destination" : "source");
