"use client";

import type { Permission } from "@isthmus/access";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { Button, Field, FormProblem, Notice, PanelSection, SidePanel } from "../../../ui";
import { useAccess, useSetParams } from "../../frame";
import { carried, grantableIn, roleWarnings, togglePermission } from "../model/permission-groups";
import { PermissionGrid } from "./permission-grid";
import type { Role } from "./use-roles";

export interface RoleEditorProps {
  /** The custom role that is changed; without it a new one is made. */
  readonly role?: Role;
  /** A role whose permissions the new one begins with. */
  readonly from?: Role | undefined;
  readonly onClose: () => void;
}

/** Makes or changes a custom role. */
export function RoleEditor({ role, from, onClose }: RoleEditorProps) {
  const { kind } = useAccess();
  const all = grantableIn(kind);
  const start = role ?? from;
  const [name, setName] = useState(role?.name ?? "");
  const [description, setDescription] = useState(role?.description ?? "");
  const [held, setHeld] = useState<readonly Permission[]>(start?.permissions ?? []);
  const { save, busy, problem } = useSaveRole(role, onClose);
  const count = carried(held.length, all.length);
  const reach =
    role === undefined || role.bindings === 0
      ? undefined
      : `Counts at once for ${role.bindings} ${role.bindings === 1 ? "binding" : "bindings"}.`;
  return (
    <SidePanel
      width={504}
      label={role === undefined ? "New role" : `Edit ${role.name}`}
      title={role === undefined ? (from === undefined ? "New role" : `New role, from ${from.name}`) : role.name}
      subtitle={reach ?? "Only what it needs: a role can grow later."}
      onClose={onClose}
      footer={
        <>
          <Button
            look="primary"
            busy={busy}
            disabled={name.trim() === "" || held.length === 0}
            onClick={() => save({ name: name.trim(), description: description.trim(), permissions: [...held] })}
          >
            {role === undefined ? "Make the role" : "Save"} with {count}
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </>
      }
    >
      <PanelSection>
        <div className="flex flex-col gap-3">
          <Field
            label="Name"
            value={name}
            maxLength={60}
            placeholder="On-call responder"
            onChange={(event) => setName(event.target.value)}
          />
          <Field
            label="What it is for"
            value={description}
            maxLength={200}
            onChange={(event) => setDescription(event.target.value)}
          />
        </div>
        <FormProblem message={problem} />
      </PanelSection>
      <PanelSection title="May" trail={count}>
        {roleWarnings(held).map((warning) => (
          <Notice key={warning} look="problem" className="mb-2">
            {warning}
          </Notice>
        ))}
        <PermissionGrid held={held} shown={all} onToggle={(each) => setHeld(togglePermission(held, each))} />
      </PanelSection>
    </SidePanel>
  );
}

interface RoleText {
  readonly name: string;
  readonly description: string;
  readonly permissions: Permission[];
}

function useSaveRole(role: Role | undefined, onClose: () => void) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const setParams = useSetParams();
  const done = () => queries.invalidateQueries(trpc.roles.pathFilter());
  const create = useMutation(
    trpc.roles.create.mutationOptions({
      onSuccess: ({ id }) => (void done(), setParams({ new: undefined, from: undefined, role: id })),
    }),
  );
  const update = useMutation(trpc.roles.update.mutationOptions({ onSuccess: () => (void done(), onClose()) }));
  const error = create.error ?? update.error;
  return {
    busy: create.isPending || update.isPending,
    problem: error === null ? undefined : wireErrorOf(error).message,
    save: (text: RoleText) => (role === undefined ? create.mutate(text) : update.mutate({ id: role.id, ...text })),
  };
}
