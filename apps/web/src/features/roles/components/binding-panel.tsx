"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { Button, ConfirmDialog, Facts, Notice, PanelSection, RelativeTime, SidePanel } from "../../../ui";
import { useBarred, useLink } from "../../frame";
import { holderName } from "../model/binding-list";
import { isEverything } from "../model/is-everything";
import { PermissionGrid } from "./permission-grid";
import { ScopeText } from "./scope-text";
import { useRoles, type Binding } from "./use-roles";

/** One binding: who holds which role where, since when, and the way to take it back. */
export function BindingPanel({ binding, onClose }: { readonly binding: Binding; readonly onClose: () => void }) {
  const link = useLink();
  const barred = useBarred("roles.manage");
  const role = useRoles().data?.find(({ id }) => id === binding.roleId);
  const [removing, setRemoving] = useState(false);
  const { holder } = binding;
  return (
    <SidePanel
      width={440}
      label={`Binding of ${holderName(holder)}`}
      title={
        <>
          {holderName(holder)} is {binding.roleName}
        </>
      }
      subtitle={holder.kind === "group" ? `everybody in this group of ${holder.providerName}` : holder.email}
      onClose={onClose}
      footer={
        <>
          {holder.kind === "person" ? (
            <Link
              href={link(`/access/people?person=${holder.personId}`)}
              className="inline-flex h-7 items-center rounded-md border border-line-strong px-3 font-medium text-text hover:bg-wash"
            >
              The person
            </Link>
          ) : null}
          <Button
            look="danger"
            className="ml-auto"
            barred={
              barred ?? (binding.origin === "file" ? "It is in the configuration file: take it out there." : undefined)
            }
            onClick={() => setRemoving(true)}
          >
            Take it back
          </Button>
        </>
      }
    >
      <PanelSection title="Where">
        <p>
          <ScopeText scope={binding.scope} />
        </p>
        {isEverything(binding.scope) ? (
          <p className="text-muted">What belongs to the whole organisation comes with it.</p>
        ) : null}
      </PanelSection>
      <PanelSection title="Given">
        <Facts
          facts={[
            ["When", <RelativeTime key="at" at={binding.createdAt} />],
            ["By", binding.origin === "file" ? "the configuration file" : binding.createdByName || "Isthmus itself"],
          ]}
        />
      </PanelSection>
      {role === undefined ? (
        <PanelSection>
          <Notice look="problem">This role is gone: the binding gives nothing.</Notice>
        </PanelSection>
      ) : (
        <PanelSection title={`${role.name} may`}>
          <PermissionGrid held={role.permissions} shown={role.permissions} />
        </PanelSection>
      )}
      {removing ? <TakeBack binding={binding} onClose={() => setRemoving(false)} onDone={onClose} /> : null}
    </SidePanel>
  );
}

interface TakeBackProps {
  readonly binding: Binding;
  readonly onClose: () => void;
  readonly onDone?: () => void;
}

/** Asks before a binding is taken back. */
export function TakeBack({ binding, onClose, onDone = onClose }: TakeBackProps) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const unbind = useMutation(
    trpc.roles.unbind.mutationOptions({
      onSuccess: () => {
        void queries.invalidateQueries(trpc.roles.pathFilter());
        void queries.invalidateQueries(trpc.members.pathFilter());
        onClose();
        onDone();
      },
    }),
  );
  const name = holderName(binding.holder);
  return (
    <ConfirmDialog
      title={`Take ${binding.roleName} back from ${name}?`}
      description={
        binding.holder.kind === "group"
          ? "Everybody in the group loses what it gives, at once: open pages stop showing it within seconds."
          : `${name} loses what it gives, at once: open pages stop showing it within seconds.`
      }
      act="Take it back"
      busy={unbind.isPending}
      problem={unbind.error === null ? undefined : wireErrorOf(unbind.error).message}
      onConfirm={() => unbind.mutate({ id: binding.id })}
      onClose={onClose}
    />
  );
}
