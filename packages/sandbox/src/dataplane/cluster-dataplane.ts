import { numberOf, stringOf, valueAt } from "../json";
import type { KubeObject, ObjectStore, ResourceName } from "../store/types";
import {
  endpointOf,
  networkSetOf,
  serviceAccountOf,
  serviceEndpointsOf,
  serviceOfSlice,
  type ServiceEndpoint,
} from "./endpoints";
import { evaluate } from "./evaluate";
import { groupBy } from "./group-by";
import { lowerCalicoPolicy } from "./lower-calico-policy";
import { lowerKubernetesPolicy } from "./lower-kubernetes-policy";
import type { Direction, Endpoint, NetworkSet, Packet, Policy, Tier, Verdict } from "./model";
import { buildProgram, type Inventory, type Program } from "./program";
import { NotProgrammable } from "./selector";

const CALICO_POLICIES: readonly ResourceName[] = [
  "networkpolicies.projectcalico.org",
  "globalnetworkpolicies.projectcalico.org",
  "stagednetworkpolicies.projectcalico.org",
  "stagedglobalnetworkpolicies.projectcalico.org",
];
const KUBERNETES_POLICIES: readonly ResourceName[] = [
  "networkpolicies.networking.k8s.io",
  "stagedkubernetesnetworkpolicies.projectcalico.org",
];
const NETWORK_SETS: readonly ResourceName[] = ["networksets.projectcalico.org", "globalnetworksets.projectcalico.org"];
const TIERS: ResourceName = "tiers.projectcalico.org";
const SLICES: ResourceName = "endpointslices.discovery.k8s.io";

const PROGRAMMED: readonly ResourceName[] = [
  "pods",
  "namespaces",
  "serviceaccounts",
  SLICES,
  TIERS,
  ...CALICO_POLICIES,
  ...KUBERNETES_POLICIES,
  ...NETWORK_SETS,
];

/** A policy that this dataplane leaves out, as Felix leaves out what does not pass its validation. */
export interface NotProgrammed {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly reason: string;
}

/** What the dataplane needs of a cluster's objects. */
export type PolicyObjects = Pick<ObjectStore, "get" | "list" | "subscribe">;

/** The policy dataplane of one cluster: what its nodes' Felixes do together. */
export interface ClusterDataplane {
  /** The program in force: what the store holds now. */
  program(): Program;
  /** The verdict of one end about a packet; the endpoint must be one of the program. */
  judge(endpoint: Endpoint, direction: Direction, packet: Packet): Verdict;
  close(): void;
}

/** Follows `store`: a change takes effect on the next packet, when the program is built anew from what changed. */
export function createClusterDataplane(
  store: PolicyObjects,
  onNotProgrammed: (policy: NotProgrammed) => void,
): ClusterDataplane {
  const lowered = new WeakMap<KubeObject, Policy | "none">();
  let current: Program | undefined;
  const unsubscribe = PROGRAMMED.map((resource) => store.subscribe(resource, () => (current = undefined)));
  const lower = (object: KubeObject): readonly Policy[] => {
    const known = lowered.get(object);
    const policy = known ?? lowerPolicy(object, onNotProgrammed) ?? "none";
    if (known === undefined) lowered.set(object, policy);
    return policy === "none" ? [] : [policy];
  };
  const program = (): Program => (current ??= buildProgram(takeInventory(store, lower)));
  return {
    program,
    judge: (endpoint, direction, packet) => evaluate({ program: program(), endpoint, direction, packet }),
    close: () => unsubscribe.forEach((stop) => stop()),
  };
}

function lowerPolicy(object: KubeObject, onNotProgrammed: (policy: NotProgrammed) => void): Policy | undefined {
  const kubernetes =
    object.kind === "StagedKubernetesNetworkPolicy" || object.apiVersion.startsWith("networking.k8s.io/");
  try {
    return kubernetes ? lowerKubernetesPolicy(object) : lowerCalicoPolicy(object);
  } catch (error) {
    if (!(error instanceof NotProgrammable)) throw error;
    const { name, namespace = "" } = object.metadata;
    onNotProgrammed({ kind: object.kind, namespace, name, reason: error.message });
    return undefined;
  }
}

function takeInventory(store: PolicyObjects, lower: (object: KubeObject) => readonly Policy[]): Inventory {
  const namespaces = new Map(store.list("namespaces").map((namespace) => [namespace.metadata.name, namespace]));
  return {
    endpoints: listEndpoints(store, namespaces),
    networkSets: listNetworkSets(store, namespaces),
    tiers: store.list(TIERS).map(tierOf),
    policies: [...CALICO_POLICIES, ...KUBERNETES_POLICIES].flatMap((resource) => store.list(resource).flatMap(lower)),
    namespaces: new Set(namespaces.keys()),
    services: listServices(store),
  };
}

function listEndpoints(store: PolicyObjects, namespaces: ReadonlyMap<string, KubeObject>): readonly Endpoint[] {
  return store.list("pods").flatMap((pod) => {
    const namespace = pod.metadata.namespace ?? "";
    const serviceAccount = store.get({ resource: "serviceaccounts", namespace, name: serviceAccountOf(pod) });
    const endpoint = endpointOf(pod, { namespace: namespaces.get(namespace), serviceAccount });
    return endpoint === undefined ? [] : [endpoint];
  });
}

function listNetworkSets(store: PolicyObjects, namespaces: ReadonlyMap<string, KubeObject>): readonly NetworkSet[] {
  return NETWORK_SETS.flatMap((resource) =>
    store.list(resource).map((set) => networkSetOf(set, namespaces.get(set.metadata.namespace ?? ""))),
  );
}

function tierOf(tier: KubeObject): Tier {
  return {
    name: tier.metadata.name,
    order: numberOf(valueAt(tier, "spec", "order"), Number.POSITIVE_INFINITY),
    defaultAction: stringOf(valueAt(tier, "spec", "defaultAction")) === "Pass" ? "pass" : "deny",
  };
}

function listServices(store: PolicyObjects): ReadonlyMap<string, readonly ServiceEndpoint[]> {
  const byService = groupBy(
    store.list(SLICES),
    (slice) => `${slice.metadata.namespace ?? ""}/${serviceOfSlice(slice)}`,
  );
  return new Map([...byService].map(([service, slices]) => [service, slices.flatMap(serviceEndpointsOf)]));
}
