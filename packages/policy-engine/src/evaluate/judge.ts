import { policySelector } from "../model/effective-selector";
import type { Direction, Policy } from "../model/policy";
import { compileSelector, type SelectorMatcher } from "../selector/evaluate";
import { compileRuleMatcher, type RuleMatcher } from "./match-rule";
import type { Packet } from "./packet";
import type { EndpointVerdict, JudgedVerdict, TracePolicy, TraceStep, Verdict } from "./trace";
import type { Endpoint, World, WorldTier } from "./world";

/** A policy with its selector and rules compiled. */
interface PreparedPolicy {
  readonly policy: Policy;
  readonly selects: SelectorMatcher;
  readonly rules: Readonly<Record<Direction, readonly RuleMatcher[]>>;
}

/** Compiled once a policy object; policies are never changed. Not seen from outside. */
const prepared = new WeakMap<Policy, PreparedPolicy>();

function prepare(policy: Policy): PreparedPolicy {
  const known = prepared.get(policy);
  if (known) return known;
  const compile = (direction: Direction) => policy[direction].map((rule) => compileRuleMatcher(rule, policy.namespace));
  const made = {
    policy,
    selects: compileSelector(policySelector(policy)),
    rules: { ingress: compile("ingress"), egress: compile("egress") },
  };
  prepared.set(policy, made);
  return made;
}

const traceName = ({ kind, namespace, name }: Policy): TracePolicy => ({ kind, namespace, name });

/** The policies of a tier as enforced: staged ones have no say. */
const enforced = (tier: WorldTier): readonly Policy[] => tier.policies.filter((p) => p.stagedAction === undefined);

/**
 * The policies of a tier for the pending verdict, as Felix evaluates it: those that are staged to be set stand among the
 * enforced ones, in their order; what is staged otherwise has no say.
 */
const pending = (tier: WorldTier): readonly Policy[] =>
  tier.policies.filter((p) => p.stagedAction === undefined || p.stagedAction === "Set");

/** Which policies count, and which of a tier's is named at its end: Felix reports the last of the enforced, the first of the pending. */
interface View {
  readonly policiesOf: (tier: WorldTier) => readonly Policy[];
  readonly trigger: "first" | "last";
}

const ENFORCED: View = { policiesOf: enforced, trigger: "last" };
const PENDING: View = { policiesOf: pending, trigger: "first" };

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
    if (outcome.kind === "no-match") continue;
    if (outcome.kind === "unknown") {
      trace.push({ kind: "unknown", tier, policy: name, ruleIndex, reason: outcome.reason });
      return "unknown";
    }
    const action = policy[direction][ruleIndex]?.action ?? "Deny";
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

/** Policies of workloads in this direction: doNotTrack and preDNAT ones are for host endpoints alone. */
function selecting(walk: Occasion, policies: readonly Policy[]): readonly PreparedPolicy[] {
  return policies.flatMap((policy) => {
    if (policy.preDnat || policy.doNotTrack || !policy.types.includes(walk.direction)) return [];
    const made = prepare(policy);
    const mayBe =
      policy.unknown.length > 0 && (policy.namespace === "" || policy.namespace === walk.endpoint.namespace);
    return mayBe || made.selects(walk.endpoint.labels) ? [made] : [];
  });
}

function walkTier(walk: Walk, tier: WorldTier): TierOutcome {
  const policies = walk.view.policiesOf(tier);
  const applying = selecting(walk, policies);
  const policyIndex = walk.view.trigger === "first" ? 0 : applying.length - 1;
  const trigger = applying[policyIndex];
  if (!trigger) {
    walk.trace.push({ kind: "tier-skipped", tier: tier.name, why: policies.length === 0 ? "empty" : "none-selects" });
    return "pass";
  }
  walk.trace.push({ kind: "tier-entered", tier: tier.name });
  for (const [index, policy] of applying.entries()) {
    const outcome = walkPolicy(walk, tier.name, { policy, policyIndex: index });
    if (outcome) return outcome;
  }
  const action = tier.defaultAction;
  walk.trace.push({ kind: "end-of-tier", tier: tier.name, policy: traceName(trigger.policy), policyIndex, action });
  return action === "Pass" ? "pass" : "deny";
}

function walkTiers(walk: Walk): Verdict {
  const [unreadable] = walk.world.unreadable;
  if (unreadable) {
    const { kind, namespace, name } = unreadable.ref;
    const reason = `${kind} ${namespace === "" ? name : `${namespace}/${name}`} could not be read: ${unreadable.reason}`;
    walk.trace.push({ kind: "unknown", reason });
    return "unknown";
  }
  for (const tier of walk.world.tiers) {
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
  const verdict = walkTiers(walk);
  return { verdict, trace: walk.trace };
}

/** Whether staged policies select the endpoint in this direction; where none does, nothing is pending. */
const anyStaged = (world: World, occasion: Occasion): boolean =>
  world.tiers.some(
    (tier) =>
      selecting(
        occasion,
        tier.policies.filter((p) => p.stagedAction === "Set"),
      ).length > 0,
  );

/** What the policies of a cluster say about a packet at one of its endpoints, enforced and pending, with the trace. */
export function judgeEndpoint(world: World, occasion: Occasion): EndpointVerdict {
  const now = judge(world, occasion, ENFORCED);
  const later = anyStaged(world, occasion) ? judge(world, occasion, PENDING) : now;
  return { direction: occasion.direction, ...now, pending: { verdict: later.verdict, trace: later.trace } };
}
