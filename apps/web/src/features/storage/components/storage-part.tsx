import type { ReactNode } from "react";

interface StoragePartProps {
  readonly title: string;
  readonly trail?: ReactNode;
  readonly children: ReactNode;
}

/** A titled box of the page. */
export const StoragePart = ({ title, trail, children }: StoragePartProps) => (
  <section aria-label={title} className="rounded-md border border-line bg-surface">
    <div className="flex min-h-11 flex-wrap items-center justify-between gap-x-4 gap-y-1 border-b border-line px-4 py-1">
      <h2 className="font-semibold">{title}</h2>
      <div className="text-table text-muted">{trail}</div>
    </div>
    {children}
  </section>
);
