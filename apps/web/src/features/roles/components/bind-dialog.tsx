"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { Button, Dialog, FormProblem, Notice, SelectField } from "../../../ui";
import { useMay } from "../../frame";
import { useRoleChoice } from "./role-fields";

/** Gives a role to a person, in a scope. */
export function BindDialog({ onClose, personId }: { readonly onClose: () => void; readonly personId?: string }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const [person, setPerson] = useState(personId ?? "");
  const { roleId, scope, fields } = useRoleChoice("viewer");
  const bind = useMutation(
    trpc.roles.bind.mutationOptions({
      onSuccess: () => {
        void queries.invalidateQueries(trpc.roles.pathFilter());
        void queries.invalidateQueries(trpc.members.pathFilter());
        onClose();
      },
    }),
  );
  return (
    <Dialog
      open
      onOpenChange={onClose}
      width={560}
      title="Give a role"
      description="It counts at once. You can give what you hold yourself, and no more."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            busy={bind.isPending}
            disabled={person === "" || scope === undefined}
            onClick={() =>
              scope !== undefined &&
              bind.mutate({
                roleId,
                scope,
                holder: { kind: "person", personId: person },
              })
            }
          >
            Give the role
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        {personId === undefined ? <PersonField value={person} onChange={setPerson} /> : null}
        {fields}
        <FormProblem message={bind.error === null ? undefined : wireErrorOf(bind.error).message} />
      </div>
    </Dialog>
  );
}

interface PersonFieldProps {
  readonly value: string;
  readonly onChange: (personId: string) => void;
}

function PersonField({ value, onChange }: PersonFieldProps) {
  const trpc = useTRPC();
  const may = useMay("members.read");
  const members = useQuery(trpc.members.list.queryOptions(undefined, { enabled: may }));
  if (!may) return <Notice look="problem">You cannot see members here, so you cannot choose one.</Notice>;
  return (
    <SelectField
      label="Person"
      value={value}
      onChange={onChange}
      options={[
        { value: "", label: "Choose a member" },
        ...(members.data?.members ?? []).map((member) => ({
          value: member.personId,
          label: `${member.displayName} · ${member.email}`,
        })),
      ]}
    />
  );
}
