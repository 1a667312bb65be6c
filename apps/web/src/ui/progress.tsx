import { cx } from "./cx";

/** A small ring for work whose length is not known. */
export function Spinner({ size = 14, label }: { readonly size?: number; readonly label?: string }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      className="spin shrink-0"
      role={label === undefined ? undefined : "status"}
      aria-label={label}
      aria-hidden={label === undefined}
    >
      <circle cx="8" cy="8" r="6" stroke="currentColor" strokeWidth="2.5" opacity=".22" />
      <path d="M8 2a6 6 0 0 1 6 6" stroke="currentColor" strokeWidth="2.5" strokeLinecap="round" />
    </svg>
  );
}

export interface ProgressProps {
  /** From 0 to 1; leave it out where the end is not known. */
  readonly value?: number;
  readonly label: string;
  readonly className?: string;
}

/** A line of 4 px that fills as work is done. */
export function Progress({ value, label, className }: ProgressProps) {
  const share = value === undefined ? undefined : Math.min(1, Math.max(0, value));
  return (
    <div
      // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- the element cannot be drawn alike in all browsers
      role="progressbar"
      aria-label={label}
      aria-valuenow={share === undefined ? undefined : Math.round(share * 100)}
      aria-valuemin={0}
      aria-valuemax={100}
      className={cx("h-1 w-full overflow-hidden rounded-full bg-line", className)}
    >
      <div
        className={cx(
          "h-1 rounded-full bg-accent transition-[width] duration-150",
          share === undefined && "w-1/3 animate-pulse",
        )}
        style={share === undefined ? undefined : { width: `${share * 100}%` }}
      />
    </div>
  );
}
