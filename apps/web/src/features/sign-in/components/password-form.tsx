"use client";

import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { Button, Field, ProblemIcon } from "../../../ui";
import { passwordProblem } from "../model/password-rules";
import { NewPasswordFields } from "./new-password-fields";

/** Changes the password; all other sessions end with the old one. */
export function PasswordForm({ email }: { readonly email: string }) {
  const trpc = useTRPC();
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState({ next: "", again: "" });
  const change = useMutation(
    trpc.signIn.changePassword.mutationOptions({
      onSuccess: () => {
        setCurrent("");
        setPassword({ next: "", again: "" });
      },
    }),
  );
  const ready = current !== "" && password.again !== "" && passwordProblem({ ...password, email }) === undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) change.mutate({ current, next: password.next });
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
      <NewPasswordFields value={password} onChange={setPassword} email={email} />
      {change.isError ? (
        <p role="alert" className="flex items-start gap-1.5 text-table">
          <ProblemIcon />
          {wireErrorOf(change.error).message}
        </p>
      ) : null}
      {change.isSuccess ? <output className="text-table">Changed. Every other session was signed out.</output> : null}
      <Button type="submit" busy={change.isPending} disabled={!ready} className="self-start">
        Change the password
      </Button>
    </form>
  );
}
