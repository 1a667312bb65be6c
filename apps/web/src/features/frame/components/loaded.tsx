"use client";

import { usePathname, useSearchParams } from "next/navigation";
import type { ReactNode } from "react";
import { wireErrorOf } from "../../../client";
import { Button, cx, EmptyState, ErrorState, ProblemIcon, RelativeTime, StatusGlyph, Waiting } from "../../../ui";
import { failureOf, type Failure } from "../model/failure";
import { useAccess } from "../model/access-context";
import { WhyLink } from "./not-permitted";

/** What is used of a query of TanStack Query, paged or not. */
export interface AskedQuery<Data> {
  readonly data: Data | undefined;
  readonly error: unknown;
  readonly failureReason: unknown;
  readonly isFetching: boolean;
  readonly dataUpdatedAt: number;
  readonly refetch: () => Promise<unknown>;
}

export interface LoadedProps<Data> {
  readonly query: AskedQuery<Data>;
  /** What is asked for, as in "the members": "Reading the members", "The members could not be read". */
  readonly what: string;
  /** Drawn while the first answer is awaited, in the shape of what comes. */
  readonly loading: ReactNode;
  /** What stands in place of the content where there is nothing; null where there is something. */
  readonly empty?: (data: Data) => ReactNode;
  readonly children: (data: Data) => ReactNode;
  /** "part" is a line among other things, where a page's middle would be too much. */
  readonly look?: "page" | "part";
  readonly className?: string;
}

/**
 * The states of what is asked from the server: awaited, failed, not permitted, empty, and there. What was once answered
 * stays in view when asking again fails, dated, with a way to try again; but not for who may not see it any more.
 */
export function Loaded<Data>(props: LoadedProps<Data>) {
  const { query, what, look = "page" } = props;
  const { data, error } = query;
  const again = () => void query.refetch();
  const failure = error === null ? undefined : failureOf(wireErrorOf(error));
  if (failure !== undefined && (data === undefined || failure.kind !== "failed"))
    return <Failed failure={failure} what={what} look={look} onRetry={again} />;
  if (data === undefined) return <Awaited {...props} />;
  return (
    <>
      {failure === undefined ? null : (
        <Stale message={failure.message} at={query.dataUpdatedAt} busy={query.isFetching} look={look} onRetry={again} />
      )}
      {props.empty?.(data) ?? props.children(data)}
    </>
  );
}

/** While an answer fails to come, it is said that it is asked for again. */
function Awaited<Data>({ query: { failureReason }, what, loading, className }: LoadedProps<Data>) {
  return (
    <>
      {failureReason === null ? null : (
        <output className="late-in flex shrink-0 items-center gap-1.5 border-b border-line bg-wash px-4 py-1.5 text-table">
          <ProblemIcon /> No answer yet. Asking again…
        </output>
      )}
      <Waiting label={`Reading ${what}`} className={className}>
        {loading}
      </Waiting>
    </>
  );
}

interface FailedProps {
  readonly failure: Failure;
  readonly what: string;
  readonly look: "page" | "part";
  readonly onRetry: () => void;
}

function Failed({ failure, what, look, onRetry }: FailedProps) {
  const access = useAccess();
  const again = failure.kind === "failed" && failure.again ? onRetry : undefined;
  const why =
    failure.kind === "forbidden" && failure.permission !== undefined ? (
      <WhyLink permission={failure.permission} />
    ) : undefined;
  const title =
    failure.kind === "forbidden"
      ? `${access.viewingAs?.displayName ?? "You"} may not see ${what}`
      : `${what.charAt(0).toUpperCase()}${what.slice(1)} could not be read`;
  if (look === "part") {
    return (
      <div role="alert" className="flex flex-wrap items-center gap-x-2 gap-y-1 px-2 py-2 text-table">
        {failure.kind === "forbidden" ? <StatusGlyph status="locked" /> : <ProblemIcon />}
        <span className="min-w-0">
          {title}. <span className="text-muted">{failure.message}</span>
        </span>
        {again === undefined ? null : <Button onClick={again}>Try again</Button>}
        {failure.kind === "signed-out" ? <SignIn /> : why}
      </div>
    );
  }
  if (failure.kind === "forbidden") {
    return (
      <EmptyState icon={<StatusGlyph status="locked" />} title={title} action={why}>
        {failure.message}
        {failure.permission === undefined ? null : <code className="mt-1 block text-table">{failure.permission}</code>}
      </EmptyState>
    );
  }
  return failure.kind === "signed-out" ? (
    <ErrorState title={title} message={failure.message} action={<SignIn />} />
  ) : (
    <ErrorState title={title} message={failure.message} code={failure.code} onRetry={again} />
  );
}

function SignIn() {
  const path = usePathname();
  const params = useSearchParams().toString();
  return (
    <a
      href={`/sign-in?next=${encodeURIComponent(`${path}${params === "" ? "" : `?${params}`}`)}`}
      className="text-accent hover:underline"
    >
      Sign in
    </a>
  );
}

interface StaleProps {
  readonly message: string;
  readonly at: number;
  readonly busy: boolean;
  readonly look: "page" | "part";
  readonly onRetry: () => void;
}

const Stale = ({ message, at, busy, look, onRetry }: StaleProps) => (
  <output
    className={cx(
      "flex shrink-0 items-center gap-2 bg-wash py-1 text-table",
      look === "page" ? "border-b border-line px-4" : "mb-2 rounded-md px-2",
    )}
  >
    <ProblemIcon />
    <span className="min-w-0 flex-1">
      As of <RelativeTime at={at} />. {message}
    </span>
    <Button busy={busy} onClick={onRetry} className="h-6! px-2!">
      Try again
    </Button>
  </output>
);
