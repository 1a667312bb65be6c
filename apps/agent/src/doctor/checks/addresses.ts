import { BlockList, isIP } from "node:net";
import type { Check, Judgement } from "../finding";
import type { AddressesSeen, Observation } from "../observation";
import { unread } from "../read";

interface Range {
  readonly address: string;
  readonly length: number;
  readonly family: "ipv4" | "ipv6";
}

function rangeOf(text: string): Range | undefined {
  const [address = "", length] = text.split("/");
  const version = isIP(address);
  if (version === 0) return undefined;
  const widest = version === 4 ? 32 : 128;
  const bits = length === undefined ? widest : Number(length);
  if (!Number.isInteger(bits) || bits < 0 || bits > widest) return undefined;
  return { address, length: bits, family: version === 4 ? "ipv4" : "ipv6" };
}

function holds(outer: Range, inner: Range): boolean {
  const list = new BlockList();
  list.addSubnet(outer.address, outer.length, outer.family);
  return list.check(inner.address, inner.family);
}

/** Whether two written ranges share an address; text that is no range shares none. */
export function rangesShareAddresses(left: string, right: string): boolean {
  const [a, b] = [rangeOf(left), rangeOf(right)];
  if (a === undefined || b === undefined || a.family !== b.family) return false;
  // Ranges of a power of two either lie apart or one in the other.
  return a.length <= b.length ? holds(a, b) : holds(b, a);
}

function judgePods({ pools, nodes }: AddressesSeen): Judgement {
  const [source, read] = pools.kind === "read" && pools.value.length > 0 ? ["IPPools", pools] : ["nodes", nodes];
  if (read.kind === "forbidden" || read.kind === "failed") return unread(read);
  const ranges = read.kind === "read" ? read.value : [];
  if (ranges.length === 0) {
    if (pools.kind === "forbidden" || pools.kind === "failed") return unread(pools);
    const advice =
      "federation with this cluster needs its pod ranges: an IPPool of Calico, or podCIDR of its nodes, tells them";
    return { state: "unknown", seen: "neither an IPPool nor a node tells a range of pod addresses", advice };
  }
  return { state: "ok", seen: `${ranges.join(", ")} (from ${source})` };
}

function judgeServices({ services }: AddressesSeen): Judgement {
  if (services.kind === "forbidden" || services.kind === "failed") return unread(services);
  if (services.kind === "absent" || services.value.length === 0) {
    return {
      state: "unknown",
      seen: "the cluster does not tell its service ranges (ServiceCIDR, Kubernetes 1.33 and later)",
    };
  }
  return { state: "ok", seen: services.value.join(", ") };
}

function judgeOverlap({ pools, nodes, services }: AddressesSeen): Judgement {
  const list = (read: AddressesSeen["pools"]): readonly string[] => (read.kind === "read" ? read.value : []);
  const pods = list(pools).length > 0 ? list(pools) : list(nodes);
  if (pods.length === 0 || list(services).length === 0)
    return { state: "unknown", seen: "pod ranges or service ranges are not known" };
  const pair = pods
    .flatMap((pod) => list(services).map((service) => ({ pod, service })))
    .find(({ pod, service }) => rangesShareAddresses(pod, service));
  if (pair === undefined) return { state: "ok", seen: "pod and service ranges lie apart" };
  return {
    state: "failing",
    seen: `pods' ${pair.pod} and services' ${pair.service} share addresses`,
    advice: "give the pods a pool that lies apart: an address of both cannot be told apart in flows or policies",
  };
}

export const ADDRESS_CHECKS: readonly Check<Observation>[] = [
  { id: "addresses.pods", group: "addresses", title: "Pod ranges", judge: (seen) => judgePods(seen.addresses) },
  {
    id: "addresses.services",
    group: "addresses",
    title: "Service ranges",
    judge: (seen) => judgeServices(seen.addresses),
  },
  {
    id: "addresses.overlap",
    group: "addresses",
    title: "Ranges within the cluster",
    judge: (seen) => judgeOverlap(seen.addresses),
  },
];
