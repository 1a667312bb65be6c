import type { View } from "../evaluate/applying";
import type { World } from "../evaluate/world";
import { policySelector } from "../model/effective-selector";
import { isPending, type Policy } from "../model/policy";
import { compileSelector } from "../selector/evaluate";
import { Arena, type Standpoint } from "./arena";
import { openCase, type PolicyCase } from "./cases";
import { Evidence } from "./evidence";
import { findingsOf, nobodySelected, type FindingContext } from "./findings";
import { RuleColumns } from "./rule-columns";
import { Ways } from "./stations";
import { tracePolicy, type ReviewFinding, type ReviewResult, type ReviewSkip } from "./types";
import { Inquiry } from "./walk";

/** Whether a policy is in force, or would be. */
const counts = ({ stagedAction }: Policy): boolean => stagedAction === undefined || isPending(stagedAction);

/** Why the rules of a policy are not looked into. */
function reasonToSkip(policy: Policy, world: World): string | undefined {
  if (policy.unknown.length > 0) return `it has fields that are not known: ${policy.unknown.join(", ")}`;
  const selects = compileSelector(policySelector(policy));
  if (world.hostEndpoints.some(({ labels }) => selects(labels))) {
    return "it selects host endpoints, of whose traffic too little is known";
  }
  return undefined;
}

/** What was found out about the policies of one cluster. */
export interface ClusterReview {
  readonly arena: Arena;
  readonly cases: ReadonlyMap<Policy, PolicyCase>;
  readonly standpoints: ReadonlyMap<Policy, readonly Standpoint[]>;
  readonly columns: RuleColumns;
}

/** Finds out about every rule of a cluster's policies that are not to be skipped whether it matches, decides and matters. */
export function inquire(world: World, skip: (policy: Policy) => boolean): ClusterReview {
  const arena = new Arena(world);
  const columns = new RuleColumns(arena.model);
  const ways = new Ways(arena, columns);
  const inquiry = new Inquiry(ways);
  const policies = world.tiers.flatMap((tier) => tier.policies).filter(counts);
  const cases = new Map(policies.filter((policy) => !skip(policy)).map((policy) => [policy, openCase(policy)]));
  const standpoints = new Map<Policy, Standpoint[]>();
  const staged = policies.some(({ stagedAction }) => stagedAction !== undefined);
  const views: readonly View[] = staged ? ["enforced", "pending"] : ["enforced"];
  for (const view of views) {
    for (const direction of ["ingress", "egress"] as const) {
      for (const standpoint of arena.standpoints(view, direction)) {
        const way = ways.of(standpoint);
        inquiry.ask(way, ({ policy }) => cases.get(policy));
        for (const { policy } of way.stations) {
          const known = standpoints.get(policy);
          if (known) known.push(standpoint);
          else standpoints.set(policy, [standpoint]);
        }
      }
    }
  }
  // What is not read might have a say before, after or between them.
  if (world.unreadable.length > 0) for (const found of cases.values()) keepAll(found);
  return { arena, cases, standpoints, columns };
}

function keepAll(found: PolicyCase): void {
  found.matters = true;
  for (const rule of [...found.rules.ingress, ...found.rules.egress]) rule.matters = true;
}

const selectsSomebody = (policy: Policy, world: World): boolean => {
  const selects = compileSelector(policySelector(policy));
  return world.endpoints.some(({ labels }) => selects(labels));
};

function reviewCluster(world: World): Pick<ReviewResult, "findings" | "skipped"> {
  const skipped: ReviewSkip[] = [];
  const skip = (policy: Policy): boolean => {
    const reason = reasonToSkip(policy, world);
    if (reason === undefined) return false;
    const { cluster } = world;
    skipped.push({ cluster, policy: tracePolicy(policy), ref: policy.ref, sentence: reason });
    return true;
  };
  const { arena, cases, standpoints, columns } = inquire(world, skip);
  const evidence = new Evidence(arena, columns, standpoints);
  const context: FindingContext = { cluster: world.cluster, model: arena.model, evidence };
  const findings = [...cases.values()].flatMap((found): readonly ReviewFinding[] => {
    if (found.judges) return findingsOf(context, found);
    const { policy } = found;
    return policy.types.length === 0 || selectsSomebody(policy, world) ? [] : [nobodySelected(context, policy)];
  });
  return { findings, skipped };
}

/**
 * Looks for rules and policies of a mesh that do nothing, exactly: by the sets of what each rule matches, what gets as far
 * as it and what would become of that without it, over classes of addresses, in force and pending. Every cluster is
 * reviewed by itself, since its policies see the others by their addresses alone.
 */
export function review(worlds: readonly World[]): ReviewResult {
  const reviewed = worlds.map(reviewCluster);
  const policies = worlds.flatMap(({ tiers }) => tiers.flatMap((tier) => tier.policies));
  return {
    findings: reviewed.flatMap(({ findings }) => findings),
    skipped: reviewed.flatMap(({ skipped }) => skipped),
    policies: policies.length,
    rules: policies.reduce((sum, { ingress, egress }) => sum + ingress.length + egress.length, 0),
  };
}
