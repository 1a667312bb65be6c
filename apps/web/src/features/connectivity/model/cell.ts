import type { ReachKind } from "@isthmus/policy-engine";
import { hourMinute } from "../../../ui";
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

/** A cluster that no agent is heard from, with the moment of its last facts. */
export interface Unheard {
  readonly name: string;
  readonly unknownSince: number | null;
}

/** "us-east not heard since 10:29", of those that are not heard. */
export const unheardText = (ends: readonly Unheard[]): string =>
  ends
    .flatMap(({ name, unknownSince }) =>
      unknownSince === null ? [] : [`${name} not heard since ${hourMinute(new Date(unknownSince))}`],
    )
    .join(", ");

/** A cell in one sentence, for those who hear it: what a measurement says has its moment. */
export function cellLabel(pair: {
  readonly from: Unheard;
  readonly to: Unheard;
  readonly expected: ReachKind;
  readonly measured: Measured;
}): string {
  const { from, to, expected, measured } = pair;
  const off = disagrees(expected, measured) ? "; they disagree" : "";
  const unheard = unheardText([from, to]);
  const last = unheard === "" ? "" : `, by last facts (${unheard})`;
  return `${from.name} to ${to.name}: expected ${expectedWord(expected)}${last}, ${measuredText(measured)}${off}`;
}

function measuredText(measured: Measured): string {
  if (measured.kind === "none") return `not measured: ${measured.why}`;
  const at = hourMinute(new Date(measured.at));
  if (measured.kind === "stale") return `unknown since ${at}: not measured since`;
  const trip = measured.roundTripUs > 0 ? `, ${roundTripText(measured.roundTripUs)}` : "";
  return `measured ${measuredWord(measured)}${trip} at ${at}`;
}
