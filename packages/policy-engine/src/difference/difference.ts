import type { Connectivity, Passage } from "../connectivity/connectivity";
import {
  noConnections,
  sameConnections,
  subtractConnections,
  NO_CONNECTIONS,
  type ConnectionSet,
} from "../sets/connection-set";
import { pairedUnits, type ComparedState, type ComparedStates, type PairedUnit, type UnitNodes } from "./paired-units";
import { postures, type PostureChange } from "./posture";

/** What may pass before and after, for one version of IP. */
export interface PassageChange {
  readonly before: Passage;
  readonly after: Passage;
  /** Allowed after and not before; and the other way round. */
  readonly gained: ConnectionSet;
  readonly lost: ConnectionSet;
}

/** What became of the connections between two ends. */
export interface ConnectionChange {
  /** `gained`: nothing was allowed before; `lost`: nothing is allowed after; `changed`: else. */
  readonly kind: "gained" | "lost" | "changed";
  readonly source: PairedUnit;
  readonly destination: PairedUnit;
  readonly versions: ReadonlyMap<4 | 6, PassageChange>;
}

/** What a change of policies or manifests does. */
export interface Difference {
  /** In the order of the names; made one by one as they are asked for. */
  readonly connections: () => Iterable<ConnectionChange>;
  /** Workloads that policies protect, or that outside addresses meet, in one state alone. */
  readonly postures: readonly PostureChange[];
  /** Names of workloads that are in one state alone. */
  readonly appeared: readonly string[];
  readonly vanished: readonly string[];
}

const NOTHING: Passage = { allowed: NO_CONNECTIONS, unknown: NO_CONNECTIONS };

function passageIn({ between }: Connectivity, [from, to]: readonly (UnitNodes | undefined)[], version: 4 | 6): Passage {
  const [source, destination] = [from?.get(version), to?.get(version)];
  return source === undefined || destination === undefined ? NOTHING : between(source, destination);
}

const same = (a: Passage, b: Passage): boolean =>
  sameConnections(a.allowed, b.allowed) && sameConnections(a.unknown, b.unknown);

function changeBetween(
  states: ComparedStates,
  source: PairedUnit,
  destination: PairedUnit,
): ConnectionChange | undefined {
  if (source.workload === destination.workload && source.cluster === destination.cluster) return undefined;
  const versions = new Map<4 | 6, PassageChange>();
  for (const version of [4, 6] as const) {
    const before = passageIn(states.before.connectivity, [source.before, destination.before], version);
    const after = passageIn(states.after.connectivity, [source.after, destination.after], version);
    if (same(before, after)) continue;
    versions.set(version, {
      before,
      after,
      gained: subtractConnections(after.allowed, before.allowed),
      lost: subtractConnections(before.allowed, after.allowed),
    });
  }
  if (versions.size === 0) return undefined;
  const changes = [...versions.values()];
  const none = (side: "before" | "after") => changes.every((change) => noConnections(change[side].allowed));
  const kind = none("before") && !none("after") ? "gained" : none("after") && !none("before") ? "lost" : "changed";
  return { kind, source, destination, versions };
}

function* changesOf(states: ComparedStates): Generator<ConnectionChange> {
  const destinations = pairedUnits(states, "destination");
  for (const source of pairedUnits(states, "source")) {
    for (const destination of destinations) {
      const change = changeBetween(states, source, destination);
      if (change) yield change;
    }
  }
}

function namesIn({ connectivity, nameOf }: ComparedState): ReadonlySet<string> {
  return new Set(
    connectivity.worlds.flatMap(({ endpoints }, cluster) => endpoints.map((endpoint) => nameOf(endpoint, cluster))),
  );
}

const without = (names: ReadonlySet<string>, others: ReadonlySet<string>): readonly string[] =>
  [...names].filter((name) => !others.has(name)).sort();

/** Compares two states of a mesh: what may connect in one and not in the other, exactly. */
export function differenceOf(before: ComparedState, after: ComparedState): Difference {
  const states = { before, after };
  const [old, young] = [namesIn(before), namesIn(after)];
  return {
    connections: () => changesOf(states),
    postures: postures(states),
    appeared: without(young, old),
    vanished: without(old, young),
  };
}
