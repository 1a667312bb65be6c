import type { Direction, Policy, RuleAction } from "../model/policy";
import type { ApplyingTier, View } from "./applying";
import type { Endpoint } from "./endpoint";
import { tiersEndAt, type PolicyHook } from "./hook";
import type { Packet } from "./packet";
import { preparedProfile, type PreparedPolicy, type PreparedRule } from "./prepare";
import type { TracePolicy, TraceStep, Verdict } from "./trace";
import type { World } from "./world";

const traceName = ({ kind, namespace, name }: Policy): TracePolicy => ({ kind, namespace, name });

/** What a tier made of a packet. */
type TierOutcome = Verdict | "pass";

/** A packet on its way through the policies of an endpoint at one hook; what happens is noted in `trace`. */
export interface Walk {
  readonly world: World;
  readonly endpoint: Endpoint;
  readonly direction: Direction;
  readonly packet: Packet;
  readonly hook: PolicyHook;
  readonly view: View;
  readonly trace: TraceStep[];
}

/** How the rules of a policy or profile tell what they did, and who sees the peers for them. */
interface Speaker {
  readonly rules: readonly PreparedRule[];
  readonly policy: Policy | undefined;
  readonly did: (ruleIndex: number, action: RuleAction) => TraceStep;
  readonly undecided: (ruleIndex: number, reason: string) => TraceStep;
}

const OUTCOMES = { Allow: "allow", Deny: "deny", Pass: "pass" } as const;

function walkRules({ world, packet, trace }: Walk, speaker: Speaker): TierOutcome | undefined {
  const ruleWorld = {
    holdersOf: (a: Packet["source"]) => world.holdersOf(a, speaker.policy),
    serviceTargets: world.serviceTargets,
    domains: world.domains,
  };
  for (const [ruleIndex, { action, matches }] of speaker.rules.entries()) {
    const outcome = matches(packet, ruleWorld);
    // Whether a Log rule matches does not matter to the verdict.
    if (outcome.kind === "no-match" || (outcome.kind === "unknown" && action === "Log")) continue;
    if (outcome.kind === "unknown") {
      trace.push(speaker.undecided(ruleIndex, outcome.reason));
      return "unknown";
    }
    trace.push(speaker.did(ruleIndex, action));
    if (action !== "Log") return OUTCOMES[action];
  }
  return undefined;
}

interface PlacedPolicy {
  readonly prepared: PreparedPolicy;
  readonly policyIndex: number;
}

function walkPolicy(walk: Walk, tier: string, { prepared, policyIndex }: PlacedPolicy): TierOutcome | undefined {
  const { policy, rules } = prepared;
  const name = traceName(policy);
  if (policy.unknown.length > 0) {
    const reason = `the policy has fields that are not known: ${policy.unknown.join(", ")}`;
    walk.trace.push({ kind: "unknown", tier, policy: name, reason });
    return "unknown";
  }
  const staged = policy.stagedAction !== undefined;
  const outcome = walkRules(walk, {
    rules: rules[walk.direction],
    policy,
    did: (ruleIndex, action) => ({ kind: "rule", tier, policy: name, policyIndex, ruleIndex, action, staged }),
    undecided: (ruleIndex, reason) => ({ kind: "unknown", tier, policy: name, ruleIndex, reason }),
  });
  if (!outcome) walk.trace.push({ kind: "policy-passed-over", tier, policy: name });
  return outcome;
}

function walkTier(walk: Walk, { tier, policies, empty }: ApplyingTier): TierOutcome {
  // At the end of a tier Felix reports the last of the enforced policies, the first of the pending ones.
  const policyIndex = walk.view === "pending" ? 0 : policies.length - 1;
  const trigger = policies[policyIndex];
  if (!trigger) {
    walk.trace.push({ kind: "tier-skipped", tier: tier.name, why: empty ? "empty" : "none-selects" });
    return "pass";
  }
  walk.trace.push({ kind: "tier-entered", tier: tier.name });
  for (const [index, policy] of policies.entries()) {
    const outcome = walkPolicy(walk, tier.name, { prepared: policy, policyIndex: index });
    if (outcome) return outcome;
  }
  if (!tiersEndAt(walk.hook)) {
    walk.trace.push({ kind: "tier-left-open", tier: tier.name, hook: walk.hook });
    return "pass";
  }
  const action = tier.defaultAction;
  walk.trace.push({ kind: "end-of-tier", tier: tier.name, policy: traceName(trigger.policy), policyIndex, action });
  return action === "Pass" ? "pass" : "deny";
}

/**
 * After the last tier the endpoint's profiles speak, in order. One that is missing is taken for one whose rule 0
 * denies (Calico, felix active rules calculator, DummyDropRules); the end of them denies, too.
 */
export function walkProfiles(walk: Walk): Verdict {
  for (const profile of walk.endpoint.profiles) {
    const content = walk.world.profiles.get(profile);
    if (!content) {
      walk.trace.push({ kind: "profile", profile, ruleIndex: 0, action: "Deny" });
      return "deny";
    }
    const outcome = walkRules(walk, {
      rules: preparedProfile(content)[walk.direction],
      policy: undefined,
      did: (ruleIndex, action) => ({ kind: "profile", profile, ruleIndex, action }),
      undecided: (ruleIndex, reason) => ({
        kind: "unknown",
        reason: `rule ${ruleIndex + 1} of profile ${profile}: ${reason}`,
      }),
    });
    if (outcome && outcome !== "pass") return outcome;
  }
  walk.trace.push({ kind: "no-profile" });
  return "deny";
}

/** The tiers in order, until one decides. */
export function walkTiers(walk: Walk, tiers: readonly ApplyingTier[]): TierOutcome {
  for (const tier of tiers) {
    const outcome = walkTier(walk, tier);
    if (outcome !== "pass") return outcome;
  }
  return "pass";
}
