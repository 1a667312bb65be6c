import { isPending, type Direction, type Policy } from "../model/policy";
import type { HookPlace, View } from "./applying";
import type { Endpoint } from "./endpoint";
import { speaksAt } from "./hook";
import { prepare } from "./prepare";
import type { TracePolicy } from "./trace";
import type { World } from "./world";

/** Why a policy has no say in what passes an endpoint. */
export type PolicySkip =
  /** It is staged, and what is in force is asked; or it is staged to be deleted. */
  | "staged"
  /** It is for host endpoints before tracking or translation, or not for what is forwarded. */
  | "other-hook"
  /** None of its types is this direction. */
  | "other-direction"
  /** It selects other endpoints. */
  | "selects-others";

/** A policy that is not asked, and why. */
export interface SkippedPolicy {
  readonly tier: string;
  readonly policy: TracePolicy;
  readonly why: PolicySkip;
}

interface Asked extends HookPlace {
  readonly view: View;
}

function whyNot(policy: Policy, endpoint: Endpoint, { direction, hook, view }: Asked): PolicySkip | undefined {
  const staged = policy.stagedAction !== undefined;
  if (staged && !(view === "pending" && isPending(policy.stagedAction))) return "staged";
  if (!speaksAt(policy, hook)) return "other-hook";
  if (!policy.types.includes(direction)) return "other-direction";
  const mayBe = policy.unknown.length > 0 && (policy.namespace === "" || policy.namespace === endpoint.namespace);
  return mayBe || prepare(policy).selects(endpoint.labels) ? undefined : "selects-others";
}

/** What of a world is asked about, as `skippedPolicies` needs it. */
export interface SkipQuestion extends Partial<Pick<Asked, "hook" | "view">> {
  readonly direction: Direction;
}

/**
 * The policies that a trace does not name since they are not asked at the endpoint, with the reason, in the order of
 * evaluation. It looks at every policy of the world: for explanations, not for verdicts.
 */
export function skippedPolicies(world: World, endpoint: Endpoint, question: SkipQuestion): readonly SkippedPolicy[] {
  const asked: Asked = { hook: "normal", view: "enforced", ...question };
  return world.tiers.flatMap(({ name: tier, policies }) =>
    policies.flatMap((policy) => {
      const why = whyNot(policy, endpoint, asked);
      const { kind, namespace, name } = policy;
      return why ? [{ tier, policy: { kind, namespace, name }, why }] : [];
    }),
  );
}
