import { noConnections, sameConnections, type ConnectionSet } from "../sets/connection-set";
import { formatConnections, NOTHING_TEXT, type Vocabulary } from "../sets/connection-text";
import type { Connectivity, Passage } from "./connectivity";
import { unitsOf, type NameEndpoint, type Unit } from "./units";

/** What may pass from one unit to another, for each version of IP that both have. */
export interface ConnectivityLine {
  readonly source: Unit;
  readonly destination: Unit;
  readonly passages: ReadonlyMap<4 | 6, Passage>;
}

const isEmpty = ({ allowed, unknown }: Passage): boolean => noConnections(allowed) && noConnections(unknown);

/** What may pass between two units; undefined where nothing may, and between replicas of one workload. */
export function lineBetween({ between }: Connectivity, source: Unit, destination: Unit): ConnectivityLine | undefined {
  if (source.workload === destination.workload && source.cluster === destination.cluster) return undefined;
  const passages = new Map<4 | 6, Passage>();
  let some = false;
  for (const [version, at] of source.nodes) {
    const to = destination.nodes.get(version);
    if (to === undefined) continue;
    const passage = between(at, to);
    passages.set(version, passage);
    some ||= !isEmpty(passage);
  }
  return some ? { source, destination, passages } : undefined;
}

/** All lines in the order of their texts, made one by one as they are asked for: there are as many as pairs. */
export function* linesOf(connectivity: Connectivity, nameOf: NameEndpoint): Generator<ConnectivityLine> {
  const destinations = unitsOf(connectivity, nameOf, "destination");
  for (const source of unitsOf(connectivity, nameOf, "source")) {
    for (const destination of destinations) {
      const line = lineBetween(connectivity, source, destination);
      if (line) yield line;
    }
  }
}

/** Which of the two sets of a passage. */
export type PassagePart = keyof Passage;

/** The text of one part of a line: one set where the versions agree, else each by itself; undefined where it is empty. */
export function formatPart(
  { passages }: ConnectivityLine,
  part: PassagePart,
  vocabulary: Vocabulary,
): string | undefined {
  const sets = [...passages].map(([version, passage]) => ({ version, set: passage[part] }));
  const [first] = sets;
  if (!first || sets.every(({ set }) => noConnections(set))) return undefined;
  const format = (set: ConnectionSet) => formatConnections(set, vocabulary);
  if (sets.every(({ set }) => sameConnections(set, first.set))) {
    const text = format(first.set);
    return text === NOTHING_TEXT ? undefined : text;
  }
  return sets.map(({ version, set }) => `IPv${version}: ${format(set)}`).join("; ");
}

/** The words for a mesh: those of Kubernetes where nobody speaks any others. */
export function vocabularyOf({ worlds }: Pick<Connectivity, "worlds">): Vocabulary {
  const policies = worlds.flatMap(({ tiers }) => tiers.flatMap((tier) => tier.policies));
  const plain = policies.every(({ kind }) => kind === "KubernetesNetworkPolicy");
  return plain && worlds.every(({ unreadable }) => unreadable.length === 0) ? "kubernetes" : "calico";
}
