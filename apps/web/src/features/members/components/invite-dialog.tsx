"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { absoluteTime, Button, Dialog, EmailField, isEmail, FormProblem, OnceShown, SelectField } from "../../../ui";
import { useAccess } from "../../frame";
import { useRoleChoice } from "../../roles";

const offeredDays = ["1", "3", "7", "14"] as const;

/** Invites somebody with a role, and shows the link once. */
export function InviteDialog({ onClose }: { readonly onClose: () => void }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const { organisation, kind } = useAccess();
  const [email, setEmail] = useState("");
  const [days, setDays] = useState<(typeof offeredDays)[number]>("7");
  const { roleId, scope, fields } = useRoleChoice(kind === "installation" ? "installation-administrator" : "viewer");
  const invite = useMutation(
    trpc.members.invite.mutationOptions({ onSuccess: () => queries.invalidateQueries(trpc.members.pathFilter()) }),
  );
  if (invite.isSuccess) return <InvitationLink email={email} made={invite.data} onClose={onClose} />;
  return (
    <Dialog
      open
      onOpenChange={onClose}
      width={560}
      title={`Invite somebody to ${organisation.name}`}
      description="You get a link to pass on. Whoever opens it makes an account with this address, or signs in with the one they have."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            busy={invite.isPending}
            disabled={!isEmail(email) || scope === undefined}
            onClick={() =>
              scope !== undefined && invite.mutate({ email: email.trim(), days: Number(days), roleId, scope })
            }
          >
            Make the link
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <EmailField label="E-mail" value={email} onChange={setEmail} />
        <SelectField
          label="The link ends after"
          value={days}
          onChange={setDays}
          options={offeredDays.map((each) => ({ value: each, label: each === "1" ? "1 day" : `${each} days` }))}
        />
        {fields}
        <FormProblem message={invite.error === null ? undefined : wireErrorOf(invite.error).message} />
      </div>
    </Dialog>
  );
}

interface InvitationLinkProps {
  readonly email: string;
  readonly made: { readonly url: string; readonly expiresAt: Date };
  readonly onClose: () => void;
}

function InvitationLink({ email, made, onClose }: InvitationLinkProps) {
  return (
    <Dialog
      open
      width={560}
      title={`The link for ${email.trim()}`}
      footer={
        <Button look="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      <OnceShown label="Invitation link" text={made.url}>
        It is not shown again, and Isthmus sends no mail: pass it on in a way that you trust. It works once, until{" "}
        {absoluteTime(made.expiresAt)}. If it goes astray, withdraw the invitation and make another.
      </OnceShown>
    </Dialog>
  );
}
