import { Check, CircleDashed, Lock, Undo2 } from "lucide-react";
import { cx, ProblemIcon, StatusGlyph, VerdictGlyph } from "../../../ui";

const words: Readonly<Record<string, string>> = {
  applied: "applied",
  pending: "pending",
  failed: "failed",
  drifted: "drifted",
  "not-ours": "not ours",
  "read-only": "read only",
  removing: "being removed",
  removed: "removed",
  refused: "cannot apply",
  unknown: "unknown",
};

/** The word of a policy's state in a cluster. */
export const stateWord = (state: string): string => words[state] ?? state;

function Glyph({ state }: { readonly state: string }) {
  switch (state) {
    case "applied":
      return <Check size={14} aria-hidden className="text-muted" />;
    case "pending":
      return <StatusGlyph status="pending" />;
    case "removing":
      return <Undo2 size={12} aria-hidden className="text-muted" />;
    case "removed":
      return <CircleDashed size={12} aria-hidden className="text-muted" />;
    case "read-only":
      return <Lock size={12} aria-hidden />;
    case "unknown":
      return <VerdictGlyph verdict="unknown" size={12} />;
    default:
      return <ProblemIcon />;
  }
}

/** A policy's state in a cluster as shape and word; an unknown one says what was. */
export function StateMark({ state, was }: { readonly state: string; readonly was?: string | null }) {
  const problem = state === "failed" || state === "drifted" || state === "not-ours" || state === "refused";
  return (
    <span
      className={cx(
        "inline-flex items-center gap-1.5 whitespace-nowrap",
        problem && "font-semibold",
        state === "unknown" && "text-muted",
      )}
    >
      <Glyph state={state} />
      {state === "unknown" && was ? `unknown, was ${stateWord(was)}` : stateWord(state)}
    </span>
  );
}
