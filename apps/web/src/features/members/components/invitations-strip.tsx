"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { ConfirmDialog, RelativeTime, useNow } from "../../../ui";
import { useMay } from "../../frame";
import { RoleChip } from "../../roles";
import { invitationState } from "../model/member-list";
import type { Invitation } from "./use-members";

/** Invitations that nobody has taken yet; nothing where there is none. */
export function InvitationsStrip({ invitations }: { readonly invitations: readonly Invitation[] }) {
  const now = useNow();
  const may = useMay("members.manage");
  const [asking, setAsking] = useState<Invitation>();
  const open = invitations.filter((each) => {
    const state = invitationState(each, now);
    return state === "open" || state === "expired";
  });
  if (open.length === 0) return null;
  return (
    <section aria-label="Invitations" className="max-h-44 shrink-0 overflow-auto border-b border-line bg-bg">
      <h2 className="px-4 pt-2 text-table font-medium text-muted">
        {open.length} {open.length === 1 ? "invitation" : "invitations"} not taken yet
      </h2>
      <ul className="px-4 py-1 text-table">
        {open.map((each) => (
          <li key={each.id} className="flex min-h-7 items-center gap-3">
            <span className="w-60 min-w-0 shrink truncate font-mono">{each.email}</span>
            <span className="min-w-0 flex-1 truncate">
              <RoleChip role={each.roleName} scope={each.scope} />
            </span>
            <span className="shrink-0 text-muted">
              {invitationState(each, now) === "expired" ? "ended " : "ends "}
              <RelativeTime at={each.expiresAt} />
            </span>
            {may ? (
              <button
                type="button"
                className="shrink-0 text-accent hover:underline"
                onClick={() => setAsking(each)}
                aria-label={`Withdraw the invitation of ${each.email}`}
              >
                Withdraw
              </button>
            ) : null}
          </li>
        ))}
      </ul>
      {asking === undefined ? null : <Withdraw invitation={asking} onClose={() => setAsking(undefined)} />}
    </section>
  );
}

function Withdraw({ invitation, onClose }: { readonly invitation: Invitation; readonly onClose: () => void }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const withdraw = useMutation(
    trpc.members.withdrawInvitation.mutationOptions({
      onSuccess: () => (onClose(), queries.invalidateQueries(trpc.members.pathFilter())),
    }),
  );
  return (
    <ConfirmDialog
      title={`Withdraw the invitation of ${invitation.email}?`}
      description="The link that was made for it is worth nothing from then on."
      act="Withdraw it"
      busy={withdraw.isPending}
      problem={withdraw.error === null ? undefined : wireErrorOf(withdraw.error).message}
      onConfirm={() => withdraw.mutate({ id: invitation.id })}
      onClose={onClose}
    />
  );
}
