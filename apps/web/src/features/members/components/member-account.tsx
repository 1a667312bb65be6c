"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { absoluteTime, Button, ConfirmDialog, Dialog, OnceShown, PanelSection } from "../../../ui";
import { useMay } from "../../frame";
import type { Member } from "./use-members";

type Asking = "factor" | "password" | undefined;

/** What opens the member's account, and what can be done where they have lost it. */
export function MemberAccount({ member }: { readonly member: Member }) {
  const trpc = useTRPC();
  const may = useMay("members.manage");
  const { personId } = member;
  const account = useQuery(trpc.members.account.queryOptions({ personId }, { enabled: may }));
  const [asking, setAsking] = useState<Asking>();
  const close = () => setAsking(undefined);
  if (!may || member.self || account.data === undefined) return null;
  const { hasPassword, hasSecondFactor } = account.data;
  return (
    <PanelSection title="Account">
      <p className="text-muted">{accountWords({ hasPassword, hasSecondFactor })}</p>
      {hasPassword && member.disabledAt === null ? (
        <div className="mt-2 flex flex-wrap gap-2">
          {hasSecondFactor ? <Button onClick={() => setAsking("factor")}>Take the second factor away…</Button> : null}
          <Button onClick={() => setAsking("password")}>Link for a new password…</Button>
        </div>
      ) : null}
      {asking === "factor" ? <TakeFactor member={member} onClose={close} /> : null}
      {asking === "password" ? <NewPasswordLink member={member} onClose={close} /> : null}
    </PanelSection>
  );
}

function accountWords({ hasPassword, hasSecondFactor }: { hasPassword: boolean; hasSecondFactor: boolean }): string {
  if (!hasPassword) return "No password here: a provider opens it.";
  return hasSecondFactor ? "A password, and a second factor beside it." : "A password, and no second factor.";
}

interface ActProps {
  readonly member: Member;
  readonly onClose: () => void;
}

const nameOf = ({ displayName, email }: Member) => displayName || email;

function TakeFactor({ member, onClose }: ActProps) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const take = useMutation(
    trpc.members.takeSecondFactor.mutationOptions({
      onSuccess: () => (onClose(), queries.invalidateQueries(trpc.members.pathFilter())),
    }),
  );
  return (
    <ConfirmDialog
      title={`Take the second factor of ${nameOf(member)} away?`}
      description="For who has lost their phone and their recovery codes. Their password alone opens the account then, every session of theirs ends, and they are told at their next sign-in. Be sure that it is them who asks."
      act="Take it away"
      busy={take.isPending}
      problem={take.error === null ? undefined : wireErrorOf(take.error).message}
      onConfirm={() => take.mutate({ personId: member.personId })}
      onClose={onClose}
    />
  );
}

function NewPasswordLink({ member, onClose }: ActProps) {
  const trpc = useTRPC();
  const make = useMutation(trpc.members.passwordLink.mutationOptions());
  if (make.isSuccess) return <PasswordLinkShown email={member.email} made={make.data} onClose={onClose} />;
  return (
    <ConfirmDialog
      title={`A link for a new password for ${nameOf(member)}?`}
      description="Whoever has the link sets the password, once, within a day. Then every session of theirs ends and they are told at their next sign-in. A second factor stays."
      act="Make the link"
      look="primary"
      busy={make.isPending}
      problem={make.error === null ? undefined : wireErrorOf(make.error).message}
      onConfirm={() => make.mutate({ personId: member.personId })}
      onClose={onClose}
    />
  );
}

interface PasswordLinkShownProps {
  readonly email: string;
  readonly made: { readonly url: string; readonly expiresAt: Date };
  readonly onClose: () => void;
}

/** A link for a new password, this once. */
export function PasswordLinkShown({ email, made, onClose }: PasswordLinkShownProps) {
  return (
    <Dialog
      open
      onOpenChange={onClose}
      width={560}
      title="The link for a new password"
      footer={
        <Button look="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      <OnceShown label="Link for a new password" text={made.url}>
        For {email}. It is not shown again, and Isthmus sends no mail: pass it on in a way that you trust. It works
        once, until {absoluteTime(made.expiresAt)}.
      </OnceShown>
    </Dialog>
  );
}
