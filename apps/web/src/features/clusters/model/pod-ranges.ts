import { overlappingRanges } from "@isthmus/policy-engine";

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

/** The first overlapping range of `cluster` with each of the `others`, as the judgement of connectivity has it. */
export function podRangeOverlaps(cluster: ClusterRanges, others: readonly ClusterRanges[]): PodRangeOverlap[] {
  return others.flatMap(({ id, name, podCidrs }) => {
    const [first] = id === cluster.id ? [] : overlappingRanges({ podCidrs: cluster.podCidrs }, { podCidrs });
    if (first === undefined) return [];
    return [{ otherId: id, otherName: name, range: first.range, otherRange: first.otherRange }];
  });
}
