import { expect } from "vitest";
import { connectivityOf, type Connectivity } from "../connectivity/connectivity";
import { nameEndpoints } from "../connectivity/names";
import { differenceOf } from "../difference/difference";
import { buildMesh } from "../evaluate/world";
import { formatConnections } from "../sets/connection-text";
import { subtractConnections, uniteConnections, NO_CONNECTIONS, type ConnectionSet } from "../sets/connection-set";
import { withOnly, type PolicyChanges } from "./update-property";

const nameOf = nameEndpoints([]);

/** What is allowed between every two pods, by their names: over all their addresses of both versions together. */
function allowedByPods({ nodes, between }: Connectivity): ReadonlyMap<string, ConnectionSet> {
  const found = new Map<string, ConnectionSet>();
  for (const [from, source] of nodes.entries()) {
    for (const [to, destination] of nodes.entries()) {
      if (source.kind !== "endpoints" || destination.kind !== "endpoints") continue;
      if (source.version !== destination.version) continue;
      const { allowed } = between(from, to);
      for (const { endpoint: a } of source.members) {
        for (const { endpoint: b } of destination.members) {
          if (a.name === b.name && a.cluster === b.cluster) continue;
          const key = `${source.version} ${nameOf(a, source.cluster)} => ${nameOf(b, destination.cluster)}`;
          found.set(key, uniteConnections(found.get(key) ?? NO_CONNECTIONS, allowed));
        }
      }
    }
  }
  return found;
}

const plain = (name: string): string => name.replace(/\(.*\)$/, "");

/** Between pods the difference of two states is the difference of their sets, and nothing else is said to differ. */
export function expectDifferenceOfSets({ inputs, steps, view }: PolicyChanges): void {
  const full = buildMesh(inputs);
  const [before, after] = [steps[0], steps[1]].map((places) =>
    connectivityOf(
      full.map((world) => withOnly(world, places ?? [])),
      { view },
    ),
  );
  if (!before || !after) return;
  const [gained, lost] = [new Map<string, ConnectionSet>(), new Map<string, ConnectionSet>()];
  const add = (sets: Map<string, ConnectionSet>, key: string, set: ConnectionSet) =>
    sets.set(key, uniteConnections(sets.get(key) ?? NO_CONNECTIONS, set));
  for (const { source, destination, versions } of differenceOf(
    { connectivity: before, nameOf },
    { connectivity: after, nameOf },
  ).connections()) {
    if (source.kind === "external" || destination.kind === "external") continue;
    for (const [version, change] of versions) {
      const key = `${version} ${plain(source.name)} => ${plain(destination.name)}`;
      add(gained, key, change.after.allowed);
      add(lost, key, change.before.allowed);
    }
  }
  const [old, young] = [allowedByPods(before), allowedByPods(after)];
  for (const [key, set] of old) {
    const now = young.get(key) ?? NO_CONNECTIONS;
    // Where lines speak of single addresses, what they say together is within what the pods have together.
    const [more, less] = [subtractConnections(now, set), subtractConnections(set, now)];
    const said = (sets: ReadonlyMap<string, ConnectionSet>) => sets.get(key) ?? NO_CONNECTIONS;
    expect([key, formatConnections(subtractConnections(more, said(gained)))]).toEqual([key, "No Connections"]);
    expect([key, formatConnections(subtractConnections(less, said(lost)))]).toEqual([key, "No Connections"]);
    expect([key, formatConnections(subtractConnections(said(gained), now))]).toEqual([key, "No Connections"]);
    expect([key, formatConnections(subtractConnections(said(lost), set))]).toEqual([key, "No Connections"]);
  }
}
