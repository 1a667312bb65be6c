import { networkSetLabels, podLabels } from "../model/labels";
import type { HostEndpoint, NetworkSet, Policy } from "../model/policy";
import type { Labels } from "../model/resource";
import { parseAddress, type Cidr, type IpAddress } from "../net/address";
import { DomainBook } from "./domains";
import type { Endpoint, NodeEndpoint, WorkloadEndpoint } from "./endpoint";
import { readSettings, type ReadSettings } from "./felix-settings";
import { HolderIndex } from "./holders";
import type { ServiceTarget } from "./match-entity";
import { NodeIndex } from "./nodes";
import type { Holder } from "./packet";
import { namespaceProfile, profilesOf, serviceAccountProfile, withInherited, type ProfileContent } from "./profiles";
import { readManifests, type UnreadablePolicy } from "./read-manifests";
import { orderTiers, type WorldTier } from "./tier-order";
import type { WorldInput, WorldPod, WorldService } from "./world-input";

/** One cluster made ready to be judged. Tiers and their policies are in the order of evaluation. */
export interface World {
  /** Its name in the mesh; empty where there is only one. */
  readonly cluster: string;
  readonly tiers: readonly WorldTier[];
  /** Pods, in the order of the input. */
  readonly endpoints: readonly WorkloadEndpoint[];
  readonly hostEndpoints: readonly NodeEndpoint[];
  /** By name: what speaks after the last tier. */
  readonly profiles: ReadonlyMap<string, ProfileContent>;
  readonly unreadable: readonly UnreadablePolicy[];
  readonly settings: ReadSettings;
  /** What DNS was observed to answer, and the network sets with domains. */
  readonly domains: DomainBook;
  readonly nodes: NodeIndex;
  /** Who holds an address, as the peers of this policy's rules see it; undefined: as a profile's do. */
  readonly holdersOf: (address: IpAddress, policy: Policy | undefined) => readonly Holder[];
  readonly serviceTargets: (namespace: string, name: string) => readonly ServiceTarget[] | undefined;
}

/** Something besides an endpoint that holds ranges of addresses: a network set. */
export interface Holding {
  readonly holder: Holder;
  readonly nets: readonly Cidr[];
}

const NO_LABELS: Labels = {};

const addressesOf = (texts: readonly string[]): readonly IpAddress[] =>
  texts.flatMap((text) => parseAddress(text) ?? []);

/** What of a cluster endpoints are made from. */
interface Surroundings {
  readonly cluster: string;
  readonly namespaces: ReadonlyMap<string, Labels>;
  /** By `namespace/name`; undefined where each pod's account is taken to exist. */
  readonly accounts: ReadonlyMap<string, Labels> | undefined;
  readonly profiles: ReadonlyMap<string, ProfileContent>;
}

function workloadOf(pod: WorldPod, { cluster, namespaces, accounts }: Surroundings): WorkloadEndpoint {
  const { namespace, name, serviceAccount, node } = pod;
  return {
    kind: "workload",
    cluster,
    namespace,
    name,
    labels: podLabels({
      namespace,
      labels: pod.labels,
      namespaceLabels: namespaces.get(namespace) ?? NO_LABELS,
      serviceAccount,
      serviceAccountLabels: accounts ? accounts.get(`${namespace}/${serviceAccount}`) : NO_LABELS,
    }),
    ports: pod.ports ?? [],
    ...(node !== undefined && { node }),
    addresses: addressesOf(pod.addresses),
    profiles: [
      namespaceProfile(namespace),
      ...(serviceAccount === "" ? [] : [serviceAccountProfile(namespace, serviceAccount)]),
    ],
  };
}

function nodeEndpointOf(host: HostEndpoint, { cluster, profiles }: Surroundings): NodeEndpoint {
  return {
    kind: "host",
    cluster,
    namespace: "",
    name: host.ref.name,
    node: host.node,
    interfaceName: host.interfaceName,
    labels: withInherited(
      host.labels,
      host.profiles.map((name) => profiles.get(name)),
    ),
    ports: host.ports,
    addresses: addressesOf(host.expectedIps),
    profiles: host.profiles,
  };
}

function setHolding({ ref, labels, nets }: NetworkSet, namespaces: ReadonlyMap<string, Labels>): Holding {
  const scope =
    ref.namespace === "" ? undefined : { name: ref.namespace, labels: namespaces.get(ref.namespace) ?? NO_LABELS };
  return { holder: { labels: networkSetLabels(labels, scope), ports: [] }, nets };
}

/** What holds addresses besides the endpoints, by the very function of the world that answers for it. */
const holdings = new WeakMap<World["holdersOf"], readonly Holding[]>();

/**
 * What holds addresses in a world besides its endpoints. Undefined where `holdersOf` is not the one that `buildWorld`
 * made: who holds an address may then depend on the policy that asks.
 */
export const holdingsOf = (world: World): readonly Holding[] | undefined => holdings.get(world.holdersOf);

function serviceTargetsOf(services: readonly WorldService[] | undefined): World["serviceTargets"] {
  if (!services) return () => undefined;
  const targets = new Map(
    services.map((service) => [
      `${service.namespace}/${service.name}`,
      service.targets.flatMap(({ address: text, protocol, port }) => {
        const address = parseAddress(text);
        return address ? [{ address, protocol, port }] : [];
      }),
    ]),
  );
  return (namespace, name) => targets.get(`${namespace}/${name}`) ?? [];
}

function addEndpoints(index: HolderIndex, endpoints: readonly Endpoint[]): void {
  for (const endpoint of endpoints) for (const address of endpoint.addresses) index.addAddress(address, endpoint);
}

/** Reads one cluster's manifests and pods into a world that connections can be judged in. */
export function buildWorld(input: WorldInput): World {
  const namespaces = new Map(input.namespaces.map(({ name, labels }) => [name, labels]));
  const { policies, tiers, sets, hosts, profiles: objects, unreadable } = readManifests(input.manifests);
  const accounts =
    input.serviceAccounts && new Map(input.serviceAccounts.map((a) => [`${a.namespace}/${a.name}`, a.labels]));
  const serviceAccounts =
    input.serviceAccounts ?? input.pods.map(({ namespace, serviceAccount: name }) => ({ namespace, name }));
  const profiles = profilesOf({ namespaces: namespaces.keys(), serviceAccounts, objects });
  const surroundings: Surroundings = { cluster: input.cluster ?? "", namespaces, accounts, profiles };
  const endpoints = input.pods.map((pod) => workloadOf(pod, surroundings));
  const hostEndpoints = hosts.map((host) => nodeEndpointOf(host, surroundings));
  const index = new HolderIndex();
  addEndpoints(index, endpoints);
  const held = sets.map((set) => setHolding(set, namespaces));
  const domainSets = sets.map((set, at) => ({ set, labels: held[at]?.holder.labels ?? new Map<string, string>() }));
  for (const { holder, nets } of held) for (const net of nets) index.addRange(net, holder);
  addEndpoints(index, hostEndpoints);
  const holdersOf: World["holdersOf"] = (address) => index.holdersOf(address);
  holdings.set(holdersOf, held);
  return {
    cluster: surroundings.cluster,
    tiers: orderTiers(tiers, policies),
    endpoints,
    hostEndpoints,
    profiles,
    unreadable,
    settings: readSettings(input.felix),
    domains: new DomainBook(input.domains ?? [], domainSets),
    nodes: new NodeIndex([
      ...(input.nodes ?? []),
      ...hosts.map(({ node, expectedIps }) => ({ name: node, addresses: expectedIps })),
    ]),
    holdersOf,
    serviceTargets: serviceTargetsOf(input.services),
  };
}

/** The clusters of a mesh, each a world of its own that sees the others by their addresses alone. */
export const buildMesh = (inputs: readonly WorldInput[]): readonly World[] => inputs.map(buildWorld);
