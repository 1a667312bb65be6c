"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState, type FormEvent } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { Button, Field, FormProblem } from "../../../ui";
import { personNameProblem } from "../model/person-name";

export interface NameFormProps {
  readonly name: string;
  readonly onClose: () => void;
}

/** Changes what the person is called. */
export function NameForm({ name, onClose }: NameFormProps) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const router = useRouter();
  const [next, setNext] = useState(name);
  const problem = personNameProblem(next);
  const rename = useMutation(
    trpc.account.rename.mutationOptions({
      onSuccess: () => {
        onClose();
        void queries.invalidateQueries({ queryKey: trpc.signIn.me.queryKey() });
        void queries.invalidateQueries(trpc.members.pathFilter());
        // The frame has the name from the server.
        router.refresh();
      },
    }),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (problem === undefined) rename.mutate({ displayName: next.trim() });
  };
  return (
    <form onSubmit={submit} className="flex max-w-112 flex-wrap items-start gap-2">
      <div className="min-w-48 flex-1">
        <Field
          label="Your name"
          autoComplete="name"
          // oxlint-disable-next-line jsx-a11y/no-autofocus -- it was asked for by a click, and is the only field
          autoFocus
          value={next}
          error={problem}
          onChange={(event) => setNext(event.target.value)}
        />
        <FormProblem message={rename.error === null ? undefined : wireErrorOf(rename.error).message} />
      </div>
      <div className="flex gap-2 pt-5">
        <Button onClick={onClose}>Cancel</Button>
        <Button
          type="submit"
          look="primary"
          busy={rename.isPending}
          disabled={problem !== undefined || next.trim() === name}
        >
          Save
        </Button>
      </div>
    </form>
  );
}
