import { cx } from "./cx";

const clusterHues = ["--c1", "--c2", "--c3", "--c4", "--c5", "--c6", "--c7", "--c8"] as const;

/** The CSS colour of the cluster that joined as number `index` (from 0). It is kept for good. */
export function clusterColour(index: number): string {
  return `var(${clusterHues[((index % 8) + 8) % 8] ?? "--c1"})`;
}

/** True for the ninth cluster and later, whose mark carries a dot because the eight hues come round again. */
export const clusterHasDot = (index: number): boolean => index >= 8;

export interface ClusterMarkProps {
  /** Order of joining, from 0; "outside" is what belongs to no cluster of the organisation. */
  readonly index: number | "outside";
  readonly className?: string;
}

/** A cluster's colour as a square of 10 px; outside is a dotted outline. */
export function ClusterMark({ index, className }: ClusterMarkProps) {
  if (index === "outside") {
    return (
      <span
        aria-hidden
        className={cx("inline-block size-2.5 shrink-0 rounded-[3px] border border-dashed border-muted", className)}
      />
    );
  }
  return (
    <span
      aria-hidden
      className={cx("relative inline-block size-2.5 shrink-0 rounded-[3px]", className)}
      style={{ background: clusterColour(index) }}
    >
      {clusterHasDot(index) ? <span className="absolute top-[3px] left-[3px] size-1 rounded-full bg-surface" /> : null}
    </span>
  );
}

/** A cluster's mark and name. */
export function ClusterName({ index, name, className }: ClusterMarkProps & { readonly name: string }) {
  return (
    <span className={cx("inline-flex min-w-0 items-center gap-1.5 align-middle whitespace-nowrap", className)}>
      <ClusterMark index={index} />
      <span className="truncate font-mono text-table">{name}</span>
    </span>
  );
}
