import type { ReactNode } from "react";
import { cx } from "./cx";
import { Table, type Column } from "./table";

/** A bar where words will stand; give it the width that they are likely to have. */
export const Skeleton = ({ className, width }: { readonly className?: string; readonly width?: string | number }) => (
  <span className={cx("inline-block h-2.5 max-w-full rounded-sm bg-line align-middle", className)} style={{ width }} />
);

/** Holds the place of data that is being asked for. Its shape is drawn for the eye, `label` is said to everybody else. */
export function Waiting({ label, children, className }: WaitingProps) {
  return (
    <>
      <output data-waiting className="sr-only">
        {label}
      </output>
      <div aria-hidden inert className={cx("late-in flex min-h-0 min-w-0 flex-1 flex-col overflow-hidden", className)}>
        {children}
      </div>
    </>
  );
}

interface WaitingProps {
  readonly label: string;
  readonly children: ReactNode;
  readonly className?: string | undefined;
}

/** Lines of text that will come, the last one shorter. */
export const LinesSkeleton = ({ lines = 3, className }: { readonly lines?: number; readonly className?: string }) => (
  <div className={cx("flex flex-col gap-3 p-4", className)}>
    {Array.from({ length: lines }, (_, index) => (
      <Skeleton key={index} width={index === lines - 1 ? "42%" : `${92 - ((index * 17) % 31)}%`} />
    ))}
  </div>
);

export interface TableSkeletonProps<Row> {
  /** The columns of the table that comes. */
  readonly columns: readonly Column<Row>[];
  readonly rowHeight?: number;
  readonly minWidth?: number;
  readonly rows?: number;
}

/** The head of the table that comes, and bars where its rows will be. */
export function TableSkeleton<Row>({ columns, rows = 8, ...size }: TableSkeletonProps<Row>) {
  const bars = columns.map(({ id, title, width, align }, column): Column<number> => {
    const bar = (row: number) => <Skeleton width={`${40 + ((row * 29 + column * 43) % 41)}%`} />;
    return {
      id,
      title,
      cell: bar,
      ...(width === undefined ? {} : { width }),
      ...(align === undefined ? {} : { align }),
    };
  });
  return (
    <Table label="" columns={bars} rows={Array.from({ length: rows }, (_, row) => row)} rowKey={String} {...size} />
  );
}
