import type { ReachKind } from "@isthmus/policy-engine";
import { ProblemIcon, VerdictGlyph } from "../../../ui";
import { expectedMark, expectedWord, measuredMark, measuredWord, roundTripText, type Mark } from "../model/cell";
import type { Measured } from "../model/measured";

const hues: Readonly<Record<Mark, string>> = {
  allow: "text-allow",
  pass: "text-pass",
  deny: "text-deny",
  unknown: "text-unknown",
  problem: "text-text",
};

/** A mark alone; its word is said beside it or in a label. */
export const MarkGlyph = ({ mark, size }: { readonly mark: Mark; readonly size: number }) =>
  mark === "problem" ? <ProblemIcon /> : <VerdictGlyph verdict={mark} size={size} />;

/** An expectation as mark and word; without its hue where it is of before. */
export function ExpectedMark({ kind, isOfBefore }: { readonly kind: ReachKind; readonly isOfBefore: boolean }) {
  const mark = expectedMark(kind);
  return (
    <span className={`inline-flex items-center gap-1 whitespace-nowrap ${isOfBefore ? "text-muted" : hues[mark]}`}>
      <span className={isOfBefore ? "flex opacity-45 grayscale" : "flex"}>
        <MarkGlyph mark={mark} size={14} />
      </span>
      {isOfBefore ? `${expectedWord(kind)}, by last facts` : expectedWord(kind)}
    </span>
  );
}

/** A measurement as mark, word and round trip. */
export function MeasuredMark({ measured }: { readonly measured: Measured }) {
  const mark = measuredMark(measured);
  return (
    <span className={`inline-flex items-center gap-1 whitespace-nowrap ${hues[mark]}`}>
      <MarkGlyph mark={mark} size={14} />
      {measuredWord(measured)}
      {"roundTripUs" in measured && measured.roundTripUs > 0 ? (
        <span className="text-muted">{roundTripText(measured.roundTripUs)}</span>
      ) : null}
    </span>
  );
}
