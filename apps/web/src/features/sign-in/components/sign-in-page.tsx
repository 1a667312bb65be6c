"use client";

import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { Button, Field, ProblemIcon } from "../../../ui";
import { CodeForm } from "./code-form";
import { ProviderLinks } from "./provider-links";

export interface SignInPageProps {
  readonly next: string;
  /** What came of a sign-in with a provider, where it came to nothing. */
  readonly problem: string | undefined;
}

/** The one page for those who are not signed in. */
export function SignInPage({ next, problem }: SignInPageProps) {
  const [ticket, setTicket] = useState<string>();
  return (
    <main className="grid min-h-dvh grid-rows-[1fr_auto_1.4fr] px-4">
      <div className="row-start-2 mx-auto w-full max-w-88">
        <div className="mb-6 flex items-center gap-3">
          <svg width="28" height="28" viewBox="0 0 24 24" aria-hidden>
            <path d="M3 4h18v5h-6v6h6v5H3v-5h6V9H3z" fill="currentColor" />
          </svg>
          <h1 className="text-title font-semibold tracking-[-0.015em]">Sign in to Isthmus</h1>
        </div>
        {problem === undefined ? null : (
          <p role="alert" className="mb-3 flex items-start gap-1.5 text-table">
            <ProblemIcon />
            {problem}
          </p>
        )}
        {ticket === undefined ? (
          <PasswordStep next={next} onTicket={setTicket} />
        ) : (
          <CodeForm ticket={ticket} next={next} />
        )}
        <p className="mt-4 text-table text-muted">
          The first account is made at the first start, and its password is where that start said it would be. Nobody
          here has an account for you yet? Ask an owner of your organisation.
        </p>
      </div>
    </main>
  );
}

interface PasswordStepProps {
  readonly next: string;
  readonly onTicket: (ticket: string) => void;
}

function PasswordStep({ next, onTicket }: PasswordStepProps) {
  const trpc = useTRPC();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const signIn = useMutation(
    // A full load: what an earlier person had cached in this browser does not outlive their session.
    trpc.signIn.signIn.mutationOptions({
      onSuccess: (step) => (step.kind === "done" ? window.location.assign(next) : onTicket(step.ticket)),
    }),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate({ email, password });
  };
  return (
    <>
      <ProviderLinks next={next} email={email} />
      <form onSubmit={submit} className="flex flex-col gap-3 rounded-md border border-line bg-surface p-4">
        <Field
          label="E-mail"
          type="email"
          name="email"
          autoComplete="username"
          required
          // oxlint-disable-next-line jsx-a11y/no-autofocus -- the page has one purpose, and this is its first field
          autoFocus
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <Field
          label="Password"
          type="password"
          name="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
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
    </>
  );
}
