import { policySelector } from "../model/effective-selector";
import type { Direction, Policy } from "../model/policy";
import { compileSelector, type SelectorMatcher } from "../selector/evaluate";
import { compileRuleMatcher, type RuleMatcher } from "./match-rule";
import type { Packet } from "./packet";
import type { EndpointVerdict, JudgedVerdict, TracePolicy, TraceStep, Verdict } from "./trace";
import { comparePolicies, type Endpoint, type World, type WorldTier } from "./world";

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

/** Kinds of the enforced policies that staged ones stand in for. */
const ENFORCED: Readonly<Record<string, string>> = {
  StagedNetworkPolicy: "NetworkPolicy",
  StagedGlobalNetworkPolicy: "GlobalNetworkPolicy",
  StagedKubernetesNetworkPolicy: "KubernetesNetworkPolicy",
};

const identity = (kind: string, { namespace, name }: Policy): string => `${kind}/${namespace}/${name}`;

/** The policies of a tier as enforced: staged ones have no say. */
const enforced = (tier: WorldTier): readonly Policy[] => tier.policies.filter((p) => p.stagedAction === undefined);

/** The policies of a tier as if staged ones were enforced: Set adds or replaces, Delete removes, Learn and Ignore do nothing. */
function pending(world: World): (tier: WorldTier) => readonly Policy[] {
  const staged = world.tiers.flatMap(({ policies }) =>
    policies.filter((p) => p.stagedAction === "Set" || p.stagedAction === "Delete"),
  );
  const replaced = new Set(staged.map((p) => identity(ENFORCED[p.kind] ?? p.kind, p)));
  return (tier) =>
    tier.policies
      .filter((p) => (p.stagedAction === undefined ? !replaced.has(identity(p.kind, p)) : p.stagedAction === "Set"))
      .sort(comparePolicies);
}

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
function selecting(walk: Walk, policies: readonly Policy[]): readonly PreparedPolicy[] {
  return policies.flatMap((policy) => {
    if (policy.preDnat || policy.doNotTrack || !policy.types.includes(walk.direction)) return [];
    const made = prepare(policy);
    const mayBe =
      policy.unknown.length > 0 && (policy.namespace === "" || policy.namespace === walk.endpoint.namespace);
    return mayBe || made.selects(walk.endpoint.labels) ? [made] : [];
  });
}

function walkTier(walk: Walk, tier: WorldTier, policies: readonly Policy[]): TierOutcome {
  const applying = selecting(walk, policies);
  const last = applying.at(-1);
  if (!last) {
    walk.trace.push({ kind: "tier-skipped", tier: tier.name, why: policies.length === 0 ? "empty" : "none-selects" });
    return "pass";
  }
  walk.trace.push({ kind: "tier-entered", tier: tier.name });
  for (const [policyIndex, policy] of applying.entries()) {
    const outcome = walkPolicy(walk, tier.name, { policy, policyIndex });
    if (outcome) return outcome;
  }
  const action = tier.defaultAction;
  walk.trace.push({
    kind: "end-of-tier",
    tier: tier.name,
    policy: traceName(last.policy),
    policyIndex: applying.length - 1,
    action,
  });
  return action === "Pass" ? "pass" : "deny";
}

function walkTiers(walk: Walk, policiesOf: (tier: WorldTier) => readonly Policy[]): Verdict {
  const [unreadable] = walk.world.unreadable;
  if (unreadable) {
    const { kind, namespace, name } = unreadable.ref;
    const reason = `${kind} ${namespace === "" ? name : `${namespace}/${name}`} could not be read: ${unreadable.reason}`;
    walk.trace.push({ kind: "unknown", reason });
    return "unknown";
  }
  for (const tier of walk.world.tiers) {
    const outcome = walkTier(walk, tier, policiesOf(tier));
    if (outcome !== "pass") return outcome;
  }
  // After the last tier the namespace's profile speaks, and it allows everything (Calico, NamespaceToProfile).
  walk.trace.push({ kind: "profile", profile: walk.endpoint.profile, ruleIndex: 0, action: "Allow" });
  return "allow";
}

function judge(world: World, occasion: Occasion, policiesOf: (tier: WorldTier) => readonly Policy[]): JudgedVerdict {
  const walk: Walk = { ...occasion, world, trace: [] };
  const verdict = walkTiers(walk, policiesOf);
  return { verdict, trace: walk.trace };
}

/** What the policies of a cluster say about a packet at one of its endpoints, enforced and pending, with the trace. */
export function judgeEndpoint(world: World, occasion: Occasion): EndpointVerdict {
  const now = judge(world, occasion, enforced);
  const staged = world.tiers.some(({ policies }) => policies.some((p) => p.stagedAction !== undefined));
  return { direction: occasion.direction, ...now, pending: staged ? judge(world, occasion, pending(world)) : now };
}
