import type { ReactNode } from "react";

/** The narrow page of those who are not signed in yet: the mark, what it is for, and one card. */
export function Door({
  title,
  children,
  foot,
}: {
  readonly title: string;
  readonly children: ReactNode;
  readonly foot?: ReactNode;
}) {
  return (
    <main className="grid min-h-dvh grid-rows-[1fr_auto_1.4fr] px-4 py-6">
      <div className="row-start-2 mx-auto w-full max-w-88">
        <div className="mb-6 flex items-center gap-3">
          <svg width="28" height="28" viewBox="0 0 24 24" aria-hidden className="shrink-0">
            <path d="M3 4h18v5h-6v6h6v5H3v-5h6V9H3z" fill="currentColor" />
          </svg>
          <h1 className="text-title font-semibold tracking-[-0.015em]">{title}</h1>
        </div>
        <div className="flex flex-col gap-3 rounded-md border border-line bg-surface p-4">{children}</div>
        {foot === undefined ? null : <div className="mt-4 text-table text-muted">{foot}</div>}
      </div>
    </main>
  );
}

/** A line with a word in it, between two ways to go on. */
export const Or = () => (
  <div className="flex items-center gap-2 text-table text-muted" aria-hidden>
    <span className="h-px flex-1 bg-line" />
    or
    <span className="h-px flex-1 bg-line" />
  </div>
);
