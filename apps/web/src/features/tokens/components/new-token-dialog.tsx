"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { Button, Dialog, Field, FormProblem, OnceShown, SelectField } from "../../../ui";
import { useRoleChoice } from "../../roles";
import { offeredDays } from "../model/token-state";

const dayWords = (days: number): string => (days === 365 ? "1 year" : `${days} days`);

/** Makes a token and shows it once. */
export function NewTokenDialog({ onClose }: { readonly onClose: () => void }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [days, setDays] = useState("90");
  const { roleId, scope, fields } = useRoleChoice("viewer");
  const make = useMutation(
    trpc.tokens.create.mutationOptions({ onSuccess: () => queries.invalidateQueries(trpc.tokens.pathFilter()) }),
  );
  if (make.isSuccess) return <MadeToken name={name} secret={make.data.secret} onClose={onClose} />;
  return (
    <Dialog
      open
      onOpenChange={onClose}
      width={560}
      title="New API token"
      description="A program that has it acts for you, within the role and scope below and never beyond your own access."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            busy={make.isPending}
            disabled={name.trim() === "" || scope === undefined}
            onClick={() => scope !== undefined && make.mutate({ name: name.trim(), days: Number(days), roleId, scope })}
          >
            Make the token
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <Field
          label="What it is for"
          value={name}
          maxLength={100}
          placeholder="terraform, production"
          onChange={(event) => setName(event.target.value)}
        />
        <SelectField
          label="Ends after"
          value={days}
          onChange={setDays}
          options={offeredDays.map((each) => ({ value: String(each), label: dayWords(each) }))}
        />
        {fields}
        <FormProblem message={make.error === null ? undefined : wireErrorOf(make.error).message} />
      </div>
    </Dialog>
  );
}

interface MadeTokenProps {
  readonly name: string;
  readonly secret: string;
  readonly onClose: () => void;
}

/** The token, this once; only its button closes it. */
function MadeToken({ name, secret, onClose }: MadeTokenProps) {
  return (
    <Dialog
      open
      width={560}
      title={`The token ${name.trim()}`}
      footer={
        <Button look="primary" onClick={onClose}>
          I have kept it
        </Button>
      }
    >
      <OnceShown label="API token" text={secret}>
        It is not shown again: here only its hash is kept. Send it as <code>Authorization: Bearer …</code>. If it is
        lost or seen by somebody else, revoke it and make another.
      </OnceShown>
    </Dialog>
  );
}
