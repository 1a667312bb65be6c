"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useTRPC, wireErrorOf } from "../../../client";
import { Button, ProblemIcon, RelativeTime } from "../../../ui";
import { useLink } from "../../frame";

/** Across the top of every page: what an administrator did to the person's account, until they say that they saw it. */
export function AccountBanner() {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const link = useLink();
  const { data } = useQuery(trpc.account.notices.queryOptions(undefined, { staleTime: Infinity }));
  const seen = useMutation(
    trpc.account.acknowledgeNotices.mutationOptions({
      onSuccess: () => queries.invalidateQueries({ queryKey: trpc.account.notices.queryKey() }),
    }),
  );
  if (data === undefined) return null;
  const { secondFactorTakenAt, passwordResetAt, connected } = data;
  if (secondFactorTakenAt === null && passwordResetAt === null) return null;
  return (
    <section
      aria-label="Your account"
      className="flex min-h-9 shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-surface px-4 py-1"
    >
      <ProblemIcon />
      <p className="min-w-60 flex-1">
        {secondFactorTakenAt === null ? null : (
          <>
            <b className="font-semibold">An administrator took your second factor away</b>{" "}
            <RelativeTime at={secondFactorTakenAt} />: your password alone opens your account now.{" "}
          </>
        )}
        {passwordResetAt === null ? null : (
          <>
            <b className="font-semibold">Your password was set by an administrator&apos;s link</b>{" "}
            <RelativeTime at={passwordResetAt} />.
            {connected.length === 0 ? "" : ` Your account is opened by ${connected.join(", ")}, too.`}{" "}
          </>
        )}
        <span className="text-muted">If you did not ask for it, tell an owner: the audit log says who it was.</span>
        {seen.error === null ? null : <span role="alert"> {wireErrorOf(seen.error).message}</span>}
      </p>
      {secondFactorTakenAt === null ? null : (
        <Link href={link("/settings")} className="text-accent hover:underline">
          Set up another
        </Link>
      )}
      <Button busy={seen.isPending} onClick={() => seen.mutate()}>
        I have seen it
      </Button>
    </section>
  );
}
