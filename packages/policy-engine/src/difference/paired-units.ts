import type { Connectivity } from "../connectivity/connectivity";
import { finenessOf, unitsOf, workloadUnits, type Fineness, type NameEndpoint, type Role } from "../connectivity/units";
import { formatRange, type AddressRange } from "../sets/address-set";
import { compareBytes } from "../text/order";

/** One of two states that are compared, with the names of its endpoints. */
export interface ComparedState {
  readonly connectivity: Connectivity;
  readonly nameOf: NameEndpoint;
}

/** The states before and after a change. */
export interface ComparedStates {
  readonly before: ComparedState;
  readonly after: ComparedState;
}

/** Nodes of each version of IP. */
export type UnitNodes = ReadonlyMap<4 | 6, number>;

/** A workload or an outside range in both states; absent where it is in one alone. */
export interface PairedUnit {
  readonly name: string;
  readonly workload: string;
  readonly kind: "workload" | "external";
  readonly cluster: string;
  readonly before?: UnitNodes;
  readonly after?: UnitNodes;
}

const SIDES = ["before", "after"] as const;

const clusterName = ({ worlds }: Connectivity, cluster: number): string => worlds[cluster]?.cluster ?? "";

/** How far workloads have to be taken apart so that both states can be told with the same names. */
function finenessNeeded(states: ComparedStates, role: Role): ReadonlyMap<string, Fineness> {
  const needed = new Map<string, Fineness>();
  for (const side of SIDES) {
    for (const unit of unitsOf(states[side].connectivity, states[side].nameOf, role)) {
      const fineness = finenessOf(unit);
      if (fineness && needed.get(unit.workload) !== "addresses") needed.set(unit.workload, fineness);
    }
  }
  return needed;
}

function pairWorkloads(states: ComparedStates, role: Role): readonly PairedUnit[] {
  const atLeast = finenessNeeded(states, role);
  const paired = new Map<string, PairedUnit>();
  for (const side of SIDES) {
    const { connectivity, nameOf } = states[side];
    for (const { name, workload, kind, cluster, nodes } of workloadUnits(connectivity, nameOf, { role, atLeast })) {
      const its = clusterName(connectivity, cluster);
      const key = `${its} ${name}`;
      paired.set(key, { ...paired.get(key), name, workload, kind, cluster: its, [side]: nodes });
    }
  }
  return [...paired.values()];
}

interface PlacedRange extends AddressRange {
  readonly node: number;
}

/** The outside ranges that a cluster tells apart in one state, in order. */
function rangesOf({ connectivity }: ComparedState, cluster: string, role: Role): readonly PlacedRange[] {
  const alike = connectivity.alike(role);
  return connectivity.nodes
    .flatMap((node, at) =>
      node.kind === "external" && clusterName(connectivity, node.cluster) === cluster
        ? ([4, 6] as const).flatMap((version) =>
            node.addresses[version].map(({ from, to }) => ({ version, from, to, node: alike[at] ?? at })),
          )
        : [],
    )
    .sort((a, b) => (a.version === b.version ? (a.from < b.from ? -1 : 1) : a.version - b.version));
}

const nodeAt = (ranges: readonly PlacedRange[], address: bigint): number | undefined =>
  ranges.find(({ from, to }) => from <= address && address <= to)?.node;

/** Outside ranges cut so finely that each is one thing in both states, and joined where neither state tells them apart. */
function pairRanges(ranges: Readonly<Record<(typeof SIDES)[number], readonly PlacedRange[]>>, version: 4 | 6) {
  const of = (side: (typeof SIDES)[number]) => ranges[side].filter((range) => range.version === version);
  const [before, after] = [of("before"), of("after")];
  const cuts = [...new Set([...before, ...after].flatMap(({ from, to }) => [from, to + 1n]))].sort((a, b) =>
    a < b ? -1 : 1,
  );
  const pieces: {
    readonly range: AddressRange;
    readonly before: number | undefined;
    readonly after: number | undefined;
  }[] = [];
  for (const [i, from] of cuts.slice(0, -1).entries()) {
    const piece = {
      range: { version, from, to: (cuts[i + 1] ?? from) - 1n },
      before: nodeAt(before, from),
      after: nodeAt(after, from),
    };
    if (piece.before === undefined && piece.after === undefined) continue;
    const last = pieces.at(-1);
    const joins = last?.before === piece.before && last?.after === piece.after && last?.range.to === from - 1n;
    if (last && joins) pieces[pieces.length - 1] = { ...last, range: { ...last.range, to: piece.range.to } };
    else pieces.push(piece);
  }
  return pieces;
}

function pairOutside(states: ComparedStates, cluster: string, role: Role): readonly PairedUnit[] {
  const ranges = { before: rangesOf(states.before, cluster, role), after: rangesOf(states.after, cluster, role) };
  return ([4, 6] as const).flatMap((version) =>
    pairRanges(ranges, version).map(({ range, before, after }): PairedUnit => {
      const name = `${formatRange(range)}[External]`;
      return {
        name,
        workload: name,
        kind: "external",
        cluster,
        ...(before !== undefined && { before: new Map([[version, before]]) }),
        ...(after !== undefined && { after: new Map([[version, after]]) }),
      };
    }),
  );
}

/** Everything that connections are between in either state, in the order of names. */
export function pairedUnits(states: ComparedStates, role: Role): readonly PairedUnit[] {
  const clusters = new Set(SIDES.flatMap((side) => states[side].connectivity.worlds.map(({ cluster }) => cluster)));
  return [
    ...pairWorkloads(states, role),
    ...[...clusters].flatMap((cluster) => pairOutside(states, cluster, role)),
  ].sort((a, b) => compareBytes(a.name, b.name));
}
