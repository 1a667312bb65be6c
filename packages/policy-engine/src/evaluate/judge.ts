import type { Direction, Policy } from "../model/policy";
import { applyingTo, type ApplyingTier, type PreparedPolicy, type View } from "./applying";
import type { Packet } from "./packet";
import type { EndpointVerdict, JudgedVerdict, TracePolicy, TraceStep, Verdict } from "./trace";
import type { Endpoint, World } from "./world";

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

function walkPolicy(
  walk: Walk,
  tier: string,
  at: { readonly policy: PreparedPolicy; readonly policyIndex: number },
): TierOutcome | undefined {
  const { policy, rules } = at.policy;
  const { world, trace, packet, direction } = walk;
  const name = traceName(policy);
  if (policy.unknown.length > 0) {
    trace.push({
      kind: "unknown",
      tier,
      policy: name,
      reason: `the policy has fields that are not known: ${policy.unknown.join(", ")}`,
    });
    return "unknown";
  }
  const ruleWorld = {
    holdersOf: (a: Packet["source"]) => world.holdersOf(a, policy),
    serviceTargets: world.serviceTargets,
  };
  for (const [ruleIndex, matches] of rules[direction].entries()) {
    const outcome = matches(packet, ruleWorld);
    const action = policy[direction][ruleIndex]?.action ?? "Deny";
    // Whether a Log rule matches does not matter to the verdict.
    if (outcome.kind === "no-match" || (outcome.kind === "unknown" && action === "Log")) continue;
    if (outcome.kind === "unknown") {
      trace.push({ kind: "unknown", tier, policy: name, ruleIndex, reason: outcome.reason });
      return "unknown";
    }
    trace.push({
      kind: "rule",
      tier,
      policy: name,
      policyIndex: at.policyIndex,
      ruleIndex,
      action,
      staged: policy.stagedAction !== undefined,
    });
    if (action !== "Log") return action === "Pass" ? "pass" : action === "Allow" ? "allow" : "deny";
  }
  trace.push({ kind: "policy-passed-over", tier, policy: name });
  return undefined;
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
    const outcome = walkPolicy(walk, tier.name, { policy, policyIndex: index });
    if (outcome) return outcome;
  }
  const action = tier.defaultAction;
  walk.trace.push({ kind: "end-of-tier", tier: tier.name, policy: traceName(trigger.policy), policyIndex, action });
  return action === "Pass" ? "pass" : "deny";
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
  const { profile } = walk.endpoint;
  if (profile === undefined) {
    walk.trace.push({ kind: "no-profile" });
    return "deny";
  }
  // After the last tier the namespace's profile speaks, and it allows everything (Calico, NamespaceToProfile).
  walk.trace.push({ kind: "profile", profile, ruleIndex: 0, action: "Allow" });
  return "allow";
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
