import type { IpAddress } from "../net/address";
import { valueAt } from "./columns";
import type { Connectivity, Passage } from "./connectivity";
import { passageBetween, seenBy, versionOf, type Party } from "./parties";

/** A passage that an update changed, by the places of the nodes after it. */
export interface ChangedPassage {
  readonly source: number;
  readonly destination: number;
  readonly before: Passage;
  readonly after: Passage;
}

/** A node before and after an update, which share addresses. */
interface Twin {
  readonly old: Party;
  readonly young: Party;
  readonly node: number;
  readonly leaving: boolean;
  readonly reaching: boolean;
}

/** Which party of a state an address belongs to. */
function partyIndex(parties: readonly Party[]): (party: Party) => Iterable<Party> {
  const byAddress = new Map<IpAddress, Party>();
  for (const party of parties) {
    if (party.kind === "endpoints") for (const { address } of party.ends.members) byAddress.set(address, party);
  }
  const outside = parties.filter((party) => party.kind === "external");
  return (party) => {
    if (party.kind === "endpoints") {
      return new Set(party.ends.members.flatMap(({ address }) => byAddress.get(address) ?? []));
    }
    const { cluster, version, ranges } = party.outside;
    const [first] = ranges;
    return outside.filter(
      ({ outside: other }) =>
        other.cluster === cluster &&
        other.version === version &&
        first !== undefined &&
        other.ranges.some(({ from, to }) => from <= first.from && first.from <= to),
    );
  };
}

function twinsOf(previous: Connectivity, next: Connectivity): readonly Twin[] {
  const before = partyIndex(previous.analysis.parties);
  return next.analysis.parties.flatMap((young, node) =>
    [...before(young)].map((old): Twin => {
      if (old.kind === "external" || young.kind === "external")
        return { old, young, node, leaving: false, reaching: false };
      const leaving = old.ends.egress.origin !== young.ends.egress.origin;
      return { old, young, node, leaving, reaching: old.ends.ingress.origin !== young.ends.ingress.origin };
    }),
  );
}

/** Whether what an endpoint's own policies make of a peer differs. */
function differs(own: Twin, peer: Twin, direction: "egress" | "ingress"): boolean {
  if (own.old.kind === "external" || own.young.kind === "external") return false;
  const { cluster } = own.young.ends;
  const [was, is] = [seenBy(peer.old, cluster), seenBy(peer.young, cluster)];
  return was >= 0 && is >= 0 && valueAt(own.old.ends[direction], was) !== valueAt(own.young.ends[direction], is);
}

/**
 * What an update changed, in time proportional to the endpoints whose policies changed and not to all pairs: a passage
 * can only differ where a column of one of its ends does.
 */
export function* changedPassages(previous: Connectivity, next: Connectivity): Generator<ChangedPassage> {
  const twins = twinsOf(previous, next);
  const { sets, extents } = next.analysis.tables;
  const passage = (extent: number): Passage => {
    const [allowed, unknown] = extents.get(extent);
    return { allowed: sets.set(allowed), unknown: sets.set(unknown) };
  };
  const changed = function* (source: Twin, destination: Twin): Generator<ChangedPassage> {
    const before = passageBetween(source.old, destination.old, previous.analysis);
    const after = passageBetween(source.young, destination.young, next.analysis);
    if (before === after) return;
    yield { source: source.node, destination: destination.node, before: passage(before), after: passage(after) };
  };
  for (const own of twins) {
    if (!own.leaving && !own.reaching) continue;
    for (const peer of twins) {
      if (versionOf(peer.young) !== versionOf(own.young)) continue;
      if (own.leaving && differs(own, peer, "egress")) yield* changed(own, peer);
      // What differs at its source, too, is told there.
      const told = peer.leaving && differs(peer, own, "egress");
      if (own.reaching && !told && differs(own, peer, "ingress")) yield* changed(peer, own);
    }
  }
}
