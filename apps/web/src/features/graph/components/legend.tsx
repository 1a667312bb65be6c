import type { ReactNode } from "react";

/** What the marks of the picture mean; each verdict has a line of its own beside its hue. */
export function Legend({ stacked = false }: { readonly stacked?: boolean }) {
  return (
    <div className={stacked ? "space-y-1" : "flex h-4 min-w-0 flex-wrap gap-x-4 gap-y-4 overflow-hidden"}>
      <Entry label="allowed">
        <path d="M0 6h22" stroke="var(--allow)" strokeWidth={2} />
        <path d="M28 6l-7 -4v8z" fill="var(--allow)" />
      </Entry>
      <Entry label="denied at the bar">
        <path d="M0 6h20M22 0v12" stroke="var(--deny)" strokeWidth={2} />
      </Entry>
      <Entry label="a staged policy would deny">
        <path d="M0 6h28" stroke="var(--staged)" strokeWidth={2} strokeDasharray="6 4" />
      </Entry>
      <Entry label="unknown">
        <path d="M0 6h28" stroke="var(--unknown)" strokeWidth={2} strokeDasharray="2 4" />
      </Entry>
      <Entry label="end reported, or not">
        <circle cx={7} cy={6} r={3} fill="var(--text)" />
        <circle cx={19} cy={6} r={3} fill="none" stroke="var(--text)" />
      </Entry>
    </div>
  );
}

function Entry({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <span className="flex items-center gap-1.5 whitespace-nowrap">
      <svg width={28} height={12} aria-hidden fill="none">
        {children}
      </svg>
      {label}
    </span>
  );
}
