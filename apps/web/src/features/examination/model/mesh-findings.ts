import type { Finding } from "./finding";

/** A range that another cluster of the same network shares; without a name where that is out of the person's sight. */
export interface SharedRange {
  readonly otherName: string | undefined;
  readonly range: string;
  readonly otherRange: string;
}

/** What only the management plane can compare. */
export interface MeshInput {
  readonly podCidrs: readonly string[];
  readonly network: string;
  /** How many other clusters of the network the person sees, and how many of them do not tell their ranges. */
  readonly others: number;
  readonly untold: number;
  /** Whether there are more, out of the person's sight, and whether one of them does not tell its ranges: never how many. */
  readonly unseen: { readonly any: boolean; readonly untold: boolean };
  readonly shared: readonly SharedRange[];
  /** Agent's clock minus the gateway's, by its heartbeats; undefined where none came. */
  readonly clockOffsetMs: number | undefined;
}

const closeMs = 5_000;
const farMs = 30_000;

/** Of a cluster out of sight neither name nor range is told. */
const sharedText = ({ otherName, range, otherRange }: SharedRange): string =>
  otherName === undefined
    ? `${range} is shared with another cluster, which you cannot see`
    : `${range} overlaps ${otherRange} of ${otherName}`;

function rangeFinding(input: MeshInput): Finding {
  const finding = {
    id: "mesh.pod-ranges",
    group: "mesh",
    title: "Pod ranges against the mesh",
    advice: "",
    remedy: "",
  };
  const { podCidrs, network, others, untold, unseen, shared } = input;
  if (podCidrs.length === 0) {
    const advice = "see “Pod ranges” below: without them nothing is published between this cluster and others";
    return { ...finding, state: "unknown", seen: "the cluster does not tell its pod ranges", advice };
  }
  if (shared.length > 0) {
    const advice =
      "renumber one of the two (a new IPPool, then workloads anew), or put them in different networks: nothing is published between them meanwhile, since an address names no one workload";
    return { ...finding, state: "failing", seen: shared.map(sharedText).join("; "), advice };
  }
  if (others === 0 && !unseen.any) {
    return { ...finding, state: "not-applicable", seen: `there is no other cluster in the network ${network}` };
  }
  if (untold > 0 || unseen.untold) {
    return {
      ...finding,
      state: "unknown",
      seen: `no address is shared with those that tell their ranges; ${untoldText(input)}`,
      advice: "examine those: their “Pod ranges” say why",
    };
  }
  return { ...finding, state: "ok", seen: `${podCidrs.join(", ")} shares no address with ${othersText(input)}` };
}

const clustersText = ({ others, network }: MeshInput): string =>
  `${others} other ${others === 1 ? "cluster" : "clusters"} of the network ${network}`;

function othersText(input: MeshInput): string {
  if (input.others === 0) return `those of the network ${input.network}, which you cannot see`;
  return input.unseen.any ? `${clustersText(input)}, nor with those that you cannot see` : clustersText(input);
}

function untoldText(input: MeshInput): string {
  const { untold, unseen } = input;
  if (untold === 0) return "one that you cannot see does not";
  return `${untold} of ${clustersText(input)} do not${unseen.untold ? ", and one that you cannot see" : ""}`;
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
