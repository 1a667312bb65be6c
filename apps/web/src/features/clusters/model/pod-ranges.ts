import { cidrsOverlap, parseCidrOrAddress } from "@isthmus/policy-engine";

/** Whether two written ranges share an address; text that is no range overlaps nothing. */
export function rangesOverlap(left: string, right: string): boolean {
  const [a, b] = [parseCidrOrAddress(left), parseCidrOrAddress(right)];
  return a !== undefined && b !== undefined && cidrsOverlap(a.cidr, b.cidr);
}

/** One pair of clusters whose pods may share an address, which bars federation between them (decision 7). */
export interface PodRangeOverlap {
  readonly otherId: string;
  readonly otherName: string;
  readonly range: string;
  readonly otherRange: string;
}

interface ClusterRanges {
  readonly id: string;
  readonly name: string;
  readonly podCidrs: readonly string[];
}

/** The first overlapping range of `cluster` with each of the `others`. */
export function podRangeOverlaps(cluster: ClusterRanges, others: readonly ClusterRanges[]): PodRangeOverlap[] {
  return others.flatMap((other) => {
    if (other.id === cluster.id) return [];
    for (const range of cluster.podCidrs) {
      const otherRange = other.podCidrs.find((candidate) => rangesOverlap(range, candidate));
      if (otherRange !== undefined) return [{ otherId: other.id, otherName: other.name, range, otherRange }];
    }
    return [];
  });
}
