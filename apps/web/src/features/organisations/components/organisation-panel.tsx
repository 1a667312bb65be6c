"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import {
  Button,
  ConfirmDialog,
  Dialog,
  Facts,
  Field,
  FormProblem,
  PanelSection,
  RelativeTime,
  SidePanel,
} from "../../../ui";
import { useBarred } from "../../frame";
import { organisationNameProblem } from "../model/deletion";
import { InviteFirstOwner } from "./first-owner";
import type { ListedOrganisation } from "./use-organisations";

type Asking = "first-owner" | "rename" | "delete" | "keep" | undefined;

interface OrganisationPanelProps {
  readonly organisation: ListedOrganisation;
  readonly onClose: () => void;
}

/** One organisation from outside. */
export function OrganisationPanel({ organisation, onClose }: OrganisationPanelProps) {
  const barred = useBarred("installation.manage");
  const [asking, setAsking] = useState<Asking>();
  const { name, deletionDueAt } = organisation;
  const close = () => setAsking(undefined);
  return (
    <SidePanel
      width={400}
      label={`Organisation ${name}`}
      title={name}
      onClose={onClose}
      footer={
        <>
          <Button barred={barred} onClick={() => setAsking("rename")}>
            Rename
          </Button>
          <span className="flex-1" />
          {deletionDueAt === null ? (
            <Button look="danger" barred={barred} onClick={() => setAsking("delete")}>
              Delete…
            </Button>
          ) : (
            <Button barred={barred} onClick={() => setAsking("keep")}>
              Keep it
            </Button>
          )}
        </>
      }
    >
      <PanelSection>
        <Facts
          facts={[
            ["Members", organisation.members],
            ["Made", <RelativeTime key="made" at={organisation.createdAt} />],
            [
              "Id",
              <code key="id" className="break-all">
                {organisation.id}
              </code>,
            ],
            ...(deletionDueAt === null
              ? []
              : [["Will be deleted", <RelativeTime key="due" at={deletionDueAt} />] as const]),
          ]}
        />
      </PanelSection>
      <PanelSection>
        {organisation.members === 0 ? (
          <div className="mb-3 flex flex-wrap items-center gap-2">
            <p className="min-w-48 flex-1">Nobody has joined it yet.</p>
            <Button barred={barred} onClick={() => setAsking("first-owner")}>
              Another link for its owner…
            </Button>
          </div>
        ) : null}
        <p className="text-muted">
          What it holds is seen by its own members alone. Who belongs to it is decided by its owners.
        </p>
      </PanelSection>
      {asking === "first-owner" ? <InviteFirstOwner organisation={organisation} onClose={close} /> : null}
      {asking === "rename" ? <RenameDialog organisation={organisation} onClose={close} /> : null}
      {asking === "delete" || asking === "keep" ? (
        <EndDialog organisation={organisation} keep={asking === "keep"} onClose={close} />
      ) : null}
    </SidePanel>
  );
}

function RenameDialog({ organisation, onClose }: OrganisationPanelProps) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const [name, setName] = useState(organisation.name);
  const rename = useMutation(
    trpc.organisations.renameOther.mutationOptions({
      onSuccess: () => (onClose(), queries.invalidateQueries(trpc.organisations.pathFilter())),
    }),
  );
  const problem = organisationNameProblem(name);
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`Rename ${organisation.name}`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            busy={rename.isPending}
            disabled={problem !== undefined || name.trim() === organisation.name}
            onClick={() => rename.mutate({ organisationId: organisation.id, name: name.trim() })}
          >
            Rename
          </Button>
        </>
      }
    >
      <Field
        label="Name"
        value={name}
        maxLength={120}
        error={problem}
        onChange={(event) => setName(event.target.value)}
      />
      <FormProblem message={rename.error === null ? undefined : wireErrorOf(rename.error).message} />
    </Dialog>
  );
}

function EndDialog({ organisation, keep, onClose }: OrganisationPanelProps & { readonly keep: boolean }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const after = { onSuccess: () => (onClose(), queries.invalidateQueries(trpc.organisations.pathFilter())) };
  const request = useMutation(trpc.organisations.requestDeletionOf.mutationOptions(after));
  const cancel = useMutation(trpc.organisations.cancelDeletionOf.mutationOptions(after));
  const { id, name, members } = organisation;
  const mutation = keep ? cancel : request;
  return (
    <ConfirmDialog
      title={keep ? `Keep ${name}?` : `Delete ${name}?`}
      description={
        keep
          ? "Nothing of it is deleted; its pages stop saying that it would be."
          : `In seven days everything of it is gone for its ${members} ${members === 1 ? "member" : "members"}, and cannot be brought back. Until then its pages say so, and it can be kept.`
      }
      act={keep ? "Keep it" : `Delete ${name} in seven days`}
      look={keep ? "primary" : "danger"}
      {...(keep ? {} : { typed: name })}
      busy={mutation.isPending}
      problem={mutation.error === null ? undefined : wireErrorOf(mutation.error).message}
      onConfirm={() =>
        keep ? cancel.mutate({ organisationId: id }) : request.mutate({ organisationId: id, confirmName: name })
      }
      onClose={onClose}
    />
  );
}
