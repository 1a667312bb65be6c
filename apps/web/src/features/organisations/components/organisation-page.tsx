"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useState, type ReactNode } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { Button, Checkbox, ConfirmDialog, Field, FormProblem, LinesSkeleton, Notice, useNow } from "../../../ui";
import { Loaded, PageBody, useBarred } from "../../frame";
import { deletionWords, organisationNameProblem } from "../model/deletion";
import { useOrganisation, type Organisation } from "./use-organisations";

/** What concerns the organisation as a whole: its name, how its people sign in, its data, its end. */
export function OrganisationPage() {
  return (
    <PageBody className="overflow-auto">
      <Loaded query={useOrganisation()} what="the organisation" loading={<LinesSkeleton lines={8} />}>
        {(organisation) => (
          <div className="flex w-full max-w-180 flex-col gap-4 p-4">
            <NameForm key={organisation.name} organisation={organisation} />
            <SignInRule organisation={organisation} />
            <Export />
            <Deletion organisation={organisation} />
          </div>
        )}
      </Loaded>
    </PageBody>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section aria-label={title} className="rounded-md border border-line bg-surface">
      <h2 className="border-b border-line px-4 py-2.5 font-semibold">{title}</h2>
      <div className="flex flex-col gap-3 p-4">{children}</div>
    </section>
  );
}

interface PartProps {
  readonly organisation: Organisation;
}

function NameForm({ organisation }: PartProps) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const barred = useBarred("organisation.manage");
  const [name, setName] = useState(organisation.name);
  const rename = useMutation(
    trpc.organisations.rename.mutationOptions({ onSuccess: () => queries.invalidateQueries() }),
  );
  const problem = organisationNameProblem(name);
  return (
    <Part title="Name">
      <form
        className="flex items-end gap-2 max-sm:flex-col max-sm:items-stretch"
        onSubmit={(event) => {
          event.preventDefault();
          if (problem === undefined) rename.mutate({ name: name.trim() });
        }}
      >
        <Field
          label="Name of the organisation"
          className="min-w-0 flex-1"
          value={name}
          maxLength={120}
          error={problem}
          onChange={(event) => setName(event.target.value)}
        />
        <Button
          type="submit"
          className="h-8"
          barred={barred}
          busy={rename.isPending}
          disabled={problem !== undefined || name.trim() === organisation.name}
        >
          Rename
        </Button>
      </form>
      <FormProblem message={rename.error === null ? undefined : wireErrorOf(rename.error).message} />
    </Part>
  );
}

function SignInRule({ organisation }: PartProps) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const barred = useBarred("organisation.manage");
  const [asking, setAsking] = useState(false);
  const set = useMutation(
    trpc.organisations.setSignInRule.mutationOptions({
      onSuccess: () => (setAsking(false), queries.invalidateQueries(trpc.organisations.pathFilter())),
    }),
  );
  const { requiresOwnProvider } = organisation;
  const problem = set.error === null ? undefined : wireErrorOf(set.error).message;
  return (
    <Part title="Sign-in">
      <Checkbox
        label="Only through the organisation's own single sign-on"
        hint="Sessions begun with a password or with a provider of the whole installation are then not good here."
        checked={requiresOwnProvider}
        disabled={barred !== undefined || set.isPending}
        onChange={(on) => (on ? setAsking(true) : set.mutate({ requiresOwnProvider: false }))}
      />
      {asking ? (
        <ConfirmDialog
          title="Let people in only through your own single sign-on?"
          description="Every session here that was begun otherwise ends at once, yours too if it was. Whoever your provider does not know cannot come in any more: test the provider before."
          act="Demand single sign-on"
          busy={set.isPending}
          problem={problem}
          onConfirm={() => set.mutate({ requiresOwnProvider: true })}
          onClose={() => setAsking(false)}
        />
      ) : (
        <FormProblem message={problem} />
      )}
    </Part>
  );
}

const Export = () => (
  <Part title="Export">
    <p className="text-muted">
      Clusters, tiers, policies with all revisions, members, roles, bindings and the audit log, as one file of JSON
      Lines. Secrets are not in it. The export is written into the audit log.
    </p>
    <a
      href="/api/export/organisation"
      download
      className="inline-flex h-7 items-center gap-1.5 self-start rounded-md border border-line-strong bg-surface px-3 font-medium text-text hover:bg-wash"
    >
      <Download size={14} aria-hidden />
      Export
    </a>
  </Part>
);

function Deletion({ organisation }: PartProps) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const barred = useBarred("organisation.manage");
  const now = useNow();
  const [asking, setAsking] = useState(false);
  const after = { onSuccess: () => (setAsking(false), queries.invalidateQueries(trpc.organisations.pathFilter())) };
  const request = useMutation(trpc.organisations.requestDeletion.mutationOptions(after));
  const cancel = useMutation(trpc.organisations.cancelDeletion.mutationOptions(after));
  const { name, deletionDueAt } = organisation;
  if (deletionDueAt !== null) {
    return (
      <Part title="Deletion">
        <Notice look="problem">{deletionWords(name, deletionDueAt, now)}</Notice>
        <Button className="self-start" barred={barred} busy={cancel.isPending} onClick={() => cancel.mutate()}>
          Keep the organisation
        </Button>
        <FormProblem message={cancel.error === null ? undefined : wireErrorOf(cancel.error).message} />
      </Part>
    );
  }
  return (
    <Part title="Deletion">
      <p className="text-muted">
        Everything of {name} goes: clusters, flows, policies, members and the audit log. It happens seven days after it
        is asked for; until then it can be stopped. What is written in clusters stays there.
      </p>
      <Button look="danger" className="self-start" barred={barred} onClick={() => setAsking(true)}>
        Delete {name}…
      </Button>
      {asking ? (
        <ConfirmDialog
          title={`Delete ${name}?`}
          description="In seven days everything of it is gone and cannot be brought back. Until then every page says so, and whoever manages the organisation can stop it. Export it first if anything is to be kept."
          act={`Delete ${name} in seven days`}
          typed={name}
          busy={request.isPending}
          problem={request.error === null ? undefined : wireErrorOf(request.error).message}
          onConfirm={() => request.mutate({ confirmName: name })}
          onClose={() => setAsking(false)}
        />
      ) : null}
    </Part>
  );
}
