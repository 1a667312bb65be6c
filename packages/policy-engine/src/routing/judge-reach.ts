import { formatCidr, parseCidrOrAddress } from "../net/address";
import { judgeRoute } from "./judge-route";
import { ofVersions, overlappingRanges, uncovered, versionsOf } from "./ranges";
import type { ClusterRouting, Reach, ReachFinding, ReachKind, RoutingPool } from "./types";

/** What outweighs what: an overlap makes every other answer meaningless, a translation is certain where a route is not. */
const WEIGHT: readonly ReachKind[] = ["overlap", "translated", "no-route", "unknown", "direct"];

/**
 * What is to be expected of a connection from a pod of `from` to the address of a pod of `to`: overlaps, then source
 * address translation as Calico's `natOutgoing` does it (a packet from a pool that asks for it to what is in no pool of
 * the cluster, disabled ones included), then routes as BGP has them. It depends on no order of its input.
 */
export function judgeReach(from: ClusterRouting, to: ClusterRouting): Reach {
  const findings = [
    ...missingFacts(from, to),
    ...overlapFindings(from, to),
    ...(from.network === to.network ? commonFamily(from, to) : [differentNetworks(from, to)]),
  ];
  const weightiest = WEIGHT.find((kind) => findings.some(({ effect }) => effect === kind));
  return { kind: weightiest ?? "unknown", findings };
}

function missingFacts(from: ClusterRouting, to: ClusterRouting): readonly ReachFinding[] {
  return [from, to].flatMap(({ name, missing }): readonly ReachFinding[] => {
    if (missing.length === 0) return [];
    // Services are not routed between clusters: not knowing their range can hide an overlap, and bars no other answer.
    const bars = missing.some((fact) => fact !== "service ranges");
    const message = `not known of ${name}: ${missing.toSorted().join(", ")}`;
    return [{ code: "fact-missing", effect: bars ? "unknown" : "direct", message }];
  });
}

function overlapFindings(from: ClusterRouting, to: ClusterRouting): readonly ReachFinding[] {
  return overlappingRanges(from, to).map(({ range, use, otherRange, otherUse }) => ({
    code: "ranges-overlap",
    effect: "overlap",
    message: `${range} (${use} of ${from.name}) and ${otherRange} (${otherUse} of ${to.name}) share addresses: ${
      use === otherUse
        ? "an address there does not tell whose pod it is"
        : "a node takes such a pod's address for a service of its own"
    }`,
  }));
}

const differentNetworks = (from: ClusterRouting, to: ClusterRouting): ReachFinding => ({
  code: "different-networks",
  effect: "no-route",
  message: `${from.name} and ${to.name} are said to be in different networks (${from.network}, ${to.network})`,
});

function commonFamily(from: ClusterRouting, to: ClusterRouting): readonly ReachFinding[] {
  if (from.missing.includes("pod ranges") || to.missing.includes("pod ranges")) return [];
  const versions = new Set([...versionsOf(from.podCidrs)].filter((version) => versionsOf(to.podCidrs).has(version)));
  if (versions.size === 0)
    return [
      {
        code: "no-common-family",
        effect: "no-route",
        message: `pods of ${from.name} and ${to.name} have no version of IP in common`,
      },
    ];
  const wanted = ofVersions(to.podCidrs, versions);
  return [...translation(from, to, wanted), ...judgeRoute(from, to, wanted)];
}

/** Whether pods get their addresses from it. */
const isOfWorkloads = ({ disabled, allowedUses }: RoutingPool): boolean =>
  !disabled && (allowedUses.length === 0 || allowedUses.includes("Workload"));

function translation(from: ClusterRouting, to: ClusterRouting, wanted: readonly string[]): readonly ReachFinding[] {
  if (from.missing.includes("IP pools")) return [];
  const masquerading = from.pools.filter((pool) => pool.natOutgoing && isOfWorkloads(pool));
  const open = uncovered(wanted, from.pools);
  const translated = masquerading.toSorted(byName).flatMap((pool): readonly ReachFinding[] => {
    const version = parseCidrOrAddress(pool.cidr)?.cidr.version;
    const ranges = open.filter((cidr) => cidr.version === version).map(formatCidr);
    if (ranges.length === 0) return [];
    return [
      {
        code: "translated",
        effect: "translated",
        message: `pool ${pool.name} of ${from.name} has natOutgoing, and no pool of ${from.name} covers ${ranges.join(", ")} of ${to.name}: packets leave with the node's address`,
      },
    ];
  });
  if (translated.length > 0) return translated;
  if (masquerading.length === 0)
    return [{ code: "no-nat", effect: "direct", message: `no pool of ${from.name} has natOutgoing` }];
  const message = `pools of ${from.name} cover ${wanted.toSorted().join(", ")} of ${to.name}: pods keep their addresses`;
  return [{ code: "range-covered", effect: "direct", message }];
}

const byName = (a: RoutingPool, b: RoutingPool): number => (a.name < b.name ? -1 : 1);
