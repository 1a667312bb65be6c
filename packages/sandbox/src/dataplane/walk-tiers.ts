import { matches } from "./match";
import type { Direction, Hit, Packet, Policy } from "./model";
import type { TierPolicies } from "./order-policies";
import type { Program } from "./program";

/** A packet that is asked about in one direction. */
export interface Question {
  readonly program: Program;
  readonly direction: Direction;
  readonly packet: Packet;
}

/**
 * An end of tier names a policy of the tier as its trigger: what Felix's rules report is the last that selects the
 * endpoint, what its evaluation of pending policies reports is the first.
 */
export type Trigger = "first" | "last";

/** How a walk went: the steps, the last of which allowed or denied unless every tier passed the packet on. */
export interface Walk {
  readonly hits: readonly Hit[];
  readonly outcome: "allow" | "deny" | "pass";
}

/** A tier that holds only staged policies for the endpoint is none in force. */
export function enforcedTiers(tiers: readonly TierPolicies[]): readonly TierPolicies[] {
  return tiers
    .map(({ tier, policies }) => ({ tier, policies: policies.filter((policy) => !policy.staged) }))
    .filter(({ policies }) => policies.length > 0);
}

/** Whether a staged policy is among them, so that the pending verdict has a walk of its own. */
export const hasStaged = (tiers: readonly TierPolicies[]): boolean =>
  tiers.some(({ policies }) => policies.some((policy) => policy.staged));

/**
 * Tiers in order, in each the policies, rule by rule; Allow and Deny end it, Pass goes to the next tier, Log goes on; a
 * tier whose policies did not match ends in its default action (felix/rules, endpointIptablesChain).
 */
export function walkTiers(tiers: readonly TierPolicies[], question: Question, trigger: Trigger): Walk {
  const hits: Hit[] = [];
  for (const { tier, policies } of tiers) {
    const hit = firstHit(policies, question) ?? {
      kind: "end-of-tier" as const,
      tier: tier.name,
      trigger: pick(policies, trigger),
      action: tier.defaultAction,
    };
    hits.push(hit);
    if (hit.action !== "pass") return { hits, outcome: hit.action };
  }
  return { hits, outcome: "pass" };
}

/** As `walkTiers`, but a tier that did not match says nothing: untracked and pre-DNAT chains have no end of tier. */
export function walkWithoutEnds(tiers: readonly TierPolicies[], question: Question): Walk {
  const hits: Hit[] = [];
  for (const { policies } of tiers) {
    const hit = firstHit(policies, question);
    if (hit === undefined) continue;
    hits.push(hit);
    if (hit.action !== "pass") return { hits, outcome: hit.action };
  }
  return { hits, outcome: "pass" };
}

function pick(policies: readonly Policy[], trigger: Trigger): Policy {
  const policy = policies.at(trigger === "first" ? 0 : -1);
  if (policy === undefined) throw new Error("a tier that is walked has a policy");
  return policy;
}

function firstHit(policies: readonly Policy[], question: Question): Hit | undefined {
  for (const policy of policies) {
    const hit = policyHit(policy, question);
    if (hit !== undefined) return hit;
  }
  return undefined;
}

function policyHit(policy: Policy, { program, direction, packet }: Question): Hit | undefined {
  const rules = policy[direction] ?? [];
  const ruleIndex = rules.findIndex((rule) => rule.action !== "log" && matches(rule, packet, program));
  const action = rules[ruleIndex]?.action;
  if (action === undefined || action === "log") return undefined;
  return { kind: "rule", policy, ruleIndex, action };
}

const NO_PROFILE = "__PROFILE__";

/**
 * The first profile with a rule that allows or denies decides; a profile that does not exist denies (felix/calc,
 * DummyDropRules), and so does the end of the list. After Pass the next profile is asked.
 */
export function askProfiles(profiles: readonly string[], { program, direction, packet }: Question): Walk {
  const hits: Hit[] = [];
  for (const name of profiles) {
    const rules = program.profile(name)?.[direction];
    if (rules === undefined) return ended([...hits, { kind: "profile", name, ruleIndex: 0, action: "deny" }], "deny");
    const ruleIndex = rules.findIndex((rule) => rule.action !== "log" && matches(rule, packet, program));
    const action = rules[ruleIndex]?.action;
    if (action === undefined || action === "log") continue;
    hits.push({ kind: "profile", name, ruleIndex, action });
    if (action !== "pass") return ended(hits, action);
  }
  return ended([...hits, { kind: "profile", name: NO_PROFILE, ruleIndex: -1, action: "deny" }], "deny");
}

const ended = (hits: readonly Hit[], outcome: "allow" | "deny"): Walk => ({ hits, outcome });
