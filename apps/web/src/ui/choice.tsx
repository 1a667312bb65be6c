"use client";

import { useId, type ReactNode } from "react";
import { cx } from "./cx";

export interface ChoiceOption<T extends string> {
  readonly value: T;
  readonly label: string;
  /** What choosing it means. */
  readonly hint?: ReactNode;
  readonly disabled?: boolean;
}

export interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly ChoiceOption<T>[];
  readonly onChange: (value: T) => void;
}

/** One of a few choices, each with what it means; the choices are all in view. */
export function Choice<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
  const name = useId();
  return (
    <fieldset className="flex min-w-0 flex-col gap-1">
      <legend className="mb-1 text-table font-medium text-muted">{label}</legend>
      {options.map((option) => (
        <label key={option.value} className="flex items-start gap-2">
          <input
            type="radio"
            name={name}
            checked={option.value === value}
            disabled={option.disabled}
            onChange={() => onChange(option.value)}
            className="mt-0.75 size-3.5 shrink-0 accent-(--accent)"
          />
          <span className="min-w-0">
            <span className={cx("block", option.disabled === true && "text-muted")}>{option.label}</span>
            {option.hint === undefined ? null : <span className="block text-table text-muted">{option.hint}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
