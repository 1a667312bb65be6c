import type { ReactNode } from "react";
import { cx } from "./cx";

const looks = {
  plain: "border-line text-text",
  muted: "border-line text-muted",
  accent: "border-accent text-accent",
  staged: "border-staged text-staged border-dashed",
  deny: "border-deny text-deny",
} as const;

/** A short word in a frame: a label, a mode, a count. */
export function Badge({
  look = "plain",
  mono = false,
  children,
  className,
}: {
  readonly look?: keyof typeof looks;
  readonly mono?: boolean;
  readonly children: ReactNode;
  readonly className?: string;
}) {
  return (
    <span
      className={cx(
        "inline-flex h-5 max-w-full items-center gap-1 rounded-sm border bg-surface px-1.5 text-table whitespace-nowrap",
        mono && "font-mono",
        looks[look],
        className,
      )}
    >
      {children}
    </span>
  );
}

/** A key of the keyboard. */
export function Kbd({ children }: { readonly children: ReactNode }) {
  return (
    <kbd className="inline-block min-w-4 rounded-sm border border-line bg-bg px-1 text-center font-sans text-axis font-medium text-muted">
      {children}
    </kbd>
  );
}
