import fc from "fast-check";
import { expect } from "vitest";
import type { Connectivity } from "../connectivity/connectivity";
import { judgeConnection, type ConnectionEnd, type ConnectionVerdict } from "../evaluate/connection";
import { buildWorld, type World } from "../evaluate/world";
import { formatAddress, parseAddress, type IpAddress } from "../net/address";
import { compileSelector } from "../selector/evaluate";
import { hasAddress } from "../sets/address-set";
import { hasConnection, type ConnectionPoint } from "../sets/connection-set";
import { CLUSTER_LABEL, parseProofEnd } from "../proof/proof-end";
import type { ProofEnd, ProofParty, ProofQuestion, ProofResult, ProofWitness } from "../proof/types";
import { randomCluster } from "./arbitrary-cluster";
import { selector, seldom } from "./arbitrary-rule";
import { POINTS, SETS } from "./connection-points";
import { count, endpointsOf, type Counts } from "./resolve-property";

/** One or two random clusters, whose pods may have the same addresses. */
export const randomWorlds: fc.Arbitrary<readonly World[]> = fc
  .tuple(randomCluster, seldom(randomCluster, 1))
  .map(([west, east]) => [
    buildWorld({ ...west, cluster: "west" }),
    ...(east ? [buildWorld({ ...east, cluster: "east" })] : []),
  ]);

const end = fc
  .oneof(
    { weight: 4, arbitrary: selector },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        "10.0.0.0/30",
        "10.0.0.2",
        "192.168.0.0/16,10.9.9.9",
        "0.0.0.0/0,::/0",
        "fd00::/120",
        `${CLUSTER_LABEL} == 'east'`,
        `${CLUSTER_LABEL} != 'east' && isthmus.io/cluster.region == 'eu'`,
        "projectcalico.org/namespace == 'gone'",
      ),
    },
  )
  .map((text): ProofEnd => {
    const parsed = parseProofEnd(text);
    if (!parsed.ok) throw new Error(text);
    return parsed.value;
  });

/** Questions of both claims over random ends. */
export const randomQuestion: fc.Arbitrary<ProofQuestion> = fc.record({
  from: end,
  to: end,
  claim: fc.oneof(
    {
      weight: 3,
      arbitrary: fc
        .option(fc.constantFrom(...SETS), { nil: undefined })
        .map((except) => ({ kind: "no-path" as const, ...(except && { except }) })),
    },
    { weight: 1, arbitrary: fc.constantFrom(...SETS).map((on) => ({ kind: "every-path" as const, on })) },
  ),
  clusterLabels: fc.constant(new Map([["west", { region: "eu" }]])),
  replicas: fc.boolean(),
});

const OUTSIDE: readonly IpAddress[] = [
  "192.168.0.9",
  "10.9.9.9",
  "fd00::99",
  "8.8.8.8",
  "10.0.0.200",
  "10.0.0.8",
].flatMap((text) => parseAddress(text) ?? []);

const means = (asked: ProofEnd, { endpoint, address }: ProofParty): boolean => {
  if (asked.kind === "addresses") return hasAddress(asked.addresses, address);
  if (!endpoint) return false;
  const labels = new Map(endpoint.labels).set(CLUSTER_LABEL, endpoint.cluster);
  if (endpoint.cluster === "west") labels.set(`${CLUSTER_LABEL}.region`, "eu");
  return compileSelector(asked.selector)(labels);
};

function partiesOf(worlds: readonly World[], asked: ProofEnd): readonly ProofParty[] {
  const endpoints = worlds.flatMap(endpointsOf);
  const own = endpoints.flatMap((endpoint) => endpoint.addresses.map((address) => ({ endpoint, address })));
  const taken = new Set(own.map(({ address }) => formatAddress(address)));
  const outside = OUTSIDE.filter((address) => !taken.has(formatAddress(address))).map((address) => ({ address }));
  return [...own, ...outside].filter((party) => means(asked, party));
}

function judged(
  worlds: readonly World[],
  [source, destination]: readonly [ProofParty, ProofParty],
  point: ConnectionPoint,
): ConnectionVerdict {
  const at = ({ endpoint, address }: ProofParty): ConnectionEnd => {
    const world = endpoint && worlds.find(({ cluster }) => cluster === endpoint.cluster);
    return world ? { kind: "endpoint", world, endpoint, address } : { kind: "address", address };
  };
  return judgeConnection({ ...point, source: at(source), destination: at(destination) });
}

/** Every pair of parties that the question is about. */
function* pairsOf(
  worlds: readonly World[],
  { from, to, replicas }: ProofQuestion,
): Generator<readonly [ProofParty, ProofParty]> {
  for (const source of partiesOf(worlds, from)) {
    for (const destination of partiesOf(worlds, to)) {
      if (source.address.version !== destination.address.version) continue;
      if (!source.endpoint && !destination.endpoint) continue;
      if (!replicas && source.endpoint && source.endpoint === destination.endpoint) continue;
      yield [source, destination];
    }
  }
}

/** Whether a verdict on a connection speaks against the claim. */
function speaksAgainst({ claim }: ProofQuestion, point: ConnectionPoint, verdict: string): boolean {
  if (claim.kind === "no-path") return verdict === "allow" && !(claim.except && hasConnection(claim.except, point));
  return verdict === "deny" && hasConnection(claim.on, point);
}

/** A question about a mesh, and what came of it. */
export interface Answered {
  readonly connectivity: Connectivity;
  readonly question: ProofQuestion;
  readonly result: ProofResult;
}

function expectWitness({ connectivity, question }: Answered, found: ProofWitness): void {
  const { worlds, view } = connectivity;
  const { source, destination, connection } = found;
  expect([means(question.from, source), means(question.to, destination)]).toEqual([true, true]);
  const { verdict, pending } = judged(worlds, [source, destination], connection);
  expect(speaksAgainst(question, connection, view === "pending" ? pending : verdict)).toBe(true);
  for (const decision of [found.egress, found.ingress]) expect(decision?.sentences).not.toEqual([]);
}

/** An answer agrees with the plain judge about every pair and every connection that is tried. */
export function expectRightAnswer({ connectivity, question, result }: Answered, counts: Counts): void {
  const { worlds, view } = connectivity;
  count(counts, `${question.claim.kind} ${result.kind}`);
  if (result.kind === "refuted") return expectWitness({ connectivity, question, result }, result.witness);
  if (result.kind === "unknown") {
    expect(result.doubts).not.toEqual([]);
    for (const { source, destination, connection, reason } of result.doubts) {
      const { verdict, pending } = judged(worlds, [source, destination], connection);
      expect([view === "pending" ? pending : verdict, reason === ""]).toEqual(["unknown", false]);
    }
  }
  if (result.kind === "proved") expect(result.assumptions.length).toBeGreaterThan(4);
  for (const pair of pairsOf(worlds, question)) {
    for (const point of POINTS) {
      const { verdict, pending } = judged(worlds, pair, point);
      const said = view === "pending" ? pending : verdict;
      if (speaksAgainst(question, point, said)) expect([result, pair, point, said]).toEqual([]);
      if (result.kind !== "proved") continue;
      count(counts, "tried");
      const open =
        question.claim.kind === "no-path"
          ? !(question.claim.except && hasConnection(question.claim.except, point))
          : hasConnection(question.claim.on, point);
      expect([said === "unknown", open]).not.toEqual([true, true]);
    }
  }
}
