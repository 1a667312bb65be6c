"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { Button, Dialog, Field, ProblemIcon, Segments } from "../../../ui";
import { Message } from "./sentences";
import { tierProblem, type TierFacts } from "../model/tier-rules";

export interface NewTierDialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly existing: readonly TierFacts[];
}

const nextOrder = (existing: readonly TierFacts[]): number =>
  Math.min(999_900, Math.floor(Math.max(0, ...existing.map((tier) => tier.order)) / 100) * 100 + 100);

/** Makes a tier that is wholly ours. */
export function NewTierDialog({ open, onOpenChange, existing }: NewTierDialogProps) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [order, setOrder] = useState<string>();
  const [defaultAction, setDefaultAction] = useState<"Deny" | "Pass">("Pass");
  const orderText = order ?? String(nextOrder(existing));
  const create = useMutation(
    trpc.tiers.create.mutationOptions({
      onSuccess: () => {
        void queries.invalidateQueries(trpc.policies.pathFilter());
        setName("");
        setOrder(undefined);
        onOpenChange(false);
      },
    }),
  );
  const problem =
    orderText.trim() === "" || Number.isNaN(Number(orderText))
      ? { field: "order" as const, message: "a number" }
      : tierProblem({ name, order: Number(orderText) }, existing);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (problem === undefined) create.mutate({ name, order: Number(orderText), defaultAction });
  };
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="New tier"
      description="Tiers are asked in order, the lowest first. This one is made in a cluster with the first policy that is applied there, and belongs to Isthmus alone."
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Button look="primary" busy={create.isPending} disabled={problem !== undefined} onClick={submit}>
            Make the tier{name === "" ? "" : ` ${name}`}
          </Button>
        </>
      }
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <Field
          label="Name"
          mono
          // oxlint-disable-next-line jsx-a11y/no-autofocus -- it opens at the wish of the person, to be filled in
          autoFocus
          autoComplete="off"
          placeholder="boutique"
          value={name}
          error={name !== "" && problem?.field === "name" ? <Message text={problem.message} /> : undefined}
          onChange={(event) => setName(event.target.value.trim())}
        />
        <Field
          label="Order"
          inputMode="numeric"
          value={orderText}
          error={problem?.field === "order" ? <Message text={problem.message} /> : undefined}
          hint={<Message text="Calico's own tier `default` has the order 1 000 000." />}
          onChange={(event) => setOrder(event.target.value)}
        />
        <div>
          <p className="mb-1 text-table font-medium text-muted">
            Where policies of the tier select an endpoint and no rule matches
          </p>
          <Segments
            label="Where no rule matches"
            value={defaultAction}
            onChange={setDefaultAction}
            tabs={[
              { value: "Pass", label: "Pass on to the next tier" },
              { value: "Deny", label: "Deny" },
            ]}
          />
        </div>
        {create.error === null ? null : (
          <p role="alert" className="flex items-start gap-1.5 text-table">
            <ProblemIcon /> {wireErrorOf(create.error).message}
          </p>
        )}
        <button type="submit" hidden aria-hidden tabIndex={-1} />
      </form>
    </Dialog>
  );
}
