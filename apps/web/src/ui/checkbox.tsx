"use client";

import { useId, type ReactNode } from "react";
import { cx } from "./cx";

export interface CheckboxProps {
  readonly label: ReactNode;
  /** More about the choice, under its label. */
  readonly hint?: ReactNode;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly disabled?: boolean;
}

/** One choice that is on or off. */
export function Checkbox({ label, hint, checked, onChange, disabled = false }: CheckboxProps) {
  const id = useId();
  return (
    <div className="flex items-start gap-2">
      <input
        id={id}
        type="checkbox"
        checked={checked}
        disabled={disabled}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onChange={(event) => onChange(event.target.checked)}
        className="mt-0.75 size-3.5 shrink-0 accent-(--accent)"
      />
      <div className="min-w-0">
        <label htmlFor={id} className={cx("text-work", disabled && "text-muted")}>
          {label}
        </label>
        {hint === undefined ? null : (
          <p id={`${id}-hint`} className="text-table text-muted">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}
