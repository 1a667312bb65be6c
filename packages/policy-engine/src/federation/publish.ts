import type { EndpointPort } from "../model/policy";
import { cidrContains, type Cidr } from "../net/address";
import { compareBytes } from "../text/order";
import { podRanges, type Approvals } from "./approved";
import { setsOf, type CandidateSet } from "./candidate-sets";
import { clusterView, selectedPods, type ClusterView, type PodAddress, type PodView } from "./cluster-view";
import type { Disputed } from "./claims";
import type { RemoteEndpoints } from "./compile-end";
import type { NamedPort, Peer } from "./peer";
import { failure, identityName, listNames, notice } from "./problem";
import type { MeshProblem } from "./types";

/** What could be published into a cluster, before its own policies have been asked. */
export interface Candidates {
  readonly sets: readonly CandidateSet[];
  readonly problems: readonly MeshProblem[];
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

interface AddressFindings {
  readonly disputed: Disputed;
  readonly outside: readonly { readonly view: PodView; readonly outside: readonly PodAddress[] }[];
  readonly unreadable: readonly PodView[];
}

/** In an order of their own: that of pods is nothing to go by. */
const byMessage = (a: MeshProblem, b: MeshProblem): number => compareBytes(a.message, b.message);

function addressProblems(findings: AddressFindings): readonly MeshProblem[] {
  const problems: MeshProblem[] = [];
  for (const [address, names] of findings.disputed) {
    problems.push(
      notice({
        code: "ambiguous-address",
        message: `${address} is published for nobody: ${listNames(names)} claim it at once`,
        hint: "it is published as soon as one of them has given it up",
      }),
    );
  }
  for (const { view, outside } of findings.outside) {
    problems.push(
      notice({
        code: "address-outside-pod-ranges",
        message: `${listNames(outside.map(({ text }) => text))} of ${identityName(view.identity)} lies outside the pod ranges of its cluster and is not published`,
        hint: "correct the cluster's pod ranges if it is a pod's own address",
        identity: view.identity,
      }),
    );
  }
  for (const view of findings.unreadable) {
    const message = `\`${listNames(view.unreadable)}\` of ${identityName(view.identity)} is not an address`;
    problems.push(failure({ code: "invalid-address", message, identity: view.identity }));
  }
  return problems.sort(byMessage);
}

/** The sets that approved publications ask for in a cluster, with the labels of the peers that select them. */
export function candidateSets(
  { approved }: Approvals,
  { peers, disputed: read }: { readonly peers: readonly Peer[]; readonly disputed: () => Disputed },
): Candidates {
  if (approved.length === 0) return { sets: [], problems: [] };
  const disputed = read();
  const pods = approved.flatMap((each) => each.pods);
  const usable = approved.flatMap(({ source, pods: some }) => {
    const ranges = podRanges(source);
    return some.map((view) => ({ view, ...usableAddresses(view, ranges) }));
  });
  const views = new Set(approved.map(({ source }) => clusterView(source)));
  const byPod = peersByPod([...views], peers);
  const publishable = usable
    .map(({ view, usable: addresses }) => ({ view, addresses: addresses.filter((a) => !disputed.has(a.text)) }))
    .filter(({ addresses }) => addresses.length > 0);
  return {
    sets: setsOf(publishable, (view) => byPod.get(view) ?? []),
    problems: addressProblems({
      disputed: relevant(disputed, pods),
      outside: usable.filter(({ outside }) => outside.length > 0),
      unreadable: pods.filter(({ unreadable }) => unreadable.length > 0),
    }),
  };
}

/** Only addresses that would be published are a matter of publication. */
function relevant(disputed: Disputed, pods: readonly PodView[]): Disputed {
  if (disputed.size === 0) return disputed;
  const wanted = new Set(pods.flatMap((view) => view.addresses.map(({ text }) => text)));
  const kept = [...wanted].flatMap((address) => {
    const names = disputed.get(address);
    return names ? [[address, names] as const] : [];
  });
  return new Map(kept.sort(([a], [b]) => compareBytes(a, b)));
}

const gives = (ports: readonly EndpointPort[], { names, protocol }: Omit<NamedPort, "number">): readonly number[] =>
  ports.filter((port) => port.protocol === protocol && names.includes(port.name)).map(({ port }) => port);

/** Whether a pod that the peer's selector selects is one of the peer. */
const isOf = ({ pod }: PodView, { port }: Peer): boolean =>
  port === undefined || gives(pod.ports ?? [], port).includes(port.number);

/** The peer labels of each pod that a peer selects. */
function peersByPod(views: readonly ClusterView[], peers: readonly Peer[]): ReadonlyMap<PodView, readonly string[]> {
  const byLabel = new Map(peers.map((peer) => [peer.label, peer]));
  const labels = new Map<PodView, string[]>();
  for (const [label, peer] of [...byLabel].sort(([a], [b]) => compareBytes(a, b))) {
    for (const view of views) {
      for (const pod of selectedPods(view, peer.selector)) {
        if (!isOf(pod, peer)) continue;
        const known = labels.get(pod);
        if (known) known.push(label);
        else labels.set(pod, [label]);
      }
    }
  }
  return labels;
}

/** What approved publications make of other clusters' endpoints for rules to speak of. */
export function remoteEndpoints({ approved }: Approvals): RemoteEndpoints {
  const pods = new Set(approved.flatMap((each) => each.pods));
  const views = new Set(approved.map(({ source }) => clusterView(source)));
  return {
    portNumbers: (selector, named) => {
      const selected = [...views].flatMap((view) => [...selectedPods(view, selector)]).filter((pod) => pods.has(pod));
      if (selected.some(({ pod }) => pod.ports === undefined)) return undefined;
      const numbers = selected.flatMap(({ pod }) => gives(pod.ports ?? [], named));
      return [...new Set(numbers)].sort((a, b) => a - b);
    },
  };
}
