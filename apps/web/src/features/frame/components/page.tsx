import type { ReactNode } from "react";
import { cx } from "../../../ui";

/** The room under the top bar: filter bar above, the body, and a panel at the right from top to bottom. */
export function Page({ children, className }: { readonly children: ReactNode; readonly className?: string }) {
  return <div className={cx("flex min-h-0 min-w-0 flex-1", className)}>{children}</div>;
}

/** The column of a page that holds filter bar, body and status bar. */
export function PageBody({ children, className }: { readonly children: ReactNode; readonly className?: string }) {
  return <div className={cx("flex min-h-0 min-w-0 flex-1 flex-col", className)}>{children}</div>;
}

/** A column at the left of a body, as facets; on a narrow screen it is left out unless the page shows it otherwise. */
export function PageSide({ children, label }: { readonly children: ReactNode; readonly label: string }) {
  return (
    <aside
      aria-label={label}
      className="w-54 shrink-0 overflow-y-auto border-r border-line bg-surface py-1 max-lg:hidden"
    >
      {children}
    </aside>
  );
}

/** The bar of 44 px under the top bar; it scrolls sideways when it has no room. */
export function FilterBar({ children }: { readonly children: ReactNode }) {
  return (
    <search className="flex min-h-11 shrink-0 items-center gap-2 border-b border-line bg-bg px-4 max-md:overflow-x-auto max-md:px-3">
      {children}
    </search>
  );
}

/** The line of 32 px at the foot of a page: what is shown, and how complete it is. */
export function StatusBar({ children }: { readonly children: ReactNode }) {
  return (
    <footer className="flex min-h-8 shrink-0 items-center gap-2 overflow-hidden border-t border-line bg-surface px-4 text-table whitespace-nowrap text-muted max-md:px-3">
      {children}
    </footer>
  );
}
