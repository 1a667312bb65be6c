"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { Badge, Button, ConfirmDialog, PanelSection, SidePanel } from "../../../ui";
import { useAccess, useBarred, useLink, useSetParams } from "../../frame";
import { grantableIn } from "../model/permission-groups";
import { PermissionGrid } from "./permission-grid";
import type { Role } from "./use-roles";

/** One role: what it may do, and who holds it. */
export function RolePanel({ role, onClose }: { readonly role: Role; readonly onClose: () => void }) {
  const link = useLink();
  const setParams = useSetParams();
  const barred = useBarred("roles.manage");
  const uses = role.bindings + role.invitations + role.tokens;
  const [removing, setRemoving] = useState(false);
  const { kind } = useAccess();
  return (
    <SidePanel
      width={504}
      label={`Role ${role.name}`}
      title={
        <span className="flex items-center gap-2">
          {role.name}
          {role.builtIn ? <Badge look="muted">built in</Badge> : <Badge look="accent">custom</Badge>}
        </span>
      }
      subtitle={role.description || undefined}
      onClose={onClose}
      footer={
        <>
          {role.builtIn ? null : (
            <Button look="primary" barred={barred} onClick={() => setParams({ edit: "1" }, "push")}>
              Edit
            </Button>
          )}
          <Button barred={barred} onClick={() => setParams({ new: "1", from: role.id, role: undefined }, "push")}>
            Copy to a new role
          </Button>
          {role.builtIn ? null : (
            <Button
              look="danger"
              barred={
                barred ??
                (uses === 0 ? undefined : "It is in use: take back its bindings, invitations and tokens first.")
              }
              className="ml-auto"
              onClick={() => setRemoving(true)}
            >
              Remove
            </Button>
          )}
        </>
      }
    >
      <PanelSection title="Held by">
        {role.bindings === 0 ? (
          <p className="text-muted">Nobody. Bind it to a person or a group to give it.</p>
        ) : (
          <Link href={link(`/access/bindings?q=${encodeURIComponent(role.name)}`)} className="hover:underline">
            {role.bindings} {role.bindings === 1 ? "binding" : "bindings"}
          </Link>
        )}
        {role.invitations + role.tokens === 0 ? null : (
          <p className="text-muted">
            and named by {role.invitations} open {role.invitations === 1 ? "invitation" : "invitations"}, {role.tokens}{" "}
            {role.tokens === 1 ? "token" : "tokens"}
          </p>
        )}
      </PanelSection>
      <PanelSection title="May">
        <PermissionGrid held={role.permissions} shown={grantableIn(kind)} />
      </PanelSection>
      {removing ? <RemoveRole role={role} onClose={() => setRemoving(false)} onDone={onClose} /> : null}
    </SidePanel>
  );
}

interface RemoveRoleProps {
  readonly role: Role;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

function RemoveRole({ role, onClose, onDone }: RemoveRoleProps) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const remove = useMutation(
    trpc.roles.delete.mutationOptions({
      onSuccess: () => (onDone(), queries.invalidateQueries(trpc.roles.pathFilter())),
    }),
  );
  return (
    <ConfirmDialog
      title={`Remove the role ${role.name}?`}
      description="Nobody holds it: nothing changes for anybody."
      act="Remove the role"
      busy={remove.isPending}
      problem={remove.error === null ? undefined : wireErrorOf(remove.error).message}
      onConfirm={() => remove.mutate({ id: role.id })}
      onClose={onClose}
    />
  );
}
