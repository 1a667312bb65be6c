import { addressBits } from "../net/address";
import { sha256Hex } from "../text/encode";
import { compareBytes } from "../text/order";
import type { PodAddress, PodView } from "./cluster-view";
import { IDENTITY_LABEL, identityHash, MANAGED_LABEL, MAX_NETS_PER_SET, setName } from "./names";
import type { WorkloadIdentity } from "./types";

/** A set that would be published into a cluster. */
export interface CandidateSet {
  readonly name: string;
  readonly identity: WorkloadIdentity;
  readonly shard: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly addresses: readonly PodAddress[];
}

/** A pod and those of its addresses that are published. */
export interface PublishedPod {
  readonly view: PodView;
  readonly addresses: readonly PodAddress[];
}

/** The labels of the peers that select a pod, in order. */
export type PeersOf = (view: PodView) => readonly string[];

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
function cut(addresses: readonly PodAddress[]): readonly (readonly [number, readonly PodAddress[]])[] {
  for (let count = 1; ; count *= 2) {
    const place = ({ text }: PodAddress) =>
      count === 1 ? 0 : Number.parseInt(sha256Hex(text).slice(0, 8), 16) % count;
    const buckets = Array.from({ length: count }, (): PodAddress[] => []);
    for (const address of addresses) buckets[place(address)]?.push(address);
    if (buckets.every((bucket) => bucket.length <= MAX_NETS_PER_SET))
      return [...buckets.entries()].filter(([, bucket]) => bucket.length > 0);
  }
}

function compareAddresses({ ip: a }: PodAddress, { ip: b }: PodAddress): number {
  if (a.version !== b.version) return a.version - b.version;
  return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
}

/** The sets of one workload: pods that the same peers select share sets, since a set's labels hold for all its addresses. */
function setsOfWorkload(pods: readonly PublishedPod[], peersOf: PeersOf): readonly CandidateSet[] {
  const [first] = pods;
  if (!first) return [];
  const { identity } = first.view;
  const sets: CandidateSet[] = [];
  for (const [key, group] of groupBy(pods, ({ view }) => peersOf(view).join(","))) {
    const peers = key === "" ? [] : key.split(",");
    const distinct = new Map(group.flatMap(({ addresses }) => addresses.map((a) => [a.text, a] as const)));
    const labels: Record<string, string> = { [MANAGED_LABEL]: "true", [IDENTITY_LABEL]: identityHash(identity) };
    for (const peer of peers) labels[peer] = "1";
    for (const [part, addresses] of cut([...distinct.values()].sort(compareAddresses))) {
      sets.push({ name: setName(identity, peers, part), identity, shard: sets.length, labels, addresses });
    }
  }
  return sets;
}

/** The sets of all workloads, in the order of their identities. */
export const setsOf = (pods: readonly PublishedPod[], peersOf: PeersOf): readonly CandidateSet[] =>
  groupBy(pods, ({ view }) => view.identityKey).flatMap(([, group]) => setsOfWorkload(group, peersOf));

/** An address as the one net that a set holds for it. */
export const netOf = ({ ip, text }: PodAddress): string => `${text}/${addressBits(ip.version)}`;
