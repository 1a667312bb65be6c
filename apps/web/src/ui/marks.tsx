import type { ReactNode } from "react";
import { cx } from "./cx";

/** Verdicts as marks: each has one hue and one shape, so that neither alone must be read. */
export type Verdict = "allow" | "deny" | "pass" | "staged" | "unknown";

const glyphs: Record<Verdict, ReactNode> = {
  allow: <path d="M3 8.4l3.2 3.2L13 4.8" />,
  deny: <path d="M4 4l8 8M12 4l-8 8" />,
  pass: <path d="M3.5 4l4 4-4 4M8.5 4l4 4-4 4" />,
  staged: (
    <>
      <circle cx="8" cy="8" r="5.6" />
      <path d="M8 4.8V8l2.2 1.6" />
    </>
  ),
  unknown: (
    <>
      <path d="M5.6 6a2.4 2.4 0 1 1 3.6 2.1c-.8.4-1.2.9-1.2 1.7" />
      <path d="M8 12.6v.1" />
    </>
  ),
};

const hues: Record<Verdict, string> = {
  allow: "text-allow",
  deny: "text-deny",
  pass: "text-pass",
  staged: "text-staged",
  unknown: "text-unknown",
};

const words: Record<Verdict, string> = {
  allow: "allowed",
  deny: "denied",
  pass: "passed on",
  staged: "staged",
  unknown: "unknown",
};

/** The word of a verdict as the pages write it. */
export const verdictWord = (verdict: Verdict): string => words[verdict];

/** The glyph of a verdict alone, in its hue. Decorative: say the verdict beside it or give a label. */
export function VerdictGlyph({
  verdict,
  size = 14,
  label,
}: {
  readonly verdict: Verdict;
  readonly size?: number;
  readonly label?: string;
}) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth={2}
      strokeLinecap="round"
      strokeLinejoin="round"
      className={cx("shrink-0", hues[verdict])}
      role={label === undefined ? undefined : "img"}
      aria-label={label}
      aria-hidden={label === undefined}
    >
      {glyphs[verdict]}
    </svg>
  );
}

export interface VerdictMarkProps {
  readonly verdict: Verdict;
  /** Words in place of the verdict's own, as "staged deny". */
  readonly children?: ReactNode;
  readonly className?: string;
}

/** A verdict as glyph and word. */
export function VerdictMark({ verdict, children, className }: VerdictMarkProps) {
  return (
    <span className={cx("inline-flex items-center gap-1 align-middle whitespace-nowrap", hues[verdict], className)}>
      <VerdictGlyph verdict={verdict} />
      {children ?? words[verdict]}
    </span>
  );
}

/** How a thing is; a problem has no hue: it is a solid triangle in the colour of text. */
export type Status = "good" | "problem" | "unknown" | "pending" | "locked" | "none";

/** A status as shape and word. "unknown" never looks like "good". */
export function StatusMark({
  status,
  children,
  className,
}: {
  readonly status: Status;
  readonly children: ReactNode;
  readonly className?: string;
}) {
  return (
    <span
      className={cx(
        "inline-flex items-center gap-1.5 align-middle whitespace-nowrap",
        status === "unknown" || status === "none" ? "text-muted" : "text-text",
        status === "problem" && "font-semibold",
        className,
      )}
    >
      <StatusGlyph status={status} />
      {children}
    </span>
  );
}

/** The shape of a status alone. */
export function StatusGlyph({ status }: { readonly status: Status }) {
  switch (status) {
    case "problem":
      return <ProblemIcon />;
    case "unknown":
      return <VerdictGlyph verdict="unknown" size={12} />;
    case "good":
      return (
        <Shape>
          <circle cx="6" cy="6" r="3.5" fill="currentColor" />
        </Shape>
      );
    case "none":
      return (
        <Shape>
          <path d="M2.5 6h7" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" />
        </Shape>
      );
    case "pending":
      return (
        <Shape>
          <circle cx="6" cy="6" r="4" stroke="var(--accent)" strokeWidth="2" opacity=".25" fill="none" />
          <path d="M6 2a4 4 0 0 1 4 4" stroke="var(--accent)" strokeWidth="2" strokeLinecap="round" fill="none" />
        </Shape>
      );
    case "locked":
      return (
        <Shape>
          <rect x="2" y="5.5" width="8" height="5" rx="1" stroke="currentColor" strokeWidth="1.4" fill="none" />
          <path d="M4 5.500V4a2 2 0 0 1 4 0v1.500" stroke="currentColor" strokeWidth="1.4" fill="none" />
        </Shape>
      );
  }
}

function Shape({ children }: { readonly children: ReactNode }) {
  return (
    <svg width="12" height="12" viewBox="0 0 12 12" className="shrink-0" aria-hidden>
      {children}
    </svg>
  );
}

/** The solid triangle that says "something is wrong here". */
export function ProblemIcon({ label }: { readonly label?: string }) {
  return (
    <svg
      width="14"
      height="14"
      viewBox="0 0 16 16"
      className="mt-px shrink-0"
      role={label === undefined ? undefined : "img"}
      aria-label={label}
      aria-hidden={label === undefined}
    >
      <path
        d="M8 1.800l6.700 12H1.300z"
        fill="currentColor"
        stroke="currentColor"
        strokeWidth="1"
        strokeLinejoin="round"
      />
      <path d="M8 6.200v3.600M8 11.900v.1" stroke="var(--surface)" strokeWidth="1.500" strokeLinecap="round" />
    </svg>
  );
}
