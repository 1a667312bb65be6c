"use client";

import type { ReactNode } from "react";
import { Button } from "./button";
import { ProblemIcon } from "./marks";
import { Spinner } from "./progress";

export interface EmptyStateProps {
  readonly title: string;
  /** What to do next: an empty page teaches its first step. */
  readonly children?: ReactNode;
  readonly action?: ReactNode;
  readonly icon?: ReactNode;
}

/** What stands where data will be. */
export function EmptyState({ title, children, action, icon }: EmptyStateProps) {
  return (
    <div className="flex min-w-0 flex-1 flex-col items-center justify-center gap-2 px-6 py-16 text-center">
      {icon === undefined ? null : <div className="mb-1 text-muted">{icon}</div>}
      <p className="text-work font-semibold">{title}</p>
      {children === undefined ? null : <div className="max-w-[52ch] text-work text-muted">{children}</div>}
      {action === undefined ? null : <div className="mt-2 flex gap-2">{action}</div>}
    </div>
  );
}

export interface ErrorStateProps {
  /** What failed, in words of the page. */
  readonly title: string;
  /** The message of the error: it says what to do. */
  readonly message: string;
  readonly code?: string;
  readonly onRetry?: (() => void) | undefined;
  /** What to do instead of trying again. */
  readonly action?: ReactNode;
}

/** A failure where the data would be, with what to do. */
export function ErrorState({ title, message, code, onRetry, action }: ErrorStateProps) {
  return (
    <div role="alert" className="flex min-w-0 flex-1 flex-col items-center justify-center gap-2 px-6 py-16 text-center">
      <ProblemIcon />
      <p className="text-work font-semibold">{title}</p>
      <p className="max-w-[60ch] text-work text-muted">{message}</p>
      {code === undefined ? null : <code className="font-mono text-axis text-muted">{code}</code>}
      {onRetry === undefined ? null : (
        <Button className="mt-2" onClick={onRetry}>
          Try again
        </Button>
      )}
      {action}
    </div>
  );
}

/** A page or panel that waits for its first data. */
export function LoadingState({ label = "Loading" }: { readonly label?: string }) {
  return (
    <div className="flex min-w-0 flex-1 items-center justify-center gap-2 py-16 text-work text-muted">
      <Spinner label={label} />
      {label}
    </div>
  );
}
