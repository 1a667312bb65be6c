import { overlappingRanges } from "@isthmus/policy-engine";
import type { Finding } from "./finding";

/** Another cluster of the same network; without a name where it is out of the person's sight. */
export interface OtherCluster {
  readonly name: string | undefined;
  readonly podCidrs: readonly string[];
}

/** What only the management plane can compare. */
export interface MeshInput {
  readonly podCidrs: readonly string[];
  readonly network: string;
  readonly others: readonly OtherCluster[];
  /** Agent's clock minus the gateway's, by its heartbeats; undefined where none came. */
  readonly clockOffsetMs: number | undefined;
}

const closeMs = 5_000;
const farMs = 30_000;

/** The first range that each other cluster shares with this one; of a cluster out of sight its range is not told. */
function overlaps({ podCidrs, others }: MeshInput): readonly string[] {
  return others.flatMap((other) => {
    const [first] = overlappingRanges({ podCidrs }, other);
    if (first === undefined) return [];
    return [
      other.name === undefined
        ? `${first.range} is shared with another cluster, which you cannot see`
        : `${first.range} overlaps ${first.otherRange} of ${other.name}`,
    ];
  });
}

function rangeFinding(input: MeshInput): Finding {
  const finding = {
    id: "mesh.pod-ranges",
    group: "mesh",
    title: "Pod ranges against the mesh",
    advice: "",
    remedy: "",
  };
  const { podCidrs, network, others } = input;
  if (podCidrs.length === 0) {
    const advice = "see “Pod ranges” below: without them nothing is published between this cluster and others";
    return { ...finding, state: "unknown", seen: "the cluster does not tell its pod ranges", advice };
  }
  const shared = overlaps(input);
  if (shared.length > 0) {
    const advice =
      "renumber one of the two (a new IPPool, then workloads anew), or put them in different networks: nothing is published between them meanwhile, since an address names no one workload";
    return { ...finding, state: "failing", seen: shared.join("; "), advice };
  }
  const untold = others.filter((other) => other.podCidrs.length === 0).length;
  if (others.length === 0) {
    return { ...finding, state: "not-applicable", seen: `there is no other cluster in the network ${network}` };
  }
  const of = `${others.length} other ${others.length === 1 ? "cluster" : "clusters"} of the network ${network}`;
  if (untold > 0) {
    return {
      ...finding,
      state: "unknown",
      seen: `no address is shared with those that tell their ranges; ${untold} of ${of} do not`,
      advice: "examine those: their “Pod ranges” say why",
    };
  }
  return { ...finding, state: "ok", seen: `${podCidrs.join(", ")} shares no address with ${of}` };
}

function clockFinding(offsetMs: number | undefined): Finding {
  const finding = { id: "mesh.clock", group: "mesh", title: "Clock, by heartbeats", advice: "", remedy: "" };
  if (offsetMs === undefined) return { ...finding, state: "unknown", seen: "no heartbeat has come" };
  const off = Math.abs(offsetMs);
  if (off <= closeMs) return { ...finding, state: "ok", seen: `${Math.round(off)} ms from the gateway's` };
  return {
    ...finding,
    state: off > farMs ? "failing" : "warning",
    seen: `${Math.round(off / 1_000)} s ${offsetMs > 0 ? "ahead of" : "behind"} the gateway's`,
    advice:
      "keep the clocks of the agent's node and of the gateway with NTP; evidence is put into buckets of 15 s by them",
  };
}

/** What only the management plane can find of a cluster. */
export const meshFindings = (input: MeshInput): readonly Finding[] => [
  rangeFinding(input),
  clockFinding(input.clockOffsetMs),
];
