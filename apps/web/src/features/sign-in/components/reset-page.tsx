"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useState, type FormEvent } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { Button, FormProblem, LoadingState } from "../../../ui";
import { passwordProblem } from "../model/password-rules";
import { Door } from "./door";
import { NewPasswordFields } from "./new-password-fields";

const toSignIn = (
  <Link href="/sign-in" className="text-accent hover:underline">
    To the sign-in page
  </Link>
);

/** Where a link for a new password leads. */
export function ResetPage({ token }: { readonly token: string }) {
  const trpc = useTRPC();
  const link = useQuery(
    trpc.account.passwordLink.queryOptions(
      { token },
      { retry: false, staleTime: Infinity, refetchOnWindowFocus: false },
    ),
  );
  const [password, setPassword] = useState({ next: "", again: "" });
  const set = useMutation(trpc.account.setPasswordByLink.mutationOptions());
  if (set.isSuccess) {
    return (
      <Door title="Your password is set" foot={toSignIn}>
        Wherever you were signed in, you are signed out. Sign in with the new password; where you have a second factor,
        its code is asked for as before.
      </Door>
    );
  }
  if (link.error !== null) {
    return (
      <Door title="This link cannot be used" foot={toSignIn}>
        {wireErrorOf(link.error).message}
      </Door>
    );
  }
  if (link.data === undefined) {
    return (
      <Door title="A new password">
        <LoadingState />
      </Door>
    );
  }
  const { email, connected } = link.data;
  const ready = password.again !== "" && passwordProblem({ ...password, email }) === undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) set.mutate({ token, password: password.next });
  };
  return (
    <Door title="A new password" foot="The link works once. Wherever you are signed in, you will be signed out.">
      <p>
        For the account of <span className="font-mono text-table break-all">{email}</span>.
        {connected.length === 0
          ? ""
          : ` It is opened by ${connected.join(", ")}, too, and stays so: see in your settings whether that is you.`}
      </p>
      <form onSubmit={submit} className="flex flex-col gap-3">
        <NewPasswordFields value={password} onChange={setPassword} email={email} />
        <FormProblem message={set.error === null ? undefined : wireErrorOf(set.error).message} />
        <Button type="submit" look="primary" className="h-8" busy={set.isPending} disabled={!ready}>
          Set it
        </Button>
      </form>
    </Door>
  );
}
