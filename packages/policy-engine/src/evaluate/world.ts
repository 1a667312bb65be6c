import { FIXED_TIERS } from "../decode/tier";
import { manifestHead } from "../json/manifest-ref";
import { parseResource } from "../decode/parse-resource";
import { networkSetLabels, podLabels } from "../model/labels";
import type { EndpointPort, HostEndpoint, NetworkSet, Policy, Tier } from "../model/policy";
import type { Labels, ResourceRef } from "../model/resource";
import { addressBits, cidrContains, parseAddress, type Cidr, type IpAddress } from "../net/address";
import { compareBytes } from "../text/order";
import { labelMap, type LabelMap } from "../selector/evaluate";
import type { ServiceTarget } from "./match-entity";
import type { Holder } from "./packet";

/** A pod in one cluster. */
export interface WorldPod {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly serviceAccount: string;
  readonly addresses: readonly string[];
  /** Named container ports; absent means none. */
  readonly ports?: readonly EndpointPort[];
}

/** A namespace or service account and its labels. */
export interface WorldNamespace {
  readonly name: string;
  readonly labels: Labels;
}

/** Where a Kubernetes service sends to. */
export interface WorldService {
  readonly namespace: string;
  readonly name: string;
  readonly targets: readonly { readonly address: string; readonly protocol: number; readonly port: number }[];
}

/** Everything in one cluster that decides verdicts. */
export interface WorldInput {
  readonly namespaces: readonly WorldNamespace[];
  /** Absent: each pod's account is taken to exist, without labels. */
  readonly serviceAccounts?: readonly (WorldNamespace & { readonly namespace: string })[];
  readonly pods: readonly WorldPod[];
  /** Manifests of policies, tiers and network sets; what cannot be read makes verdicts unknown. */
  readonly manifests: readonly unknown[];
  /** Absent: rules that name services are undecided. */
  readonly services?: readonly WorldService[];
}

/** An endpoint that policies apply to. */
export interface Endpoint extends Holder {
  readonly namespace: string;
  readonly name: string;
  readonly addresses: readonly IpAddress[];
  /** The namespace's profile, which allows what the tiers leave; absent where the namespace is not known. */
  readonly profile?: string;
}

/** A policy that could not be read: wherever it may have a say, the verdict is unknown. */
export interface UnreadablePolicy {
  readonly ref: ResourceRef;
  readonly reason: string;
}

/** One cluster made ready to be judged. Tiers and their policies are in the order of evaluation. */
export interface World {
  readonly tiers: readonly WorldTier[];
  readonly endpoints: readonly Endpoint[];
  readonly unreadable: readonly UnreadablePolicy[];
  /** Who holds an address, as the peers of this policy's rules see it. */
  readonly holdersOf: (address: IpAddress, policy: Policy) => readonly Holder[];
  readonly serviceTargets: (namespace: string, name: string) => readonly ServiceTarget[] | undefined;
}

/** A tier with its policies. */
export interface WorldTier {
  readonly name: string;
  readonly order: number;
  readonly defaultAction: "Deny" | "Pass";
  readonly policies: readonly Policy[];
}

const LAST = Number.POSITIVE_INFINITY;

/**
 * Policies of a tier in order: by order, those without one last, ties by the text `name/namespace/kind` (Calico, felix
 * policy sorter).
 */
export function comparePolicies(a: Policy, b: Policy): number {
  const [left, right] = [a.order ?? LAST, b.order ?? LAST];
  if (left !== right) return left < right ? -1 : 1;
  return compareBytes(tieBreak(a), tieBreak(b));
}

const tieBreak = ({ name, namespace, kind }: Policy): string => `${name}/${namespace}/${kind}`;

/** Tiers as they are, and those that every Calico has, in order; ties by name. Policies of a tier that does not exist have no say. */
export function orderTiers(tiers: readonly Tier[], policies: readonly Policy[]): readonly WorldTier[] {
  const byTier = new Map<string, Policy[]>();
  for (const policy of policies) byTier.set(policy.tier, [...(byTier.get(policy.tier) ?? []), policy]);
  const settings = new Map<string, Omit<WorldTier, "policies">>();
  for (const [name, fixed] of FIXED_TIERS) if (byTier.has(name)) settings.set(name, { name, ...fixed });
  for (const { name, order = LAST, defaultAction } of tiers) settings.set(name, { name, order, defaultAction });
  return [...settings.values()]
    .map((tier) => ({ ...tier, policies: [...(byTier.get(tier.name) ?? [])].sort(comparePolicies) }))
    .sort((a, b) => (a.order === b.order ? compareBytes(a.name, b.name) : a.order < b.order ? -1 : 1));
}

const keyOf = ({ version, value }: IpAddress): string => `${version}/${value}`;

/** Finds who holds an address: single addresses in a map, ranges one by one. */
export class HolderIndex {
  readonly #single = new Map<string, Holder[]>();
  readonly #ranges: { readonly cidr: Cidr; readonly holder: Holder }[] = [];

  addAddress(address: IpAddress, holder: Holder): void {
    const key = keyOf(address);
    const known = this.#single.get(key);
    if (known) known.push(holder);
    else this.#single.set(key, [holder]);
  }

  addRange(cidr: Cidr, holder: Holder): void {
    if (cidr.prefix === addressBits(cidr.version)) this.addAddress({ version: cidr.version, value: cidr.base }, holder);
    else this.#ranges.push({ cidr, holder });
  }

  holdersOf(address: IpAddress): readonly Holder[] {
    const single = this.#single.get(keyOf(address)) ?? [];
    const wide = this.#ranges.filter(({ cidr }) => cidrContains(cidr, address)).map(({ holder }) => holder);
    return wide.length > 0 ? [...single, ...wide] : single;
  }
}

interface Read {
  readonly policies: Policy[];
  readonly tiers: Tier[];
  readonly sets: NetworkSet[];
  readonly hosts: HostEndpoint[];
  readonly unreadable: UnreadablePolicy[];
}

function readManifests(manifests: readonly unknown[]): Read {
  const read: Read = { policies: [], tiers: [], sets: [], hosts: [], unreadable: [] };
  for (const manifest of manifests) {
    const parsed = parseResource(manifest, "cluster");
    if (!parsed.ok) {
      const first = parsed.error.find((d) => d.severity === "error");
      read.unreadable.push({ ref: manifestHead(manifest).ref, reason: first?.message ?? "it is not valid" });
      continue;
    }
    const { resource } = parsed.value;
    if (resource.resource === "policy") read.policies.push(resource);
    else if (resource.resource === "tier") read.tiers.push(resource);
    else if (resource.resource === "network-set") read.sets.push(resource);
    else if (resource.resource === "host-endpoint") read.hosts.push(resource);
  }
  return { ...read, policies: withoutMirrored(read.policies) };
}

/** Calico's API shows each Kubernetes policy once more as a NetworkPolicy `knp.default.<name>`: it counts once. */
function withoutMirrored(policies: readonly Policy[]): Policy[] {
  const kubernetes = policies.filter((p) => p.kind === "KubernetesNetworkPolicy");
  const mirrors = new Set(kubernetes.map(({ namespace, name }) => `${namespace}/knp.default.${name}`));
  return policies.filter((p) => p.kind !== "NetworkPolicy" || !mirrors.has(`${p.namespace}/${p.name}`));
}

const NO_LABELS: Labels = {};

function endpointOf(pod: WorldPod, labels: LabelMap, known: boolean): Endpoint {
  return {
    namespace: pod.namespace,
    name: pod.name,
    labels,
    ports: pod.ports ?? [],
    addresses: pod.addresses.flatMap((text) => parseAddress(text) ?? []),
    ...(known && { profile: `kns.${pod.namespace}` }),
  };
}

function endpointsOf(input: WorldInput, namespaces: ReadonlyMap<string, Labels>): readonly Endpoint[] {
  const accounts =
    input.serviceAccounts && new Map(input.serviceAccounts.map((a) => [`${a.namespace}/${a.name}`, a.labels]));
  return input.pods.map((pod) =>
    endpointOf(
      pod,
      podLabels({
        namespace: pod.namespace,
        labels: pod.labels,
        namespaceLabels: namespaces.get(pod.namespace) ?? NO_LABELS,
        serviceAccount: pod.serviceAccount,
        serviceAccountLabels: accounts ? accounts.get(`${pod.namespace}/${pod.serviceAccount}`) : NO_LABELS,
      }),
      namespaces.has(pod.namespace),
    ),
  );
}

/** Host endpoints are peers by their expected addresses; what their own policies say is not judged here. */
function addHosts(index: HolderIndex, hosts: readonly HostEndpoint[]): void {
  for (const { labels, ports, expectedIps } of hosts) {
    const holder: Holder = { labels: labelMap(labels), ports };
    for (const address of expectedIps.flatMap((text) => parseAddress(text) ?? [])) index.addAddress(address, holder);
  }
}

function addSets(index: HolderIndex, sets: readonly NetworkSet[], namespaces: ReadonlyMap<string, Labels>): void {
  for (const { ref, labels, nets } of sets) {
    const scope =
      ref.namespace === "" ? undefined : { name: ref.namespace, labels: namespaces.get(ref.namespace) ?? NO_LABELS };
    const holder: Holder = { labels: networkSetLabels(labels, scope), ports: [] };
    for (const net of nets) index.addRange(net, holder);
  }
}

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

/** Reads one cluster's manifests and pods into a world that connections can be judged in. */
export function buildWorld(input: WorldInput): World {
  const namespaces = new Map(input.namespaces.map(({ name, labels }) => [name, labels]));
  const { policies, tiers, sets, hosts, unreadable } = readManifests(input.manifests);
  const endpoints = endpointsOf(input, namespaces);
  const index = new HolderIndex();
  for (const endpoint of endpoints) for (const address of endpoint.addresses) index.addAddress(address, endpoint);
  addSets(index, sets, namespaces);
  addHosts(index, hosts);
  return {
    tiers: orderTiers(tiers, policies),
    endpoints,
    unreadable,
    holdersOf: (address) => index.holdersOf(address),
    serviceTargets: serviceTargetsOf(input.services),
  };
}
