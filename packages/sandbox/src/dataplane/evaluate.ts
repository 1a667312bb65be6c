import type { Endpoint, Hit, Verdict } from "./model";
import type { TierPolicies } from "./order-policies";
import { enforcedTiers, hasStaged, askProfiles, walkTiers, type Question, type Trigger } from "./walk-tiers";

/** A packet at the pod that judges it. */
export interface Judgement extends Question {
  readonly endpoint: Endpoint;
}

/**
 * Judges one packet at a pod as Felix does: the tiers that select it in this direction, and after the last its
 * profiles. Staged policies count in `pending` only.
 */
export function evaluate(judgement: Judgement): Verdict {
  const { program, endpoint, direction } = judgement;
  const tiers = program.tiersOf(endpoint, direction);
  const enforced = walk(enforcedTiers(tiers), judgement, "last");
  const pending = hasStaged(tiers) ? walk(tiers, judgement, "first") : enforced;
  return { action: enforced.at(-1)?.action === "allow" ? "allow" : "deny", enforced, pending };
}

function walk(tiers: readonly TierPolicies[], judgement: Judgement, trigger: Trigger): readonly Hit[] {
  const { hits, outcome } = walkTiers(tiers, judgement, trigger);
  return outcome === "pass" ? [...hits, ...askProfiles(judgement.endpoint.profiles, judgement).hits] : hits;
}
