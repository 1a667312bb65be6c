import { CodeBlock, cx, ProblemIcon, StatusGlyph } from "../../../ui";
import { stateWord, type Finding, type FindingState } from "../model/finding";

/** A finding: its state by shape and word, what was seen, what to do, and what to copy. */
export function FindingRow({ title, state, seen, advice, remedy }: Finding) {
  const quiet = state === "not-applicable";
  return (
    <li className="grid grid-cols-[6.5rem_13rem_minmax(0,1fr)] gap-x-3 gap-y-0.5 border-b border-line px-4 py-2 text-table last:border-b-0 max-md:grid-cols-[1fr_auto] max-md:px-3">
      <span
        className={cx(
          "inline-flex items-start gap-1.5 whitespace-nowrap max-md:order-2",
          state === "failing" && "font-semibold",
          (state === "unknown" || quiet) && "text-muted",
        )}
      >
        <span className="flex h-4 w-3.5 shrink-0 items-center justify-center">
          <FindingMark state={state} />
        </span>
        {stateWord(state)}
      </span>
      <span className={cx("min-w-0", state === "failing" && "font-semibold", quiet && "text-muted")}>{title}</span>
      <div className="min-w-0 max-md:order-3 max-md:col-span-2">
        <p className={cx("break-words", quiet && "text-muted")}>{seen}</p>
        {advice === "" ? null : (
          <p className="mt-0.5 break-words text-muted">
            <span aria-hidden>→ </span>
            {advice}
          </p>
        )}
        {remedy === "" ? null : (
          <div className="mt-1.5 max-w-180">
            <CodeBlock label={`What to copy for ${title}`} code={remedy} maxHeight={200} />
          </div>
        )}
      </div>
    </li>
  );
}

function FindingMark({ state }: { readonly state: FindingState }) {
  switch (state) {
    case "failing":
      return <ProblemIcon />;
    case "warning":
      return <HollowTriangle />;
    case "ok":
      return <StatusGlyph status="good" />;
    case "unknown":
      return <StatusGlyph status="unknown" />;
    case "not-applicable":
      return <StatusGlyph status="none" />;
  }
}

const HollowTriangle = () => (
  <svg
    width="14"
    height="14"
    viewBox="0 0 16 16"
    className="mt-px shrink-0"
    fill="none"
    stroke="currentColor"
    aria-hidden
  >
    <path d="M8 2.300l6.100 11H1.900z" strokeWidth="1.400" strokeLinejoin="round" />
  </svg>
);
