import fc from "fast-check";
import { expect } from "vitest";
import { judgeEndpoint } from "../evaluate/judge";
import type { Packet } from "../evaluate/packet";
import type { EndpointVerdict } from "../evaluate/trace";
import { buildWorld, type World } from "../evaluate/world";
import type { Policy } from "../model/policy";
import type { IpAddress } from "../net/address";
import { parseAddress } from "../net/address";
import type { RuleCase } from "../review/cases";
import { inquire } from "../review/inquire";
import { review } from "../review/review";
import { tracePolicy, type ReviewFinding } from "../review/types";
import { randomCluster } from "./arbitrary-cluster";
import { POINTS } from "./connection-points";
import { count, DIRECTIONS, endpointsOf, type Counts } from "./resolve-property";

const OUTSIDE = ["192.168.0.9", "10.9.9.9", "8.8.8.8", "fd00::99", "fd00::3", "2001:db8::1"].flatMap(
  (text) => parseAddress(text) ?? [],
);

/** A packet at an endpoint. */
interface Asked {
  readonly endpoint: World["endpoints"][number];
  readonly direction: "ingress" | "egress";
  readonly packet: Packet;
}

/** Every packet that is tried: at every pod's addresses, from and to everybody's and some that nobody has. */
function* packetsIn(world: World): Generator<Asked> {
  const peers: readonly IpAddress[] = [...endpointsOf(world).flatMap(({ addresses }) => addresses), ...OUTSIDE];
  for (const endpoint of world.endpoints) {
    for (const own of endpoint.addresses) {
      for (const peer of peers) {
        if (peer.version !== own.version) continue;
        for (const point of POINTS) {
          yield { endpoint, direction: "ingress", packet: { ...point, source: peer, destination: own } };
          yield { endpoint, direction: "egress", packet: { ...point, source: own, destination: peer } };
        }
      }
    }
  }
}

/** The world without a rule, or without a whole policy. */
function without(world: World, policy: Policy, rule?: Pick<RuleCase, "direction" | "index">): World {
  const change = (other: Policy): readonly Policy[] => {
    if (other !== policy) return [other];
    if (!rule) return [];
    return [{ ...other, [rule.direction]: other[rule.direction].filter((_, index) => index !== rule.index) }];
  };
  return { ...world, tiers: world.tiers.map((tier) => ({ ...tier, policies: tier.policies.flatMap(change) })) };
}

const spell = ({ verdict, pending }: EndpointVerdict): string => `${verdict} ${pending.verdict}`;

/** The policy that a finding is about. */
function policyOf(world: World, { policy }: ReviewFinding): Policy {
  const named = JSON.stringify(policy);
  const found = world.tiers.flatMap((tier) => tier.policies).find((one) => JSON.stringify(tracePolicy(one)) === named);
  if (!found) throw new Error(`there is no ${named}`);
  return found;
}

/** A cluster, and one that has its policies and other endpoints. */
export const policiesAndPods: fc.Arbitrary<readonly [World, World]> = fc
  .tuple(randomCluster, randomCluster)
  .map(([here, there]) => [buildWorld(here), buildWorld({ ...there, manifests: here.manifests })]);

/** Taking away what a finding calls useless changes no verdict of any packet that is tried. */
function expectIdle(world: World, finding: ReviewFinding, counts: Counts): void {
  if (finding.path.at(-1) === "notSelector") return;
  count(counts, `${finding.code} ${finding.certainty}`);
  const policy = policyOf(world, finding);
  const other = without(world, policy, finding.rule);
  for (const asked of packetsIn(world)) {
    const [before, after] = [judgeEndpoint(world, asked), judgeEndpoint(other, asked)];
    if (spell(before) !== spell(after)) expect([finding, asked, before, after]).toEqual([]);
    count(counts, "packets");
  }
}

const LIFTED: ReadonlySet<string> = new Set([
  "rule-never-matches",
  "selector-matches-nothing",
  "rule-duplicate",
  "rule-shadowed",
  "deny-shadowed",
]);

/** What a review finds is so, and what it calls so in every world is so in another one. */
export function expectTrueFindings([here, there]: readonly [World, World], counts: Counts): void {
  const { findings } = review([here]);
  for (const finding of findings) {
    expectIdle(here, finding, counts);
    if (finding.certainty !== "structural") continue;
    expectIdle(there, finding, counts);
    count(counts, "elsewhere");
  }
  expectWitnesses(here, findings, counts);
}

const asksMore = ({ unknown, http, source, destination }: RuleCase["rule"]): boolean =>
  unknown.length > 0 ||
  http !== undefined ||
  [source, destination].some(({ services, domains }) => services !== undefined || domains.length > 0);

/** Every rule of which nothing is said decides the packet that was found for it, or would if what is not known were. */
function expectWitnesses(world: World, findings: readonly ReviewFinding[], counts: Counts): void {
  const { cases } = inquire(world, ({ unknown }) => unknown.length > 0);
  const said = new Set(
    findings
      .filter(({ code, path }) => LIFTED.has(code) && path.at(-1) !== "notSelector")
      .map(({ policy, rule }) => JSON.stringify([policy, rule])),
  );
  for (const { policy, judges, rules } of cases.values()) {
    for (const found of DIRECTIONS.flatMap((direction) => rules[direction])) {
      const { direction, index, reached } = found;
      if (said.has(JSON.stringify([tracePolicy(policy), { direction, index }]))) {
        expect(reached).toBeUndefined();
        continue;
      }
      // A Log rule of which it is not known whether it matches leaves no trace.
      if (!judges || !reached || (found.rule.action === "Log" && asksMore(found.rule))) continue;
      const { endpoint, own, peer, connection } = reached;
      const ends = direction === "ingress" ? { source: peer, destination: own } : { source: own, destination: peer };
      const verdict = judgeEndpoint(world, { endpoint, direction, packet: { ...connection, ...ends } });
      const trace = [...verdict.trace, ...verdict.pending.trace];
      const decides = trace.some(
        (step) =>
          step.kind === "unknown" ||
          (step.kind === "rule" &&
            step.ruleIndex === index &&
            JSON.stringify(step.policy) === JSON.stringify(tracePolicy(policy))),
      );
      if (!decides) expect([found, trace]).toEqual([]);
      count(counts, "witnesses");
    }
  }
}
