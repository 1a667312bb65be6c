import type { Connectivity } from "../connectivity/connectivity";
import type { Direction } from "../model/rule";
import { noConnections } from "../sets/connection-set";
import { compareBytes } from "../text/order";
import type { ComparedState, ComparedStates } from "./paired-units";

/** How a workload stands in one direction. */
export interface Posture {
  /** Policies judge all of its pods. */
  readonly protected: boolean;
  /** Outside addresses may surely reach one of its pods; for egress: one may surely reach them. */
  readonly exposed: boolean;
}

/** A workload that stands otherwise than before. */
export interface PostureChange {
  readonly workload: string;
  readonly direction: Direction;
  /** What it became. */
  readonly became: "protected" | "unprotected" | "exposed" | "unexposed";
}

const DIRECTIONS = ["ingress", "egress"] as const;

/** For each node of endpoints, whether an outside address meets it in a direction. */
function meetsOutside({ nodes, between }: Connectivity, direction: Direction): ReadonlySet<number> {
  const outside = [...nodes.keys()].filter((at) => nodes[at]?.kind === "external");
  const met = new Set<number>();
  for (const [at, node] of nodes.entries()) {
    if (node.kind !== "endpoints") continue;
    const open = outside.some(
      (other) =>
        nodes[other]?.cluster === node.cluster &&
        !noConnections((direction === "ingress" ? between(other, at) : between(at, other)).allowed),
    );
    if (open) met.add(at);
  }
  return met;
}

function posturesIn({ connectivity, nameOf }: ComparedState, direction: Direction): ReadonlyMap<string, Posture> {
  const { analysis, worlds, nodesOf } = connectivity;
  const open = meetsOutside(connectivity, direction);
  const found = new Map<string, Posture>();
  for (const [cluster, { endpoints }] of worlds.entries()) {
    for (const endpoint of endpoints) {
      const subject = analysis.clusters[cluster]?.subjects.of(endpoint, direction);
      const judged = subject?.stages.some(({ tiers }) => tiers.length > 0) ?? false;
      const name = nameOf(endpoint, cluster);
      const known = found.get(name) ?? { protected: true, exposed: false };
      found.set(name, {
        protected: known.protected && judged,
        exposed: known.exposed || nodesOf(endpoint).some((at) => open.has(at)),
      });
    }
  }
  return found;
}

function changesBetween(
  workload: string,
  direction: Direction,
  [before, after]: readonly [Posture, Posture],
): readonly PostureChange[] {
  const change = (became: PostureChange["became"]): PostureChange => ({ workload, direction, became });
  return [
    ...(before.protected === after.protected ? [] : [change(after.protected ? "protected" : "unprotected")]),
    ...(before.exposed === after.exposed ? [] : [change(after.exposed ? "exposed" : "unexposed")]),
  ];
}

/** Workloads of both states that became protected or exposed, or ceased to be, in the order of their names. */
export function postures({ before, after }: ComparedStates): readonly PostureChange[] {
  return DIRECTIONS.flatMap((direction) => {
    const [old, young] = [posturesIn(before, direction), posturesIn(after, direction)];
    return [...old].flatMap(([workload, posture]) => {
      const now = young.get(workload);
      return now ? changesBetween(workload, direction, [posture, now]) : [];
    });
  }).sort((a, b) => compareBytes(a.workload, b.workload));
}
