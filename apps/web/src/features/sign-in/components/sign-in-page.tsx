"use client";

import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { Button, Field, FormProblem, Notice } from "../../../ui";
import { emailDomain } from "../model/email-domain";
import { Door, Or } from "./door";
import { ProviderLinks } from "./provider-links";
import { SecondFactorForm } from "./second-factor-form";

export interface SignInPageProps {
  /** Where to go then: a path of this site. */
  readonly next: string;
  /** Why an earlier try came to nothing. */
  readonly problem?: string | undefined;
  /** True for somebody who just signed out. */
  readonly signedOut?: boolean;
}

/** The one page for those who are not signed in. */
export function SignInPage({ next, problem, signedOut = false }: SignInPageProps) {
  const [secondFactor, setSecondFactor] = useState<string>();
  // A full load: what an earlier person had cached in this browser does not outlive their session.
  const done = () => window.location.assign(next);
  if (secondFactor !== undefined) {
    return (
      <Door title="One more step">
        <SecondStep ticket={secondFactor} onDone={done} onBack={() => setSecondFactor(undefined)} />
      </Door>
    );
  }
  return (
    <Door
      title="Sign in to Isthmus"
      foot={
        <>
          The first account is made at the first start, and its password is where that start said it would be. Nobody
          here has an account for you yet? Ask an owner of your organisation for an invitation.
        </>
      }
    >
      {problem === undefined ? null : (
        <div role="alert">
          <Notice look="problem">{problem}</Notice>
        </div>
      )}
      {signedOut && problem === undefined ? <Notice>You are signed out here.</Notice> : null}
      <FirstStep next={next} onSecondFactor={setSecondFactor} onDone={done} />
    </Door>
  );
}

interface FirstStepProps {
  readonly next: string;
  readonly onSecondFactor: (ticket: string) => void;
  readonly onDone: () => void;
}

function FirstStep({ next, onSecondFactor, onDone }: FirstStepProps) {
  const trpc = useTRPC();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const domain = emailDomain(email);
  // Asked by domain alone, so that nothing is asked while a name is being typed.
  const providers = useQuery(
    trpc.signIn.providers.queryOptions(
      { email: domain === undefined ? "" : `x@${domain}` },
      { placeholderData: keepPreviousData, staleTime: 60_000 },
    ),
  );
  const signIn = useMutation(
    trpc.signIn.signIn.mutationOptions({
      onSuccess: (answer) => (answer.kind === "second-factor" ? onSecondFactor(answer.ticket) : onDone()),
    }),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate({ email, password });
  };
  const offered = providers.data ?? [];
  return (
    <>
      <form onSubmit={submit} className="flex flex-col gap-3">
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
        <FormProblem message={signIn.error === null ? undefined : wireErrorOf(signIn.error).message} />
        <Button
          type="submit"
          look="primary"
          busy={signIn.isPending || (signIn.isSuccess && signIn.data.kind !== "second-factor")}
          className="mt-1 h-8"
        >
          Sign in
        </Button>
      </form>
      <div aria-live="polite" className="flex flex-col gap-3 empty:hidden">
        {offered.length === 0 ? null : (
          <>
            <Or />
            <ProviderLinks providers={offered} next={next} email={email.trim()} />
          </>
        )}
      </div>
    </>
  );
}

interface SecondStepProps {
  readonly ticket: string;
  readonly onDone: () => void;
  readonly onBack: () => void;
}

function SecondStep({ ticket, onDone, onBack }: SecondStepProps) {
  const trpc = useTRPC();
  const confirm = useMutation(trpc.signIn.signInWithCode.mutationOptions({ onSuccess: onDone }));
  return (
    <SecondFactorForm
      busy={confirm.isPending || confirm.isSuccess}
      problem={confirm.error === null ? undefined : wireErrorOf(confirm.error).message}
      onCode={(code) => confirm.mutate({ ticket, code })}
      onBack={onBack}
    />
  );
}
