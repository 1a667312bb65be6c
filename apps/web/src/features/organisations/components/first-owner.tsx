"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { absoluteTime, Button, Dialog, EmailField, isEmail, FormProblem, OnceShown } from "../../../ui";
import type { ListedOrganisation } from "./use-organisations";

interface FirstOwnerLinkProps {
  readonly name: string;
  readonly email: string;
  readonly made: { readonly url: string; readonly expiresAt: Date };
  readonly onClose: () => void;
}

/** The link of a first owner, this once. */
export function FirstOwnerLink({ name, email, made, onClose }: FirstOwnerLinkProps) {
  return (
    <Dialog
      open
      onOpenChange={onClose}
      width={560}
      title={`The owner's link to ${name.trim()}`}
      footer={
        <Button look="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      <OnceShown label="Link for the first owner" text={made.url}>
        For {email.trim()}. It is not shown again, and Isthmus sends no mail: pass it on in a way that you trust. It
        works once, until {absoluteTime(made.expiresAt)}.
      </OnceShown>
    </Dialog>
  );
}

interface InviteFirstOwnerProps {
  readonly organisation: ListedOrganisation;
  readonly onClose: () => void;
}

/** Makes another link for the first owner of an organisation that nobody has joined. */
export function InviteFirstOwner({ organisation, onClose }: InviteFirstOwnerProps) {
  const trpc = useTRPC();
  const { id, name } = organisation;
  const [email, setEmail] = useState("");
  const invite = useMutation(trpc.organisations.inviteFirstOwner.mutationOptions());
  if (invite.isSuccess) return <FirstOwnerLink name={name} email={email} made={invite.data} onClose={onClose} />;
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`Another link for the first owner of ${name}`}
      description="Nobody has joined yet. Every earlier link is worth nothing from then on."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            busy={invite.isPending}
            disabled={!isEmail(email)}
            onClick={() => invite.mutate({ organisationId: id, email: email.trim() })}
          >
            Make the link
          </Button>
        </>
      }
    >
      <EmailField label="E-mail of its first owner" value={email} onChange={setEmail} />
      <FormProblem message={invite.error === null ? undefined : wireErrorOf(invite.error).message} />
    </Dialog>
  );
}
