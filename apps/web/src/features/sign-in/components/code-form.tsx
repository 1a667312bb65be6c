"use client";

import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { Button, Field, ProblemIcon } from "../../../ui";

export interface CodeFormProps {
  /** What the first step gave. */
  readonly ticket: string;
  readonly next: string;
}

/** The second step of a sign-in: a code of the authenticator app, or a recovery code. */
export function CodeForm({ ticket, next }: CodeFormProps) {
  const trpc = useTRPC();
  const [code, setCode] = useState("");
  const signIn = useMutation(
    trpc.signIn.signInWithCode.mutationOptions({ onSuccess: () => window.location.assign(next) }),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate({ ticket, code });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-3 rounded-md border border-line bg-surface p-4">
      <Field
        label="Code"
        name="code"
        autoComplete="one-time-code"
        required
        // oxlint-disable-next-line jsx-a11y/no-autofocus -- the step has one purpose, and this is its only field
        autoFocus
        hint="From your authenticator app, or one of your recovery codes."
        value={code}
        onChange={(event) => setCode(event.target.value)}
      />
      {signIn.isError ? (
        <p role="alert" className="flex items-start gap-1.5 text-table">
          <ProblemIcon />
          {wireErrorOf(signIn.error).message}
        </p>
      ) : null}
      <Button type="submit" look="primary" busy={signIn.isPending || signIn.isSuccess} className="mt-1 h-8">
        Sign in
      </Button>
    </form>
  );
}
