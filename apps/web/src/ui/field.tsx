"use client";

import { useId, type InputHTMLAttributes, type ReactNode, type Ref, type TextareaHTMLAttributes } from "react";
import { cx } from "./cx";
import { ProblemIcon } from "./marks";

const box =
  "w-full rounded-md border bg-surface px-2 text-work text-text placeholder:text-muted focus-visible:outline-2 focus-visible:outline-offset-0 disabled:opacity-60";

interface FieldFrame {
  readonly label: string;
  /** What to write, said before it goes wrong. */
  readonly hint?: ReactNode;
  /** What is wrong and what to do. */
  readonly error?: ReactNode;
  /** For names, addresses and selectors. */
  readonly mono?: boolean;
}

export interface FieldProps extends FieldFrame, InputHTMLAttributes<HTMLInputElement> {
  readonly ref?: Ref<HTMLInputElement>;
}

/** A labelled line of text with its hint and its error. */
export function Field({ label, hint, error, mono, className, ...input }: FieldProps) {
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint} error={error} className={className}>
      <input
        {...input}
        id={id}
        aria-invalid={error !== undefined && error !== null ? true : undefined}
        aria-describedby={describedBy(id, hint, error)}
        className={cx(box, "h-8", mono === true && "font-mono text-table", edge(error))}
      />
    </Frame>
  );
}

export interface TextAreaProps extends FieldFrame, TextareaHTMLAttributes<HTMLTextAreaElement> {
  readonly ref?: Ref<HTMLTextAreaElement>;
}

/** A labelled text of several lines. */
export function TextArea({ label, hint, error, mono, className, ...input }: TextAreaProps) {
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint} error={error} className={className}>
      <textarea
        {...input}
        id={id}
        aria-invalid={error !== undefined && error !== null ? true : undefined}
        aria-describedby={describedBy(id, hint, error)}
        className={cx(box, "min-h-20 py-1.5", mono === true && "font-mono text-table", edge(error))}
      />
    </Frame>
  );
}

const edge = (error: ReactNode) => (error ? "border-text" : "border-line-strong");

const describedBy = (id: string, hint: ReactNode, error: ReactNode) =>
  error ? `${id}-error` : hint ? `${id}-hint` : undefined;

interface FrameProps {
  readonly id: string;
  readonly label: string;
  readonly hint: ReactNode;
  readonly error: ReactNode;
  readonly className: string | undefined;
  readonly children: ReactNode;
}

function Frame({ id, label, hint, error, className, children }: FrameProps) {
  return (
    <div className={cx("flex flex-col gap-1", className)}>
      <label htmlFor={id} className="text-table font-medium text-muted">
        {label}
      </label>
      {children}
      {error ? (
        <p id={`${id}-error`} role="alert" className="flex items-start gap-1.5 text-table text-text">
          <ProblemIcon />
          <span>{error}</span>
        </p>
      ) : hint ? (
        <p id={`${id}-hint`} className="text-table text-muted">
          {hint}
        </p>
      ) : null}
    </div>
  );
}
