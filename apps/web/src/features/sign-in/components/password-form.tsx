"use client";

import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { Button, Field, ProblemIcon } from "../../../ui";

/** Changes the password; all other sessions end with the old one. */
export function PasswordForm() {
  const trpc = useTRPC();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const change = useMutation(
    trpc.signIn.changePassword.mutationOptions({
      onSuccess: () => {
        setCurrent("");
        setNext("");
      },
    }),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate({ current, next });
  };
  return (
    <form onSubmit={submit} className="flex max-w-88 flex-col gap-3 p-4">
      <Field
        label="Current password"
        type="password"
        autoComplete="current-password"
        required
        value={current}
        onChange={(event) => setCurrent(event.target.value)}
      />
      <Field
        label="New password"
        type="password"
        autoComplete="new-password"
        required
        minLength={12}
        hint="At least 12 characters. Length is what helps."
        value={next}
        onChange={(event) => setNext(event.target.value)}
      />
      {change.isError ? (
        <p role="alert" className="flex items-start gap-1.5 text-table">
          <ProblemIcon />
          {wireErrorOf(change.error).message}
        </p>
      ) : null}
      {change.isSuccess ? <output className="text-table">Changed. Every other session was signed out.</output> : null}
      <Button
        type="submit"
        busy={change.isPending}
        disabled={current === "" || next.length < 12}
        className="self-start"
      >
        Change the password
      </Button>
    </form>
  );
}
