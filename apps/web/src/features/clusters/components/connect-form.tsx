"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { Button, Field, LinesSkeleton, PanelSection, ProblemIcon, TextArea } from "../../../ui";
import { Loaded } from "../../frame";
import { clusterNameProblem, parseLabels } from "../model/labels";
import { BuildImage } from "./build-image";
import type { ConnectDefaults, MadeGrant } from "./connect-panel";

interface Draft {
  readonly name: string;
  readonly labels: string;
  readonly hours: string;
  readonly redemptions: string;
  readonly image: string;
  readonly goldmaneAddress: string;
  readonly caPem: string;
}

const emptyDraft: Draft = {
  name: "",
  labels: "",
  hours: "24",
  redemptions: "1",
  image: "",
  goldmaneAddress: "",
  caPem: "",
};

const within = (text: string, least: number, most: number): boolean =>
  /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most;

function problemsOf(draft: Draft) {
  return {
    name: draft.name === "" ? undefined : clusterNameProblem(draft.name),
    labels: parseLabels(draft.labels).problems[0]?.message,
    hours: within(draft.hours, 1, 720) ? undefined : "1 to 720 hours",
    redemptions: within(draft.redemptions, 1, 10) ? undefined : "1 to 10",
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
    const { image, goldmaneAddress, caPem } = draft;
    connect.mutate({
      name: draft.name,
      labels: parseLabels(draft.labels).labels,
      options: {
        ...(image ? { image } : {}),
        ...(goldmaneAddress ? { goldmaneAddress } : {}),
        ...(caPem ? { caPem } : {}),
      },
      grant: { hours: Number(draft.hours), redemptions: Number(draft.redemptions) },
    });
  };
  return (
    <Loaded query={defaults} what="what a cluster is connected with" loading={<LinesSkeleton lines={10} />}>
      {(data) => (
        <form onSubmit={submit}>
          <NamingFields draft={draft} problems={problems} onChange={setDraft} />
          <AgentFields draft={draft} problems={problems} onChange={setDraft} defaults={data} />
          <PanelSection>
            {connect.error === null ? null : <Refusal message={wireErrorOf(connect.error).message} />}
            {barred === undefined ? null : <Refusal message={barred} />}
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

function barredBy({ image, gatewayUrls, pinnedKeys }: ConnectDefaults, draft: Draft): string | undefined {
  if (gatewayUrls.length === 0)
    return "No address of a gateway is set that clusters can dial. Set ISTHMUS_GATEWAY_PUBLIC_URLS and start the web app again.";
  if (pinnedKeys.length === 0)
    return "No gateway has started yet, so there is no key that the agent could know it by. Start a gateway.";
  return image === null && draft.image === "" ? "Name the image of the agent, above." : undefined;
}

const Refusal = ({ message }: { readonly message: string }) => (
  <p role="alert" className="mb-2 flex items-start gap-1.5 text-table">
    <ProblemIcon />
    <span>{message}</span>
  </p>
);

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

function AgentFields({ draft, problems, onChange, defaults }: FieldsProps & { readonly defaults: ConnectDefaults }) {
  return (
    <>
      <PanelSection title="Grant">
        <div className="grid grid-cols-2 gap-3">
          <Field
            label="Good for, hours"
            inputMode="numeric"
            value={draft.hours}
            error={problems.hours}
            onChange={(event) => onChange({ ...draft, hours: event.target.value })}
          />
          <Field
            label="Redemptions"
            inputMode="numeric"
            value={draft.redemptions}
            error={problems.redemptions}
            onChange={(event) => onChange({ ...draft, redemptions: event.target.value })}
          />
        </div>
      </PanelSection>
      <PanelSection title="Agent">
        <div className="flex flex-col gap-3">
          {defaults.image === null ? <BuildImage /> : null}
          <Field
            label="Image"
            mono
            placeholder={defaults.image ?? "registry.example.org/isthmus-agent:0.1.0"}
            value={draft.image}
            onChange={(event) => onChange({ ...draft, image: event.target.value.trim() })}
          />
          <Field
            label="Goldmane"
            mono
            placeholder={defaults.goldmaneAddress}
            value={draft.goldmaneAddress}
            onChange={(event) => onChange({ ...draft, goldmaneAddress: event.target.value.trim() })}
          />
          <TextArea
            label="Authority of the gateway's certificate, PEM"
            mono
            rows={2}
            hint="Only where it is your own; else the system's are used."
            value={draft.caPem}
            onChange={(event) => onChange({ ...draft, caPem: event.target.value })}
          />
          <p className="text-table text-muted">
            Runs in the namespace <code>{defaults.namespace}</code> and dials{" "}
            <code className="break-all">{defaults.gatewayUrls.join(", ") || "(no gateway is set)"}</code>.
          </p>
        </div>
      </PanelSection>
    </>
  );
}
