"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Eye } from "lucide-react";
import { useState } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { Button, ConfirmDialog } from "../../../ui";
import { useAccess, useBarred, useMay, useSetParams } from "../../frame";
import type { Member } from "./use-members";

type Asking = "shut-out" | "let-in" | "remove" | undefined;

/** What can be done about a member; each asks first and says how far it reaches. */
export function MemberActs({ member }: { readonly member: Member }) {
  const barred = useBarred("members.manage");
  const mayView = useMay("organisation.view-as");
  const [asking, setAsking] = useState<Asking>();
  const out = member.disabledAt !== null;
  return (
    <>
      {mayView && !member.self && !out ? <ViewAs member={member} /> : null}
      <span className="flex-1" />
      {member.self ? null : (
        <Button barred={barred} onClick={() => setAsking(out ? "let-in" : "shut-out")}>
          {out ? "Let in again" : "Shut out"}
        </Button>
      )}
      <Button look="danger" barred={member.self ? undefined : barred} onClick={() => setAsking("remove")}>
        {member.self ? "Leave" : "Remove"}
      </Button>
      {asking === undefined ? null : <Confirm member={member} asking={asking} onClose={() => setAsking(undefined)} />}
    </>
  );
}

function ViewAs({ member }: { readonly member: Member }) {
  const trpc = useTRPC();
  const view = useMutation(
    // A full load: nothing that was read with one's own eyes stays on the page.
    trpc.signIn.viewAs.mutationOptions({ onSuccess: () => window.location.assign("/") }),
  );
  return (
    <>
      <Button
        icon={<Eye size={14} aria-hidden />}
        busy={view.isPending || view.isSuccess}
        onClick={() => view.mutate({ personId: member.personId })}
      >
        View as
      </Button>
      {view.error === null ? null : (
        <p role="alert" className="w-full text-table">
          {wireErrorOf(view.error).message}
        </p>
      )}
    </>
  );
}

interface ConfirmProps {
  readonly member: Member;
  readonly asking: NonNullable<Asking>;
  readonly onClose: () => void;
}

function Confirm({ member, asking, onClose }: ConfirmProps) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const setParams = useSetParams();
  const { organisation } = useAccess();
  const after = () => {
    void queries.invalidateQueries(trpc.members.pathFilter());
    void queries.invalidateQueries(trpc.roles.pathFilter());
    onClose();
  };
  const disable = useMutation(trpc.members.disable.mutationOptions({ onSuccess: after }));
  const enable = useMutation(trpc.members.enable.mutationOptions({ onSuccess: after }));
  const remove = useMutation(
    trpc.members.remove.mutationOptions({ onSuccess: () => (after(), setParams({ person: undefined })) }),
  );
  const leave = useMutation(trpc.members.leave.mutationOptions({ onSuccess: () => window.location.assign("/") }));
  const name = member.displayName || member.email;
  const { personId } = member;
  const { title, description, act, mutation, run } = {
    "shut-out": {
      title: `Shut ${name} out?`,
      description: `Every session of theirs in ${organisation.name} ends at once, and they cannot sign in to it until they are let in again. Their roles and tokens stay, and do nothing meanwhile.`,
      act: "Shut out",
      mutation: disable,
      run: () => disable.mutate({ personId }),
    },
    "let-in": {
      title: `Let ${name} in again?`,
      description: "They can sign in again, with the roles that they have now. Their tokens work again too.",
      act: "Let in again",
      mutation: enable,
      run: () => enable.mutate({ personId }),
    },
    remove: {
      title: member.self ? `Leave ${organisation.name}?` : `Remove ${name} from ${organisation.name}?`,
      description: `Their ${member.bindings.length === 1 ? "role" : "roles"}, tokens and sessions here end at once. What they did stays in the audit log. To come back they need a new invitation.`,
      act: member.self ? "Leave" : "Remove",
      mutation: member.self ? leave : remove,
      run: () => (member.self ? leave.mutate() : remove.mutate({ personId })),
    },
  }[asking];
  return (
    <ConfirmDialog
      title={title}
      description={description}
      act={act}
      look={asking === "let-in" ? "primary" : "danger"}
      busy={mutation.isPending}
      problem={mutation.error === null ? undefined : wireErrorOf(mutation.error).message}
      onConfirm={run}
      onClose={onClose}
    />
  );
}
