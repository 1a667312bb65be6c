"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { Button, Field, FormProblem, LinesSkeleton, PanelSection, TextArea } from "../../../ui";
import { Loaded } from "../../frame";
import { clusterNameProblem, parseLabels } from "../model/labels";
import type { MadeGrant } from "./connect-panel";
import {
  AgentFields,
  barredBy,
  emptyGrantDraft,
  grantInputOf,
  grantProblems,
  TermFields,
  type GrantDraft,
} from "./grant-fields";

interface Draft extends GrantDraft {
  readonly name: string;
  readonly labels: string;
}

const emptyDraft: Draft = { ...emptyGrantDraft, name: "", labels: "" };

function problemsOf(draft: Draft) {
  return {
    name: draft.name === "" ? undefined : clusterNameProblem(draft.name),
    labels: parseLabels(draft.labels).problems[0]?.message,
    ...grantProblems(draft, 10),
  };
}

/** Name and labels of a cluster, and what its agent needs to know. */
export function ConnectForm({ onMade }: { readonly onMade: (grant: MadeGrant) => void }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const defaults = useQuery(trpc.clusters.connectDefaults.queryOptions());
  const [draft, setDraft] = useState(emptyDraft);
  const connect = useMutation(
    trpc.clusters.connect.mutationOptions({
      onSuccess: (grant) => {
        void queries.invalidateQueries(trpc.clusters.pathFilter());
        onMade(grant);
      },
    }),
  );
  const problems = problemsOf(draft);
  const barred = defaults.data === undefined ? undefined : barredBy(defaults.data, draft);
  const ready =
    draft.name !== "" && barred === undefined && Object.values(problems).every((each) => each === undefined);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (!ready) return;
    connect.mutate({ name: draft.name, labels: parseLabels(draft.labels).labels, ...grantInputOf(draft) });
  };
  return (
    <Loaded query={defaults} what="what a cluster is connected with" loading={<LinesSkeleton lines={10} />}>
      {(data) => (
        <form onSubmit={submit}>
          <NamingFields draft={draft} problems={problems} onChange={setDraft} />
          <TermFields draft={draft} problems={problems} onChange={(terms) => setDraft({ ...draft, ...terms })} />
          <AgentFields draft={draft} onChange={(agent) => setDraft({ ...draft, ...agent })} defaults={data} />
          <PanelSection>
            <FormProblem
              message={barred ?? (connect.error === null ? undefined : wireErrorOf(connect.error).message)}
            />
            <Button type="submit" look="primary" busy={connect.isPending} disabled={!ready}>
              Make the grant and show the manifest
            </Button>
            <p className="mt-2 text-table text-muted">
              The manifest holds a secret. It is shown once; only its hash is kept here.
            </p>
          </PanelSection>
        </form>
      )}
    </Loaded>
  );
}

interface FieldsProps {
  readonly draft: Draft;
  readonly problems: ReturnType<typeof problemsOf>;
  readonly onChange: (draft: Draft) => void;
}

function NamingFields({ draft, problems, onChange }: FieldsProps) {
  return (
    <PanelSection title="Name and labels">
      <div className="flex flex-col gap-3">
        <Field
          label="Name"
          mono
          // oxlint-disable-next-line jsx-a11y/no-autofocus -- it opens at the wish of the person, to be filled in
          autoFocus
          autoComplete="off"
          placeholder="af-south"
          value={draft.name}
          error={problems.name}
          onChange={(event) => onChange({ ...draft, name: event.target.value.trim() })}
        />
        <TextArea
          label="Labels"
          mono
          rows={3}
          placeholder={"region=af-south\njurisdiction=ZA\nenv=prod"}
          hint='One a line. Policies are placed by them, with the name: jurisdiction == "ZA"'
          value={draft.labels}
          error={problems.labels}
          onChange={(event) => onChange({ ...draft, labels: event.target.value })}
        />
      </div>
    </PanelSection>
  );
}
