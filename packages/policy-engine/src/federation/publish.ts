import type { Cidr } from "../net/address";
import { addressBits, cidrContains, cidrsOverlap, formatCidr, parseCidrOrAddress } from "../net/address";
import { sha256Hex } from "../text/encode";
import { compareBytes } from "../text/order";
import { clusterView, selectedPods, type ClusterView, type PodAddress, type PodView } from "./cluster-view";
import { IDENTITY_LABEL, identityHash, MANAGED_LABEL, MAX_NETS_PER_SET, peerLabel, setName } from "./names";
import { failure, identityName, listNames, notice } from "./problem";
import type { MeshCluster, MeshInput, MeshProblem, WorkloadIdentity } from "./types";
import type { SelectorNode } from "../selector/ast";

/** A set that would be published into a cluster. */
export interface CandidateSet {
  readonly name: string;
  readonly identity: WorkloadIdentity;
  readonly shard: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly addresses: readonly PodAddress[];
}

/** What could be published into a cluster, before its own policies have been asked. */
export interface Candidates {
  readonly sets: readonly CandidateSet[];
  /** Pods whose identity an approved publication covers, whether or not they have an address yet. */
  readonly covered: ReadonlySet<PodView>;
  readonly problems: readonly MeshProblem[];
}

const rangesOf = (cluster: MeshCluster): readonly Cidr[] =>
  cluster.podCidrs.flatMap((text) => parseCidrOrAddress(text)?.cidr ?? []);

/** Overlapping pod ranges of two clusters, as pairs of texts. */
function overlaps(a: MeshCluster, b: MeshCluster): readonly (readonly [string, string])[] {
  return rangesOf(a).flatMap((left) =>
    rangesOf(b).flatMap((right) => (cidrsOverlap(left, right) ? [[formatCidr(left), formatCidr(right)] as const] : [])),
  );
}

/** Why nothing may be published from one cluster into another. */
function pairProblem(source: MeshCluster, target: MeshCluster): MeshProblem | undefined {
  if (source.network !== target.network) {
    return failure({
      code: "different-networks",
      message: `nothing is published from \`${source.name}\` to \`${target.name}\`: pod addresses of network \`${source.network}\` mean nothing in \`${target.network}\``,
      hint: "identities travel within one routable network",
      clusterId: target.id,
    });
  }
  const pairs = overlaps(source, target);
  if (pairs.length === 0) return undefined;
  const ranges = pairs.map(([left, right]) => `${left} of \`${source.name}\` and ${right} of \`${target.name}\``);
  return failure({
    code: "overlapping-pod-ranges",
    message: `nothing is published from \`${source.name}\` to \`${target.name}\`: their pod ranges overlap, ${listNames(ranges)}`,
    hint: "give one of the clusters another range, or put them into different networks",
    clusterId: target.id,
  });
}

interface Approved {
  readonly view: ClusterView;
  readonly namespace: string;
}

function approvedSources(
  input: MeshInput,
  target: MeshCluster,
): { approved: readonly Approved[]; problems: readonly MeshProblem[] } {
  const byId = new Map(input.clusters.map((cluster) => [cluster.id, cluster]));
  const approved = new Map<string, Approved>();
  const problems = new Map<string, MeshProblem>();
  for (const { sourceClusterId, namespace, targetClusterId } of input.publications) {
    const source = byId.get(sourceClusterId);
    if (targetClusterId !== target.id || !source || source.id === target.id) continue;
    const problem = pairProblem(source, target);
    if (problem) problems.set(source.id, problem);
    else approved.set(`${source.id}/${namespace}`, { view: clusterView(source), namespace });
  }
  const sorted = <T>(map: ReadonlyMap<string, T>) => [...map].sort(([a], [b]) => compareBytes(a, b)).map(([, v]) => v);
  return { approved: sorted(approved), problems: sorted(problems) };
}

/** Addresses that more than one workload claims, or that a pod of the target has itself. */
function ambiguousAddresses(pods: readonly PodView[], target: ClusterView): ReadonlyMap<string, readonly string[]> {
  const owner = new Map<string, string>();
  const disputed = new Map<string, Set<string>>();
  for (const { addresses, identityKey } of [...pods, ...target.pods]) {
    for (const { text } of addresses) {
      const first = owner.get(text);
      if (first === undefined) owner.set(text, identityKey);
      else if (first !== identityKey) disputed.set(text, (disputed.get(text) ?? new Set([first])).add(identityKey));
    }
  }
  return new Map([...disputed].map(([text, names]) => [text, [...names].sort(compareBytes)]));
}

/** The addresses of a pod that may be published, and what is wrong with the others. */
function usableAddresses(
  view: PodView,
  ranges: readonly Cidr[],
): { usable: readonly PodAddress[]; outside: readonly PodAddress[] } {
  const inside = ({ ip }: PodAddress) => {
    const family = ranges.filter((range) => range.version === ip.version);
    return family.length === 0 || family.some((range) => cidrContains(range, ip));
  };
  return { usable: view.addresses.filter(inside), outside: view.addresses.filter((a) => !inside(a)) };
}

/** Groups by a key, in the order of the keys' bytes. */
function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly [string, readonly T[]])[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups].sort(([a], [b]) => compareBytes(a, b));
}

/**
 * Cuts addresses into sets that are small enough. Where an address goes depends on itself and on the number of sets
 * alone, so that a change of one address writes one set.
 */
function cut(addresses: readonly PodAddress[]): readonly (readonly PodAddress[])[] {
  for (let count = 1; ; count *= 2) {
    const place = ({ text }: PodAddress) =>
      count === 1 ? 0 : Number.parseInt(sha256Hex(text).slice(0, 8), 16) % count;
    const buckets = Array.from({ length: count }, (): PodAddress[] => []);
    for (const address of addresses) buckets[place(address)]?.push(address);
    if (buckets.every((bucket) => bucket.length <= MAX_NETS_PER_SET))
      return buckets.filter((bucket) => bucket.length > 0);
  }
}

function compareAddresses({ ip: a }: PodAddress, { ip: b }: PodAddress): number {
  if (a.version !== b.version) return a.version - b.version;
  return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
}

/** A pod and those of its addresses that are published. */
interface PublishedPod {
  readonly view: PodView;
  readonly addresses: readonly PodAddress[];
}

/** The labels of the peers that select a pod, in order. */
type PeersOf = (view: PodView) => readonly string[];

/** The sets of one workload: pods that the same peers select share sets, since a set's labels hold for all its addresses. */
function setsOfWorkload(pods: readonly PublishedPod[], peersOf: PeersOf): readonly CandidateSet[] {
  const [first] = pods;
  if (!first) return [];
  const { identity } = first.view;
  const sets: CandidateSet[] = [];
  for (const [peers, group] of groupBy(pods, ({ view }) => peersOf(view).join(","))) {
    const distinct = new Map(group.flatMap(({ addresses }) => addresses.map((a) => [a.text, a] as const)));
    const labels: Record<string, string> = { [MANAGED_LABEL]: "true", [IDENTITY_LABEL]: identityHash(identity) };
    for (const peer of peers === "" ? [] : peers.split(",")) labels[peer] = "1";
    for (const addresses of cut([...distinct.values()].sort(compareAddresses))) {
      sets.push({ name: setName(identity, sets.length), identity, shard: sets.length, labels, addresses });
    }
  }
  return sets;
}

function addressProblems(target: MeshCluster, findings: AddressFindings): readonly MeshProblem[] {
  const problems: MeshProblem[] = [];
  for (const [address, names] of findings.ambiguous) {
    problems.push(
      notice({
        code: "ambiguous-address",
        message: `${address} is published for nobody: ${listNames(names)} claim it at once`,
        hint: "it is published as soon as one of them has given it up",
        clusterId: target.id,
      }),
    );
  }
  for (const { view, outside } of findings.outside) {
    problems.push(
      notice({
        code: "address-outside-pod-ranges",
        message: `${listNames(outside.map(({ text }) => text))} of ${identityName(view.identity)} lies outside the pod ranges of its cluster and is not published`,
        hint: "correct the cluster's pod ranges if it is a pod's own address",
        clusterId: target.id,
        identity: view.identity,
      }),
    );
  }
  for (const view of findings.unreadable) {
    const message = `\`${listNames(view.unreadable)}\` of ${identityName(view.identity)} is not an address`;
    problems.push(failure({ code: "invalid-address", message, clusterId: target.id, identity: view.identity }));
  }
  return problems;
}

interface AddressFindings {
  readonly ambiguous: ReadonlyMap<string, readonly string[]>;
  readonly outside: readonly { readonly view: PodView; readonly outside: readonly PodAddress[] }[];
  readonly unreadable: readonly PodView[];
}

/** The sets that approved publications ask for in a cluster, with the labels of the peers that select them. */
export function candidateSets(input: MeshInput, target: MeshCluster, peers: readonly SelectorNode[]): Candidates {
  const { approved, problems } = approvedSources(input, target);
  const pods = approved.flatMap(({ view, namespace }) => view.pods.filter(({ pod }) => pod.namespace === namespace));
  const usable = approved.flatMap(({ view, namespace }) => {
    const ranges = rangesOf(view.cluster);
    return view.pods
      .filter(({ pod }) => pod.namespace === namespace)
      .map((pod) => ({ view: pod, ...usableAddresses(pod, ranges) }));
  });
  const ambiguous = ambiguousAddresses(pods, clusterView(target));
  const byPod = peersByPod(approved, peers);
  const peersOf: PeersOf = (view) => byPod.get(view) ?? [];
  const publishable = usable
    .map(({ view, usable: addresses }) => ({ view, addresses: addresses.filter((a) => !ambiguous.has(a.text)) }))
    .filter(({ addresses }) => addresses.length > 0);
  return {
    sets: groupBy(publishable, ({ view }) => view.identityKey).flatMap(([, group]) => setsOfWorkload(group, peersOf)),
    covered: new Set(pods),
    problems: [
      ...problems,
      ...addressProblems(target, {
        ambiguous: relevant(ambiguous, pods),
        outside: usable.filter(({ outside }) => outside.length > 0),
        unreadable: pods.filter(({ unreadable }) => unreadable.length > 0),
      }),
    ],
  };
}

/** Two pods of the target that share an address are no matter of publication. */
function relevant(
  ambiguous: ReadonlyMap<string, readonly string[]>,
  pods: readonly PodView[],
): ReadonlyMap<string, readonly string[]> {
  const published = new Set(pods.flatMap((view) => view.addresses.map(({ text }) => text)));
  const kept = [...ambiguous].filter(([address]) => published.has(address));
  return new Map(kept.sort(([a], [b]) => compareBytes(a, b)));
}

/** The peer labels of each pod that a peer selects. */
function peersByPod(
  approved: readonly Approved[],
  peers: readonly SelectorNode[],
): ReadonlyMap<PodView, readonly string[]> {
  const views = [...new Set(approved.map(({ view }) => view))];
  const byLabel = new Map(peers.map((peer) => [peerLabel(peer), peer]));
  const labels = new Map<PodView, string[]>();
  for (const [label, peer] of [...byLabel].sort(([a], [b]) => compareBytes(a, b))) {
    for (const view of views) {
      for (const pod of selectedPods(view, peer)) {
        const known = labels.get(pod);
        if (known) known.push(label);
        else labels.set(pod, [label]);
      }
    }
  }
  return labels;
}

/** An address as the one net that a set holds for it. */
export const netOf = ({ ip, text }: PodAddress): string => `${text}/${addressBits(ip.version)}`;
