import type { ReactNode } from "react";
import { cx } from "./cx";
import { ProblemIcon } from "./marks";

/** What went wrong with a form, in its place; nothing while nothing did. */
export const FormProblem = ({ message }: { readonly message: string | undefined }) =>
  message === undefined ? null : (
    <p role="alert" className="mt-2 flex items-start gap-1.5 text-table">
      <ProblemIcon />
      <span className="min-w-0 break-words">{message}</span>
    </p>
  );

export interface NoticeProps {
  /** "problem" has the triangle of things that are wrong; "note" is quiet. */
  readonly look?: "problem" | "note";
  readonly children: ReactNode;
  readonly action?: ReactNode;
  readonly className?: string;
}

/** A sentence that stands above what it is about. */
export function Notice({ look = "note", children, action, className }: NoticeProps) {
  return (
    <div
      className={cx(
        "flex items-start gap-2 rounded-md border border-line px-3 py-2 text-table",
        look === "problem" ? "bg-surface" : "bg-bg text-muted",
        className,
      )}
    >
      {look === "problem" ? <ProblemIcon /> : null}
      <div className="min-w-0 flex-1">{children}</div>
      {action}
    </div>
  );
}
