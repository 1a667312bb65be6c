import type { Direction, Policy, RuleAction } from "../model/policy";
import { applyingTo, type ApplyingTier, type View } from "./applying";
import type { Packet } from "./packet";
import { preparedProfile, type PreparedPolicy, type PreparedRule } from "./prepare";
import type { EndpointVerdict, JudgedVerdict, TracePolicy, TraceStep, Verdict } from "./trace";
import type { Endpoint } from "./endpoint";
import type { World } from "./world";

const traceName = ({ kind, namespace, name }: Policy): TracePolicy => ({ kind, namespace, name });

/** A packet at the endpoint whose policies are asked. */
export interface Occasion {
  readonly endpoint: Endpoint;
  readonly direction: Direction;
  readonly packet: Packet;
}

/** What a tier made of a packet. */
type TierOutcome = Verdict | "pass";

interface Walk extends Occasion {
  readonly world: World;
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
  const action = tier.defaultAction;
  walk.trace.push({ kind: "end-of-tier", tier: tier.name, policy: traceName(trigger.policy), policyIndex, action });
  return action === "Pass" ? "pass" : "deny";
}

/**
 * After the last tier the endpoint's profiles speak, in order. One that is missing drops everything (Calico, felix
 * active rules calculator), as does the end of them.
 */
function walkProfiles(walk: Walk): Verdict {
  for (const profile of walk.endpoint.profiles) {
    const content = walk.world.profiles.get(profile);
    if (!content) break;
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

function walkTiers(walk: Walk, tiers: readonly ApplyingTier[]): Verdict {
  const [unreadable] = walk.world.unreadable;
  if (unreadable) {
    const { kind, namespace, name } = unreadable.ref;
    const reason = `${kind} ${namespace === "" ? name : `${namespace}/${name}`} could not be read: ${unreadable.reason}`;
    walk.trace.push({ kind: "unknown", reason });
    return "unknown";
  }
  for (const tier of tiers) {
    const outcome = walkTier(walk, tier);
    if (outcome !== "pass") return outcome;
  }
  return walkProfiles(walk);
}

function judge(world: World, occasion: Occasion, view: View): JudgedVerdict {
  const walk: Walk = { ...occasion, world, view, trace: [] };
  const verdict = walkTiers(walk, applyingTo(world, occasion.endpoint, occasion.direction)[view]);
  return { verdict, trace: walk.trace };
}

/** What the policies of a cluster say about a packet at one of its endpoints, enforced and pending, with the trace. */
export function judgeEndpoint(world: World, occasion: Occasion): EndpointVerdict {
  const { endpoint, direction } = occasion;
  const now = judge(world, occasion, "enforced");
  const later = applyingTo(world, endpoint, direction).staged ? judge(world, occasion, "pending") : now;
  return { direction, ...now, pending: later };
}
