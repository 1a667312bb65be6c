"use client";

import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { Button, Field, FormProblem } from "../../../ui";
import { passwordProblem } from "../model/password-rules";
import { Door } from "./door";
import { NewPasswordFields } from "./new-password-fields";

export interface NewPasswordPageProps {
  readonly email: string;
  readonly next: string;
}

/** For those whose password was given to them: nothing else is open until they have one of their own. */
export function NewPasswordPage({ email, next }: NewPasswordPageProps) {
  const trpc = useTRPC();
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState({ next: "", again: "" });
  const change = useMutation(
    trpc.signIn.changePassword.mutationOptions({ onSuccess: () => window.location.assign(next) }),
  );
  const signOut = useMutation(
    trpc.signIn.signOut.mutationOptions({ onSettled: () => window.location.assign("/sign-in") }),
  );
  const ready = current !== "" && password.again !== "" && passwordProblem({ ...password, email }) === undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) change.mutate({ current, next: password.next });
  };
  return (
    <Door
      title="Choose your password"
      foot={
        <button type="button" className="text-accent hover:underline" onClick={() => signOut.mutate()}>
          Sign out
        </button>
      }
    >
      <p>
        The password of <span className="font-mono text-table">{email}</span> was made for you. Take one that only you
        know; then you go on.
      </p>
      <form onSubmit={submit} className="flex flex-col gap-3">
        <Field
          label="The password that you were given"
          type="password"
          autoComplete="current-password"
          required
          // oxlint-disable-next-line jsx-a11y/no-autofocus -- the page has one purpose, and this is its first field
          autoFocus
          value={current}
          onChange={(event) => setCurrent(event.target.value)}
        />
        <NewPasswordFields value={password} onChange={setPassword} email={email} />
        <FormProblem message={change.error === null ? undefined : wireErrorOf(change.error).message} />
        <Button
          type="submit"
          look="primary"
          className="h-8"
          busy={change.isPending || change.isSuccess}
          disabled={!ready}
        >
          Change it and go on
        </Button>
      </form>
    </Door>
  );
}
