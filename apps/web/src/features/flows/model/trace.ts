import type { PolicyHit, Verdict } from "@isthmus/flow-store";
import { policyName } from "./policy-name";

/** One line of a trace as it is shown. */
export interface TraceLine {
  readonly key: string;
  readonly tier: string;
  readonly policy: string;
  readonly action: Verdict;
  /** What happened there, in words. */
  readonly what: string;
  /** True for the line that settled the flow's fate. */
  readonly decides: boolean;
  readonly staged: boolean;
}

/** The lines of an enforced trace in order of evaluation, and of a pending one where staged policies would differ. */
export function traceLines(enforced: readonly PolicyHit[], pending: readonly PolicyHit[]): readonly TraceLine[] {
  const decisive = enforced.findLastIndex((hit) => hit.action === "allow" || hit.action === "deny");
  const staged = pending.filter((hit) => isStaged(hit));
  return [
    ...enforced.map((hit, index) => lineOf(hit, { index, decides: index === decisive, staged: false })),
    ...staged.map((hit, index) => lineOf(hit, { index: enforced.length + index, decides: false, staged: true })),
  ];
}

const isStaged = ({ kind }: PolicyHit) => kind.startsWith("Staged");

interface LinePlace {
  readonly index: number;
  readonly decides: boolean;
  readonly staged: boolean;
}

function lineOf(hit: PolicyHit, { index, decides, staged }: LinePlace): TraceLine {
  return {
    key: `${index}`,
    tier: hit.tier,
    policy: hit.kind === "EndOfTier" && hit.trigger !== null ? policyName(hit.trigger) : policyName(hit),
    action: hit.action,
    what: `${staged ? "would " : ""}${whatHappened(hit, staged)}`,
    decides,
    staged,
  };
}

const done: Record<Verdict, string> = { allow: "allowed", deny: "denied", pass: "passed on", unknown: "not known" };
const wouldDo: Record<Verdict, string> = {
  allow: "allow",
  deny: "deny",
  pass: "pass on",
  unknown: "do what is not known",
};

function whatHappened(hit: PolicyHit, staged: boolean): string {
  const verb = (staged ? wouldDo : done)[hit.action];
  if (hit.kind === "EndOfTier") return `no rule matched, ${verb} at the end of the tier`;
  if (hit.kind === "Profile") return `${verb}, no tier decided`;
  return hit.ruleIndex < 0 ? `${verb}, no rule matched` : `${verb} by rule ${hit.ruleIndex + 1}`;
}
