import { invariant } from "@isthmus/std";
import type { Connectivity, Passage } from "../connectivity/connectivity";
import {
  noConnections,
  subtractConnections,
  intersectConnections,
  witnessConnection,
  type ConnectionSet,
} from "../sets/connection-set";
import { assumptionsOf } from "./assumptions";
import { matchEnd, type MatchedClass, type MatchedEnd } from "./parties";
import type { ProofClaim, ProofDoubt, ProofParty, ProofQuestion, ProofResult, ProofScope } from "./types";
import { doubtOf, nameParty, witnessOf } from "./witness";

/** Connections that speak against a claim: those that surely do, and those of which it is not known. */
interface Against {
  readonly sure: ConnectionSet;
  readonly maybe: ConnectionSet;
}

function againstOf(claim: ProofClaim): (passage: Passage) => Against {
  if (claim.kind === "no-path") {
    const { except } = claim;
    const spared = (set: ConnectionSet) => (except ? subtractConnections(set, except) : set);
    return ({ allowed, unknown }) => ({ sure: spared(allowed), maybe: spared(unknown) });
  }
  return ({ allowed, unknown }) => ({
    sure: subtractConnections(subtractConnections(claim.on, allowed), unknown),
    maybe: intersectConnections(claim.on, unknown),
  });
}

/** Remembers what is made of passages, which few pairs of classes share. */
function remembered(work: (passage: Passage) => Against): (passage: Passage) => Against {
  const known = new Map<ConnectionSet, Map<ConnectionSet, Against>>();
  return (passage) => {
    const row = known.get(passage.allowed) ?? new Map<ConnectionSet, Against>();
    known.set(passage.allowed, row);
    let against = row.get(passage.unknown);
    if (!against) row.set(passage.unknown, (against = work(passage)));
    return against;
  };
}

interface Pair {
  readonly source: ProofParty;
  readonly destination: ProofParty;
}

const partiesOf = ({ members, outside }: MatchedClass): readonly ProofParty[] =>
  outside ? [{ address: outside }] : members;

/** One of each class that a connection can be between; undefined where both hold nothing but one and the same endpoint. */
function pairOf(from: MatchedClass, to: MatchedClass, replicas: boolean): Pair | undefined {
  const [sources, destinations] = [partiesOf(from), partiesOf(to)];
  const [source, destination] = [sources[0], destinations[0]];
  if (!source || !destination) return undefined;
  if (replicas || !source.endpoint || source.endpoint !== destination.endpoint) return { source, destination };
  const other = destinations.find(({ endpoint }) => endpoint !== source.endpoint);
  if (other) return { source, destination: other };
  const another = sources.find(({ endpoint }) => endpoint !== destination.endpoint);
  return another && { source: another, destination };
}

/** Reasons are looked for in so many undecided pairs of classes; the number of all of them is told. */
const MOST_DOUBTS = 64;

interface Search {
  readonly connectivity: Connectivity;
  readonly question: ProofQuestion;
  readonly scope: ProofScope;
}

function expectVerdict({ connectivity }: Search, witness: ReturnType<typeof witnessOf>, wanted: string): void {
  const { verdict, pending } = witness.verdict;
  const said = connectivity.view === "pending" ? pending : verdict;
  invariant(said === wanted, `the sets say ${wanted}, the judge says ${said}: ${witness.sentence}`);
}

function searchPairs(search: Search, from: MatchedEnd, to: MatchedEnd): ProofResult | undefined {
  const { connectivity, question, scope } = search;
  const against = remembered(againstOf(question.claim));
  const opposed = question.claim.kind === "no-path" ? "allow" : "deny";
  const doubts = new Map<string, ProofDoubt>();
  let undecidedPairs = 0;
  for (const source of from.classes) {
    for (const destination of to.classes) {
      if (source.version !== destination.version || (source.outside && destination.outside)) continue;
      if ((source.outside || destination.outside) && source.cluster !== destination.cluster) continue;
      const { sure, maybe } = against(connectivity.between(source.node, destination.node));
      if (noConnections(sure) && noConnections(maybe)) continue;
      const pair = pairOf(source, destination, question.replicas ?? false);
      if (!pair) continue;
      const certain = witnessConnection(sure);
      if (certain) {
        const witness = witnessOf(connectivity, { ...pair, connection: certain });
        expectVerdict(search, witness, opposed);
        return { kind: "refuted", scope, witness };
      }
      undecidedPairs += 1;
      const connection = undecidedPairs <= MOST_DOUBTS ? witnessConnection(maybe) : undefined;
      if (!connection) continue;
      const doubt = doubtOf(connectivity, { ...pair, connection });
      const said = connectivity.view === "pending" ? doubt.verdict.pending : doubt.verdict.verdict;
      // What was observed of one connection may decide what is open for the set that it stands for.
      if (said === opposed) return { kind: "refuted", scope, witness: doubt };
      if (!doubts.has(doubt.reason)) doubts.set(doubt.reason, doubt);
    }
  }
  return undecidedPairs > 0 ? { kind: "unknown", scope, doubts: [...doubts.values()], undecidedPairs } : undefined;
}

/** Endpoints that cannot meet since they have no version of IP in common. */
function noRoute({ question, scope }: Search, from: MatchedEnd, to: MatchedEnd): ProofResult | undefined {
  if (question.claim.kind !== "every-path" || noConnections(question.claim.on)) return undefined;
  const reachable = (versions: ReadonlySet<number>) =>
    to.endpoints.find(({ addresses }) => !addresses.some(({ version }) => versions.has(version)));
  const known = new Map<string, ReturnType<typeof reachable>>();
  for (const source of from.endpoints) {
    const versions = new Set(source.addresses.map(({ version }) => version));
    const key = `${versions.has(4)} ${versions.has(6)}`;
    if (!known.has(key)) known.set(key, reachable(versions));
    const destination = known.get(key);
    const [a, b] = [source.addresses[0], destination?.addresses[0]];
    if (!destination || !a || !b) continue;
    const names = `${nameParty({ endpoint: source, address: a })} and ${nameParty({ endpoint: destination, address: b })}`;
    const pair = { source, destination, sentence: `${names} have no version of IP in common` };
    return { kind: "no-route", scope, pair };
  }
  return undefined;
}

/**
 * Answers a claim about everything that the mesh's policies let pass. Proved: it holds for every pair of endpoints, every
 * protocol and port, by exact sets over classes; refuted: a connection that the plain judge decides against it; unknown:
 * no such connection is known, and something undecided could be one.
 */
export function prove(connectivity: Connectivity, question: ProofQuestion): ProofResult {
  const { worlds } = connectivity;
  const [from, to] = [matchEnd(connectivity, question.from, question), matchEnd(connectivity, question.to, question)];
  const scope: ProofScope = {
    clusters: worlds.map(({ cluster }) => cluster),
    endpoints: worlds.reduce((sum, world) => sum + world.endpoints.length + world.hostEndpoints.length, 0),
    sources: from.matched,
    destinations: to.matched,
  };
  const search: Search = { connectivity, question, scope };
  const found = searchPairs(search, from, to);
  if (found?.kind === "refuted") return found;
  return (
    noRoute(search, from, to) ??
    found ?? { kind: "proved", scope, assumptions: assumptionsOf(connectivity, question, scope) }
  );
}
