/** How a thing stands. Unknown is neither good nor bad, and says why it is not known. */
export type FindingState = "ok" | "warning" | "failing" | "unknown" | "not-applicable";

/** What a check is about; findings are read group by group. */
export type FindingGroup =
  "cluster" | "calico" | "goldmane" | "permissions" | "identity" | "clock" | "gateway" | "addresses" | "agent";

/** What a check says of what was seen. */
export interface Judgement {
  readonly state: FindingState;
  /** What was observed, in a sentence without a full stop. */
  readonly seen: string;
  /** What to do; empty where there is nothing to be done. */
  readonly advice?: string;
  /** A command or a piece of a manifest that does it, to be copied; empty where there is none. */
  readonly remedy?: string;
}

/** A judgement, and what it is about. */
export interface Finding extends Required<Judgement> {
  readonly id: string;
  readonly group: FindingGroup;
  readonly title: string;
}

/** A check: pure, so that every judgement can be tested without a cluster. */
export interface Check<Seen> {
  readonly id: string;
  readonly group: FindingGroup;
  readonly title: string;
  readonly judge: (seen: Seen) => Judgement;
}

/** What a check finds in what was seen. */
export function findingOf<Seen>({ id, group, title, judge }: Check<Seen>, seen: Seen): Finding {
  return { id, group, title, advice: "", remedy: "", ...judge(seen) };
}

const WORST_FIRST: readonly FindingState[] = ["failing", "unknown", "warning", "ok", "not-applicable"];

/** Sorts findings worst first; those that are alike keep their order. */
export function worstFirst<T extends Pick<Finding, "state">>(findings: readonly T[]): readonly T[] {
  return findings.toSorted((a, b) => WORST_FIRST.indexOf(a.state) - WORST_FIRST.indexOf(b.state));
}
