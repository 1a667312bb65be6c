import { isFailsafe, isFailsafeOrAnswer } from "./failsafe";
import type { Hit, HostEndpoint, Packet, Verdict } from "./model";
import type { Chain, TierPolicies } from "./order-policies";
import {
  askProfiles,
  enforcedTiers,
  hasStaged,
  walkTiers,
  walkWithoutEnds,
  type Question,
  type Trigger,
  type Walk,
} from "./walk-tiers";

/** A packet at a host endpoint, by which it comes in or goes out. */
export interface HostJudgement extends Question {
  readonly host: HostEndpoint;
  /** Whether the packet is for or from a process of the host, or passes through it. */
  readonly traffic: "local" | "forwarded";
  /** As it arrived, where destination NAT changes it afterwards: what policies before that see. */
  readonly arrived?: Packet;
}

/** What a table of the host's packet filter did: let the packet on to the next one, or decide. */
interface Stage {
  readonly hits: readonly Hit[];
  readonly outcome: "allow" | "deny" | "next";
}

const NOTHING: Stage = { hits: [], outcome: "next" };
const LET_THROUGH: Stage = { hits: [], outcome: "allow" };

/** Which policies count: those in force, or the staged ones as well. */
type View = (tiers: readonly TierPolicies[]) => readonly TierPolicies[];

/**
 * Judges one packet at a host endpoint as Felix does (felix/rules, endpoints.go and static.go): untracked policy in the
 * raw table, for what comes in and for what the host itself sends; pre-DNAT policy in the mangle table, for what comes
 * in; then normal policy for the host's own packets, and for those that it forwards what has `applyOnForward`.
 */
export function evaluateHost(judgement: HostJudgement): Verdict {
  const enforced = judge(judgement, enforcedTiers, "last");
  const { program, host, direction } = judgement;
  const staged = (["untracked", "pre-dnat", "normal"] as const).some((chain) =>
    hasStaged(program.tiersOf(host, direction, chain)),
  );
  const pending = staged ? judge(judgement, (tiers) => tiers, "first") : enforced;
  return { action: enforced.action, enforced: enforced.hits, pending: pending.hits };
}

function judge(
  judgement: HostJudgement,
  view: View,
  trigger: Trigger,
): { readonly action: "allow" | "deny"; readonly hits: readonly Hit[] } {
  const hits: Hit[] = [];
  for (const stage of [untracked, beforeNat, filter]) {
    const { hits: found, outcome } = stage(judgement, view, trigger);
    hits.push(...found);
    if (outcome !== "next") return { action: outcome, hits };
  }
  // What every tier passed on is left to the rest of the host's packet filter.
  return { action: "allow", hits };
}

const next = ({ hits, outcome }: Walk): Stage => ({ hits, outcome: outcome === "pass" ? "next" : outcome });

function chain(judgement: HostJudgement, view: View, name: Chain): readonly TierPolicies[] {
  return view(judgement.program.tiersOf(judgement.host, judgement.direction, name));
}

/** The raw table has no hook for what is forwarded out, and no chain for all interfaces at once. */
function untracked(judgement: HostJudgement, view: View): Stage {
  const { program, host, direction, traffic, packet, arrived } = judgement;
  if (host.everyInterface || (direction === "egress" && traffic === "forwarded")) return NOTHING;
  const asked = { ...judgement, packet: arrived ?? packet };
  if (isFailsafeOrAnswer(program.failsafes, direction, asked.packet)) return NOTHING;
  return next(walkWithoutEnds(chain(judgement, view, "untracked"), asked));
}

function beforeNat(judgement: HostJudgement, view: View): Stage {
  const { program, direction, packet, arrived } = judgement;
  if (direction === "egress") return NOTHING;
  const asked = { ...judgement, packet: arrived ?? packet };
  if (isFailsafe(program.failsafes, direction, asked.packet)) return NOTHING;
  return next(walkWithoutEnds(chain(judgement, view, "pre-dnat"), asked));
}

function filter(judgement: HostJudgement, view: View, trigger: Trigger): Stage {
  const { program, host, direction, traffic, packet } = judgement;
  if (traffic === "forwarded") return next(walkTiers(chain(judgement, view, "forward"), judgement, trigger));
  if (isFailsafe(program.failsafes, direction, packet)) return LET_THROUGH;
  const walk = walkTiers(chain(judgement, view, "normal"), judgement, trigger);
  if (walk.outcome !== "pass") return { hits: walk.hits, outcome: walk.outcome };
  const last = askProfiles(host.profiles, judgement);
  return next({ hits: [...walk.hits, ...last.hits], outcome: last.outcome });
}
