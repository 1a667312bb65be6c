import { matches } from "./match";
import type { Direction, Endpoint, Hit, HitAction, Packet, Policy, Verdict } from "./model";
import type { Program, TierPolicies } from "./program";

/** A packet at the end of it that judges. */
export interface Judgement {
  readonly program: Program;
  readonly endpoint: Endpoint;
  readonly direction: Direction;
  readonly packet: Packet;
}

/**
 * Judges one packet as Felix does: tiers in order, in each the policies that select the endpoint in this direction, rule
 * by rule; Allow and Deny end it, Pass goes to the next tier, Log goes on; a tier whose policies did not match ends in
 * its default action; after the last tier the namespace's profile decides. Staged policies count in `pending` only.
 */
export function evaluate(judgement: Judgement): Verdict {
  const { program, endpoint, direction } = judgement;
  const tiers = program.tiersOf(endpoint, direction);
  const enforced = walk(enforcedTiers(tiers), judgement, "last");
  const hasStaged = tiers.some(({ policies }) => policies.some((policy) => policy.staged));
  const pending = hasStaged ? walk(tiers, judgement, "first") : enforced;
  const last = enforced.at(-1);
  return { action: last?.action === "allow" ? "allow" : "deny", enforced, pending };
}

/** A tier that holds only staged policies for the endpoint is none in force. */
function enforcedTiers(tiers: readonly TierPolicies[]): readonly TierPolicies[] {
  return tiers
    .map(({ tier, policies }) => ({ tier, policies: policies.filter((policy) => !policy.staged) }))
    .filter(({ policies }) => policies.length > 0);
}

/**
 * An end of tier names a policy of the tier as its trigger: what Felix's rules report is the last that selects the
 * endpoint, what its evaluation of pending policies reports is the first.
 */
type Trigger = "first" | "last";

function walk(tiers: readonly TierPolicies[], judgement: Judgement, trigger: Trigger): readonly Hit[] {
  const hits: Hit[] = [];
  for (const { tier, policies } of tiers) {
    const hit = firstHit(policies, judgement) ?? {
      kind: "end-of-tier" as const,
      tier: tier.name,
      trigger: pick(policies, trigger),
      action: tier.defaultAction,
    };
    hits.push(hit);
    if (hit.action !== "pass") return hits;
  }
  hits.push(profileHit(judgement));
  return hits;
}

function pick(policies: readonly Policy[], trigger: Trigger): Policy {
  const policy = policies.at(trigger === "first" ? 0 : -1);
  if (policy === undefined) throw new Error("a tier that is walked has a policy");
  return policy;
}

function firstHit(policies: readonly Policy[], judgement: Judgement): Hit | undefined {
  for (const policy of policies) {
    const hit = policyHit(policy, judgement);
    if (hit !== undefined) return hit;
  }
  return undefined;
}

function policyHit(policy: Policy, { program, direction, packet }: Judgement): Hit | undefined {
  const rules = policy[direction] ?? [];
  const ruleIndex = rules.findIndex((rule) => rule.action !== "log" && matches(rule, packet, program));
  const action = rules[ruleIndex]?.action;
  if (action === undefined || action === "log") return undefined;
  return { kind: "rule", policy, ruleIndex, action };
}

/** The profile of a namespace allows both ways; without one nothing does. */
function profileHit({ program, endpoint }: Judgement): Hit {
  const known = program.hasProfile(endpoint.namespace);
  const action: HitAction = known ? "allow" : "deny";
  return {
    kind: "profile",
    name: known ? `kns.${endpoint.namespace}` : "__PROFILE__",
    ruleIndex: known ? 0 : -1,
    action,
  };
}
