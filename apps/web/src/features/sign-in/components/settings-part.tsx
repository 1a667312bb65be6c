import type { ReactNode } from "react";

export interface SettingsPartProps {
  readonly title: string;
  readonly trail?: ReactNode;
  readonly children: ReactNode;
}

/** A titled box of the settings. */
export const SettingsPart = ({ title, trail, children }: SettingsPartProps) => (
  <section aria-label={title} className="rounded-md border border-line bg-surface">
    <div className="flex min-h-11 items-center justify-between gap-2 border-b border-line px-4">
      <h2 className="font-semibold">{title}</h2>
      {trail}
    </div>
    {children}
  </section>
);
