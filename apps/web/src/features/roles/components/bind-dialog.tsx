"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { Button, Dialog, Field, FormProblem, Notice, Segments, SelectField } from "../../../ui";
import { useMay } from "../../frame";
import { useRoleChoice } from "./role-fields";

type HolderKind = "person" | "group";

/** Gives a role to a person or to a provider's group, in a scope. */
export function BindDialog({ onClose, personId }: { readonly onClose: () => void; readonly personId?: string }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const [kind, setKind] = useState<HolderKind>("person");
  const [person, setPerson] = useState(personId ?? "");
  const [provider, setProvider] = useState("");
  const [group, setGroup] = useState("");
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
  const named = kind === "person" ? person !== "" : provider !== "" && group.trim() !== "";
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
            disabled={!named || scope === undefined}
            onClick={() =>
              scope !== undefined &&
              bind.mutate({
                roleId,
                scope,
                holder:
                  kind === "person"
                    ? { kind: "person", personId: person }
                    : { kind: "group", providerId: provider, group: group.trim() },
              })
            }
          >
            Give the role
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        {personId === undefined ? (
          <div>
            <Segments
              label="To whom"
              value={kind}
              onChange={setKind}
              tabs={[
                { value: "person", label: "A person" },
                { value: "group", label: "A provider's group" },
              ]}
            />
          </div>
        ) : null}
        {kind === "person" ? (
          personId === undefined ? (
            <PersonField value={person} onChange={setPerson} />
          ) : null
        ) : (
          <GroupFields provider={provider} group={group} onProvider={setProvider} onGroup={setGroup} />
        )}
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

interface GroupFieldsProps {
  readonly provider: string;
  readonly group: string;
  readonly onProvider: (id: string) => void;
  readonly onGroup: (group: string) => void;
}

function GroupFields({ provider, group, onProvider, onGroup }: GroupFieldsProps) {
  const trpc = useTRPC();
  const may = useMay("providers.read");
  const providers = useQuery(trpc.providers.list.queryOptions(undefined, { enabled: may }));
  if (providers.data?.providers.length === 0) {
    return (
      <Notice look="problem">
        There is no identity provider yet. Set one up under Single sign-on; its groups can hold roles then.
      </Notice>
    );
  }
  return (
    <>
      <SelectField
        label="Identity provider"
        value={provider}
        onChange={onProvider}
        options={[
          { value: "", label: "Choose a provider" },
          ...(providers.data?.providers ?? []).map(({ id, name }) => ({ value: id, label: name })),
        ]}
      />
      <Field
        label="Group, as the provider writes it"
        mono
        spellCheck={false}
        value={group}
        hint="Some providers send an id in place of a name: “Test this” under Single sign-on shows what yours sends."
        onChange={(event) => onGroup(event.target.value)}
      />
    </>
  );
}
