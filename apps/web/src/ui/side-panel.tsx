"use client";

import { X } from "lucide-react";
import { useEffect, useRef, type ReactNode } from "react";
import { IconButton } from "./button";
import { cx } from "./cx";

export interface SidePanelProps {
  readonly title: ReactNode;
  readonly label: string;
  readonly subtitle?: ReactNode;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** Acts that stay in view. */
  readonly footer?: ReactNode;
  readonly width?: number;
}

/** The panel at the right of every page, full height; on a narrow screen it covers the page. Escape closes it. */
export function SidePanel({ title, label, subtitle, onClose, children, footer, width = 320 }: SidePanelProps) {
  const ref = useRef<HTMLElement>(null);
  useEffect(() => {
    const close = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.defaultPrevented) onClose();
    };
    window.addEventListener("keydown", close);
    return () => window.removeEventListener("keydown", close);
  }, [onClose]);
  return (
    <aside
      ref={ref}
      aria-label={label}
      style={{ "--panel": `${width}px` } as React.CSSProperties}
      className={cx(
        "flex min-h-0 flex-col border-l border-line bg-surface",
        "max-lg:fixed max-lg:inset-y-0 max-lg:right-0 max-lg:z-30 max-lg:w-[min(var(--panel),100vw)] max-lg:shadow-float lg:w-(--panel) lg:shrink-0",
      )}
    >
      <header className="flex items-start gap-2 border-b border-line px-4 py-3">
        <div className="min-w-0 flex-1">
          <h2 className="text-work font-semibold">{title}</h2>
          {subtitle === undefined ? null : <div className="text-table text-muted">{subtitle}</div>}
        </div>
        <IconButton label="Close panel" onClick={onClose} className="-mt-1 -mr-2">
          <X size={16} />
        </IconButton>
      </header>
      <div className="min-h-0 flex-1 overflow-auto">{children}</div>
      {footer === undefined ? null : (
        <footer className="flex flex-wrap gap-2 border-t border-line px-4 py-3">{footer}</footer>
      )}
    </aside>
  );
}

/** A part of a panel with a muted heading. */
export function PanelSection({
  title,
  trail,
  children,
}: {
  readonly title?: ReactNode;
  readonly trail?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <section className="border-b border-line px-4 py-3 last:border-b-0">
      {title === undefined && trail === undefined ? null : (
        <div className="mb-2 flex items-center justify-between gap-2 text-table text-muted">
          <h3 className="min-w-0 font-medium">{title}</h3>
          {trail}
        </div>
      )}
      {children}
    </section>
  );
}

/** Facts as pairs, the names muted. */
export function Facts({ facts }: { readonly facts: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-1 text-table">
      {facts.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="whitespace-nowrap text-muted">{name}</dt>
          <dd className="min-w-0 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
