import type { World } from "../evaluate/world";
import { policySelector } from "../model/effective-selector";
import type { Policy } from "../model/policy";
import { compileSelector } from "../selector/evaluate";
import { openCase } from "./cases";
import { Evidence } from "./evidence";
import { findingsOf, nobodySelected, structuralFindings, type FindingContext } from "./findings";
import { counts, inquire } from "./inquire";
import { tracePolicy, type ReviewFinding, type ReviewResult, type ReviewSkip } from "./types";

/** Why the rules of a policy are not looked into. */
function reasonToSkip(policy: Policy, world: World): string | undefined {
  if (policy.unknown.length > 0) return `it has fields that are not known: ${policy.unknown.join(", ")}`;
  const selects = compileSelector(policySelector(policy));
  if (world.hostEndpoints.some(({ labels }) => selects(labels))) {
    return "it selects host endpoints: only what is true whatever they meet is said of it";
  }
  return undefined;
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
  const context: FindingContext = {
    cluster: world.cluster,
    model: arena.model,
    evidence: new Evidence(arena, columns, standpoints),
    tiers: world.unreadable.length > 0 ? [] : world.tiers,
  };
  const findings = world.tiers.flatMap((tier) =>
    tier.policies.filter(counts).flatMap((policy): readonly ReviewFinding[] => {
      const found = cases.get(policy);
      if (found?.judges) return findingsOf(context, found);
      const structural = structuralFindings(context, openCase(policy));
      const empty = found && policy.types.length > 0 && !selectsSomebody(policy, world);
      return empty ? [nobodySelected(context, policy), ...structural] : structural;
    }),
  );
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
