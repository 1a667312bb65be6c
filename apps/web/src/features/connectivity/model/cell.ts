import type { ReachKind } from "@isthmus/policy-engine";
import type { Measured } from "./measured";

/** Marks of a cell: a verdict's glyph, or the triangle of a problem. */
export type Mark = "allow" | "pass" | "deny" | "unknown" | "problem";

const expectedMarks: Readonly<Record<ReachKind, Mark>> = {
  direct: "allow",
  translated: "pass",
  "no-route": "deny",
  overlap: "problem",
  unknown: "unknown",
};

const expectedWordsOf: Readonly<Record<ReachKind, string>> = {
  direct: "direct",
  translated: "translated",
  "no-route": "no route known",
  overlap: "ranges overlap",
  unknown: "unknown",
};

const measuredMarks: Readonly<Record<Measured["kind"], Mark>> = {
  direct: "allow",
  translated: "pass",
  answered: "unknown",
  unanswered: "deny",
  stranger: "problem",
  failed: "unknown",
  stale: "unknown",
  none: "unknown",
};

const measuredWordsOf: Readonly<Record<Measured["kind"], string>> = {
  direct: "direct",
  translated: "translated",
  answered: "answered",
  unanswered: "no answer",
  stranger: "another answered",
  failed: "could not dial",
  stale: "unknown",
  none: "not measured",
};

/** The mark of an expectation. */
export const expectedMark = (kind: ReachKind): Mark => expectedMarks[kind];
/** Its word. */
export const expectedWord = (kind: ReachKind): string => expectedWordsOf[kind];
/** The mark of a measurement. */
export const measuredMark = ({ kind }: Measured): Mark => measuredMarks[kind];
/** Its word. */
export const measuredWord = ({ kind }: Measured): string => measuredWordsOf[kind];

/** Whether the measurement says something else than what was expected; what is unknown contradicts nothing. */
export function disagrees(expected: ReachKind, measured: Measured): boolean {
  const [a, b] = [expectedMark(expected), measuredMark(measured)];
  if (a === "unknown" || b === "unknown") return false;
  return a !== b && !(a === "problem" && b === "deny");
}

/** A time there and back: `0.4 ms`, `84 ms`. */
export function roundTripText(us: number): string {
  const ms = us / 1_000;
  return `${ms < 9.95 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** A cell in one sentence, for those who hear it. */
export function cellLabel(pair: {
  readonly from: string;
  readonly to: string;
  readonly expected: ReachKind;
  readonly measured: Measured;
}): string {
  const { from, to, expected, measured } = pair;
  const trip = "roundTripUs" in measured && measured.roundTripUs > 0 ? `, ${roundTripText(measured.roundTripUs)}` : "";
  const off = disagrees(expected, measured) ? "; they disagree" : "";
  return `${from} to ${to}: expected ${expectedWord(expected)}, measured ${measuredWord(measured)}${trip}${off}`;
}
