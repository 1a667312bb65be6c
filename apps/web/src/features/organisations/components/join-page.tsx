"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { absoluteTime, Button, Field, FormProblem, LoadingState } from "../../../ui";
import type { WireError } from "../../../server/errors";
import { Door, NewPasswordFields, passwordProblem, personNameProblem } from "../../sign-in";

export interface JoinPageProps {
  readonly token: string;
  /** The address of who is signed in in this browser; undefined for nobody. */
  readonly signedInAs: string | undefined;
}

const closed = {
  accepted: "It was used already. If that was you, sign in.",
  withdrawn: "It was withdrawn. Ask whoever sent it for a new one.",
  expired: "Its time is over. Ask whoever sent it for a new one.",
} as const;

/** Where an invitation's link leads: to a new account, or to one that is there. */
export function JoinPage({ token, signedInAs }: JoinPageProps) {
  const trpc = useTRPC();
  const invitation = useQuery(trpc.members.invitation.queryOptions({ token }, { retry: false }));
  if (invitation.error !== null) {
    return <Unreadable error={wireErrorOf(invitation.error)} onRetry={() => void invitation.refetch()} />;
  }
  if (invitation.data === undefined) {
    return (
      <Door title="Join">
        <LoadingState />
      </Door>
    );
  }
  const { organisation, email, expiresAt, state, hasAccount, requiresOwnProvider } = invitation.data;
  if (state !== "open") {
    return (
      <Door title="This invitation cannot be used" foot={<SignInLink next="/">To the sign-in page</SignInLink>}>
        {closed[state]}
      </Door>
    );
  }
  const own = signedInAs?.toLowerCase() === email.toLowerCase();
  return (
    <Door title={`Join ${organisation}`} foot={<>The invitation can be used until {absoluteTime(expiresAt)}.</>}>
      <p>
        <span className="font-mono text-table">{email}</span> is invited to {organisation}.
      </p>
      {own ? (
        <Accept token={token} organisation={organisation} />
      ) : hasAccount || requiresOwnProvider ? (
        <SignInFirst token={token} email={email} signedInAs={signedInAs} hasAccount={hasAccount} />
      ) : (
        <MakeAccount token={token} email={email} organisation={organisation} />
      )}
    </Door>
  );
}

/** What is wrong with a link is said for good; that nothing answered may be otherwise in a moment. */
function Unreadable({ error, onRetry }: { readonly error: WireError; readonly onRetry: () => void }) {
  const passing = error.retryable || error.code === "internal";
  if (passing) {
    return (
      <Door title="The invitation could not be read">
        <p>{error.message}</p>
        <Button className="self-start" onClick={onRetry}>
          Try again
        </Button>
      </Door>
    );
  }
  return (
    <Door title="This invitation cannot be used" foot={<SignInLink next="/">To the sign-in page</SignInLink>}>
      {error.code === "invalid-input" ? "The link is not whole. Copy it again, or ask for another." : error.message}
    </Door>
  );
}

const SignInLink = ({ next, children }: { readonly next: string; readonly children: ReactNode }) => (
  <a href={`/sign-in?${new URLSearchParams({ next }).toString()}`} className="text-accent hover:underline">
    {children}
  </a>
);

interface AcceptProps {
  readonly token: string;
  readonly organisation: string;
}

/** For whoever is signed in with the invited address: joins, and goes on in the organisation. */
function Accept({ token, organisation }: AcceptProps) {
  const trpc = useTRPC();
  const open = useMutation(
    trpc.signIn.switchOrganisation.mutationOptions({ onSettled: () => window.location.assign("/") }),
  );
  const accept = useMutation(
    trpc.members.accept.mutationOptions({ onSuccess: ({ organisationId }) => open.mutate({ id: organisationId }) }),
  );
  return (
    <>
      <Button
        look="primary"
        className="h-8"
        busy={accept.isPending || accept.isSuccess}
        onClick={() => accept.mutate({ token })}
      >
        Join {organisation}
      </Button>
      <FormProblem message={accept.error === null ? undefined : wireErrorOf(accept.error).message} />
    </>
  );
}

interface SignInFirstProps {
  readonly token: string;
  readonly email: string;
  readonly signedInAs: string | undefined;
  readonly hasAccount: boolean;
}

/** For whoever must sign in before: with the account that is there, or with the organisation's own provider. */
function SignInFirst({ token, email, signedInAs, hasAccount }: SignInFirstProps) {
  const trpc = useTRPC();
  const next = `/join/${token}`;
  const signIn = `/sign-in?${new URLSearchParams({ next }).toString()}`;
  const signOut = useMutation(trpc.signIn.signOut.mutationOptions({ onSettled: () => window.location.assign(signIn) }));
  return (
    <>
      <p className="text-muted">
        {signedInAs !== undefined
          ? `You are signed in as ${signedInAs}; the invitation is for ${email}.`
          : hasAccount
            ? "This address has an account already: sign in with it, and you come back here."
            : "This organisation lets people in through its own single sign-on alone."}
      </p>
      {signedInAs === undefined ? (
        <a
          href={signIn}
          className="flex h-8 items-center justify-center rounded-md border border-accent bg-accent px-3 font-medium text-on-accent"
        >
          Sign in
        </a>
      ) : (
        <Button look="primary" className="h-8" busy={signOut.isPending} onClick={() => signOut.mutate()}>
          Sign out and use {email}
        </Button>
      )}
    </>
  );
}

interface MakeAccountProps extends AcceptProps {
  readonly email: string;
}

function MakeAccount({ token, email, organisation }: MakeAccountProps) {
  const trpc = useTRPC();
  const [displayName, setDisplayName] = useState("");
  const [password, setPassword] = useState({ next: "", again: "" });
  const signIn = useMutation(trpc.signIn.signIn.mutationOptions({ onSettled: () => window.location.assign("/") }));
  const join = useMutation(
    trpc.members.joinWithPassword.mutationOptions({
      onSuccess: ({ email: address }) => signIn.mutate({ email: address, password: password.next }),
    }),
  );
  const ready =
    personNameProblem(displayName) === undefined &&
    password.again !== "" &&
    passwordProblem({ ...password, email }) === undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) join.mutate({ token, displayName: displayName.trim(), password: password.next });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <Field
        label="Your name"
        autoComplete="name"
        required
        error={displayName === "" ? undefined : personNameProblem(displayName)}
        value={displayName}
        onChange={(event) => setDisplayName(event.target.value)}
      />
      <NewPasswordFields value={password} onChange={setPassword} email={email} />
      <FormProblem message={join.error === null ? undefined : wireErrorOf(join.error).message} />
      <Button type="submit" look="primary" className="h-8" busy={join.isPending || join.isSuccess} disabled={!ready}>
        Make the account and join {organisation}
      </Button>
    </form>
  );
}
