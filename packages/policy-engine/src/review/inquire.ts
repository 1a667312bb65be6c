import type { View } from "../evaluate/applying";
import type { World } from "../evaluate/world";
import { isPending, type Policy } from "../model/policy";
import type { Rule } from "../model/rule";
import { Arena, type Standpoint } from "./arena";
import { mayMatter, mayReach, openCase, type PolicyCase, type RuleCase } from "./cases";
import { RuleColumns } from "./rule-columns";
import { Ways } from "./stations";
import { Inquiry } from "./walk";

/** Whether a policy is in force, or would be. */
export const counts = ({ stagedAction }: Policy): boolean => stagedAction === undefined || isPending(stagedAction);

/** What was found out about the policies of one cluster. */
export interface ClusterReview {
  readonly arena: Arena;
  readonly cases: ReadonlyMap<Policy, PolicyCase>;
  readonly standpoints: ReadonlyMap<Policy, readonly Standpoint[]>;
  readonly columns: RuleColumns;
}

type Cases = ReadonlyMap<Policy, PolicyCase>;

const rulesOf = (cases: Cases): readonly RuleCase[] =>
  [...cases.values()].flatMap(({ rules }) => [...rules.ingress, ...rules.egress]);

/** Whether anything is still open about a policy that judges at a standpoint. */
const concerns = ({ subject }: Standpoint, cases: Cases, isOpen: typeof mayReach): boolean =>
  subject.tiers.some(({ policies }) =>
    policies.some((policy) => {
      const found = cases.get(policy);
      return found !== undefined && isOpen(found, subject.direction);
    }),
  );

function standpointsOf(arena: Arena): readonly Standpoint[] {
  const views: readonly View[] = ["enforced", "pending"];
  return views.flatMap((view) => [...arena.standpoints(view, "ingress"), ...arena.standpoints(view, "egress")]);
}

function byPolicy(standpoints: readonly Standpoint[]): ReadonlyMap<Policy, readonly Standpoint[]> {
  const found = new Map<Policy, Standpoint[]>();
  for (const standpoint of standpoints) {
    for (const policy of standpoint.subject.tiers.flatMap(({ policies }) => policies)) {
      const known = found.get(policy);
      if (known) known.push(standpoint);
      else found.set(policy, [standpoint]);
    }
  }
  return found;
}

function askReach(arena: Arena, standpoints: readonly Standpoint[], cases: Cases): void {
  const ways = new Ways(arena, new RuleColumns(arena.model));
  const inquiry = new Inquiry(ways);
  for (const standpoint of standpoints) {
    if (!concerns(standpoint, cases, mayReach)) continue;
    inquiry.askReach(ways.of(standpoint, { arriving: true }), ({ policy }) => cases.get(policy));
  }
}

/** Asks what makes a difference, as far as that is not known yet. */
function askEffect(ways: Ways, standpoints: readonly Standpoint[], cases: Cases): void {
  const inquiry = new Inquiry(ways);
  for (const standpoint of standpoints) {
    if (!concerns(standpoint, cases, mayMatter)) continue;
    inquiry.askEffect(ways.of(standpoint, { arriving: false }), ({ policy }) => cases.get(policy));
  }
}

/**
 * Finds out about every rule of a cluster's policies that are not to be skipped whether it matches, is reached and makes a
 * difference, and about every policy whether it does.
 */
export function inquire(world: World, skip: (policy: Policy) => boolean): ClusterReview {
  const arena = new Arena(world);
  const policies = world.tiers.flatMap((tier) => tier.policies).filter(counts);
  const cases: Cases = new Map(policies.filter((policy) => !skip(policy)).map((policy) => [policy, openCase(policy)]));
  const standpoints = standpointsOf(arena);
  const places = byPolicy(standpoints);
  for (const [policy, found] of cases) found.judges = places.has(policy);
  askReach(arena, standpoints, cases);
  const dead = new Set<Rule>(rulesOf(cases).flatMap(({ reached, rule }) => (reached ? [] : [rule])));
  const columns = new RuleColumns(arena.model, dead);
  if (world.unreadable.length === 0) {
    // With the rules that decide nothing as long as others are there, and without them, so that both may go.
    askEffect(new Ways(arena, new RuleColumns(arena.model)), standpoints, cases);
    askEffect(new Ways(arena, columns), standpoints, cases);
  } else {
    // What is not read might have a say before, after or between them.
    for (const found of cases.values()) found.matters = true;
    for (const rule of rulesOf(cases)) rule.matters = true;
  }
  return { arena, cases, standpoints: places, columns };
}
