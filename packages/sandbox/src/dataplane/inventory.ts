import { numberOf, stringOf, valueAt } from "../json";
import type { KubeObject, ObjectStore, ResourceName } from "../store/types";
import { endpointOf, hostEndpointOf, networkSetOf } from "./endpoints";
import { readFailsafes } from "./failsafe";
import { groupBy } from "@isthmus/std";
import type { Policy, Profile, Tier } from "./model";
import { collectProfiles } from "./profiles";
import type { Inventory } from "./program";
import { serviceEndpointsOf, serviceOfSlice, type ServiceEndpoints } from "./service-endpoints";

/** Resources that are lowered to policies, each in a function of its own kind. */
export const POLICY_RESOURCES = {
  calico: [
    "networkpolicies.projectcalico.org",
    "globalnetworkpolicies.projectcalico.org",
    "stagednetworkpolicies.projectcalico.org",
    "stagedglobalnetworkpolicies.projectcalico.org",
  ],
  kubernetes: ["networkpolicies.networking.k8s.io", "stagedkubernetesnetworkpolicies.projectcalico.org"],
  cluster: ["clusternetworkpolicies.policy.networking.k8s.io"],
} as const satisfies Readonly<Record<string, readonly ResourceName[]>>;

const NETWORK_SETS: readonly ResourceName[] = ["networksets.projectcalico.org", "globalnetworksets.projectcalico.org"];
const TIERS: ResourceName = "tiers.projectcalico.org";
const SLICES: ResourceName = "endpointslices.discovery.k8s.io";
const PROFILES: ResourceName = "profiles.projectcalico.org";
const HOSTS: ResourceName = "hostendpoints.projectcalico.org";
const FELIX: ResourceName = "felixconfigurations.projectcalico.org";

/** Everything that verdicts depend on. */
export const PROGRAMMED: readonly ResourceName[] = [
  "pods",
  "namespaces",
  "serviceaccounts",
  SLICES,
  TIERS,
  PROFILES,
  HOSTS,
  FELIX,
  ...Object.values(POLICY_RESOURCES).flat(),
  ...NETWORK_SETS,
];

/** Lowers one object, perhaps from memory; nothing where it is not programmed. */
export interface Lowering {
  readonly policy: (object: KubeObject) => readonly Policy[];
  readonly profile: (object: KubeObject) => readonly Profile[];
}

/** What the store holds now, lowered. */
export function takeInventory(store: Pick<ObjectStore, "get" | "list">, lower: Lowering): Inventory {
  const profiles = collectProfiles({
    namespaces: store.list("namespaces"),
    serviceAccounts: store.list("serviceaccounts"),
    written: store.list(PROFILES).flatMap(lower.profile),
  });
  return {
    endpoints: store.list("pods").flatMap((pod) => endpointOf(pod, profiles) ?? []),
    hosts: store.list(HOSTS).map((host) => hostEndpointOf(host, profiles)),
    networkSets: NETWORK_SETS.flatMap((resource) => store.list(resource).map((set) => networkSetOf(set, profiles))),
    tiers: store.list(TIERS).map(tierOf),
    policies: Object.values(POLICY_RESOURCES)
      .flat()
      .flatMap((resource) => store.list(resource).flatMap(lower.policy)),
    profiles,
    services: listServices(store),
    failsafes: readFailsafes(store.get({ resource: FELIX, name: "default" })),
  };
}

function tierOf(tier: KubeObject): Tier {
  return {
    name: tier.metadata.name,
    order: numberOf(valueAt(tier, "spec", "order"), Number.POSITIVE_INFINITY),
    defaultAction: stringOf(valueAt(tier, "spec", "defaultAction")) === "Pass" ? "pass" : "deny",
  };
}

function listServices(store: Pick<ObjectStore, "list">): ReadonlyMap<string, readonly ServiceEndpoints[]> {
  const byService = groupBy(
    store.list(SLICES),
    (slice) => `${slice.metadata.namespace ?? ""}/${serviceOfSlice(slice)}`,
  );
  return new Map([...byService].map(([service, slices]) => [service, slices.map(serviceEndpointsOf)]));
}
