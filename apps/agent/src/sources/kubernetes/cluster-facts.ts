import { create } from "@bufbuild/protobuf";
import {
  CALICO_CRD,
  CALICO_KINDS,
  CALICO_V3,
  CORE_KINDS,
  SERVICE_CIDR_KIND,
  apiGroup,
  listAt,
  recordAt,
  textAt,
  type FollowObjects,
  type InspectCluster,
  type KubeObject,
  type ResourceKind,
} from "@isthmus/k8s";
import { ClusterFactsSchema, type ClusterFacts } from "@isthmus/protocol";
import { permissionText } from "./follow-inventory";
import type { CalicoApi } from "./watched-kinds";

/** Kinds that the agent writes, of which each verb is asked about. */
export const WRITTEN_KINDS: readonly ResourceKind[] = [
  CALICO_KINDS.tiers,
  CALICO_KINDS.networkPolicies,
  CALICO_KINDS.globalNetworkPolicies,
  CALICO_KINDS.stagedNetworkPolicies,
  CALICO_KINDS.stagedGlobalNetworkPolicies,
  CALICO_KINDS.networkSets,
  CALICO_KINDS.globalNetworkSets,
];
/** Kinds that tell of routes between clusters: the gateway is told which of them were read whole. */
const ROUTING_KINDS = [
  CALICO_KINDS.bgpConfigurations,
  CALICO_KINDS.bgpPeers,
  CALICO_KINDS.ipPools,
  CORE_KINDS.nodes,
].map(({ kind }) => kind);
const WRITING = ["create", "update", "delete"] as const;

/** Which version serves Calico's kinds: v3 where it is served, else its internal group, else none. */
export async function findCalicoApi(api: InspectCluster): Promise<CalicoApi | undefined> {
  for (const version of [CALICO_V3, CALICO_CRD] as const) {
    const served = await api.servedResources(version);
    if (!served.ok) return undefined;
    if (served.value.includes(CALICO_KINDS.globalNetworkPolicies.plural)) return version;
  }
  return "";
}

/** Writes that the API server would forbid, as `create projectcalico.org/v3 tiers`. */
export async function forbiddenWrites(api: InspectCluster): Promise<readonly string[]> {
  const forbidden: string[] = [];
  for (const kind of WRITTEN_KINDS) {
    for (const verb of WRITING) {
      const may = await api.mayI({ verb, group: apiGroup(kind.apiVersion), resource: kind.plural });
      if (may.ok && !may.value) forbidden.push(permissionText(verb, kind));
    }
  }
  return forbidden;
}

/** Ranges of service addresses, where the cluster tells them (ServiceCIDR, Kubernetes 1.33 and later). */
export async function findServiceCidrs(api: FollowObjects): Promise<readonly string[]> {
  const listed = await api.list(SERVICE_CIDR_KIND, { limit: 50 });
  if (!listed.ok) return [];
  return listed.value.items.flatMap((item) => texts(listAt(item, "spec", "cidrs"))).toSorted();
}

/** Learns from the inventory what facts consist of. */
export class FactsFromInventory {
  readonly #pools = new Map<string, readonly string[]>();
  readonly #nodes = new Map<string, readonly string[]>();
  #calicoVersion = "";

  upserted(text: string, object: KubeObject): void {
    if (object.kind === "IPPool") {
      const spec = recordAt(object, "spec");
      this.#pools.set(text, spec["disabled"] === true ? [] : texts([spec["cidr"]]));
    }
    if (object.kind === "Node") {
      const spec = recordAt(object, "spec");
      this.#nodes.set(text, texts([spec["podCIDR"], ...listAt(spec, "podCIDRs")]));
    }
    if (object.kind === "ClusterInformation") this.#calicoVersion = textAt(object, "spec", "calicoVersion");
  }

  deleted(text: string): void {
    this.#pools.delete(text);
    this.#nodes.delete(text);
  }

  /** Calico's pools where there are any; else what Kubernetes gave the nodes. */
  get podCidrs(): readonly string[] {
    const pools = unique(this.#pools);
    return pools.length > 0 ? pools : unique(this.#nodes);
  }

  get calicoVersion(): string {
    return this.#calicoVersion;
  }
}

/** What was found of the cluster, as the wire carries it. */
export interface FoundFacts {
  readonly kubernetesVersion: string;
  readonly calicoVersion: string;
  readonly calicoApi: string;
  readonly podCidrs: readonly string[];
  readonly serviceCidrs: readonly string[];
  readonly goldmane: string;
  readonly missingPermissions: readonly string[];
  /** Kinds that were read whole, of which those that tell of routes are said. */
  readonly readKinds: readonly string[];
}

/** Facts as a message. */
export function factsMessage({ readKinds, ...facts }: FoundFacts): ClusterFacts {
  return create(ClusterFactsSchema, {
    ...facts,
    routingKinds: ROUTING_KINDS.filter((kind) => readKinds.includes(kind)),
    podCidrs: [...facts.podCidrs],
    serviceCidrs: [...facts.serviceCidrs],
    missingPermissions: [...facts.missingPermissions],
  });
}

const unique = (lists: ReadonlyMap<string, readonly string[]>): readonly string[] =>
  [...new Set([...lists.values()].flat())].toSorted();

const texts = (values: readonly unknown[]): readonly string[] =>
  values.filter((value): value is string => typeof value === "string" && value !== "");
