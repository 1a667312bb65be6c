"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { inferRouterOutputs } from "@trpc/server";
import { useState, type SyntheticEvent } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import type { AppRouter } from "../../../server/router";
import {
  absoluteTime,
  Button,
  Field,
  FormProblem,
  LinesSkeleton,
  PanelSection,
  SidePanel,
  TextArea,
} from "../../../ui";
import { Loaded } from "../../frame";
import { namePrefixProblem, parseLabels } from "../model/labels";
import {
  AgentFields,
  barredBy,
  emptyGrantDraft,
  grantInputOf,
  grantProblems,
  TermFields,
  type GrantDraft,
} from "./grant-fields";
import { ManifestShown, ManifestWays, type ManifestWay } from "./manifest-shown";

type MadeFleetGrant = inferRouterOutputs<AppRouter>["clusters"]["connectFleet"];

/** Makes a grant by which many clusters join, and shows its manifest once. */
export function FleetPanel({ onClose }: { readonly onClose: () => void }) {
  const [made, setMade] = useState<{ readonly grant: MadeFleetGrant; readonly namePrefix: string }>();
  return (
    <SidePanel
      width={424}
      label="New fleet grant"
      title={made === undefined ? "New fleet grant" : "Fleet grant made"}
      subtitle="One manifest for many clusters. Each that applies it joins as a cluster of its own."
      onClose={onClose}
    >
      {made === undefined ? (
        <FleetForm onMade={(grant, namePrefix) => setMade({ grant, namePrefix })} />
      ) : (
        <Made grant={made.grant} namePrefix={made.namePrefix} />
      )}
    </SidePanel>
  );
}

interface Draft extends GrantDraft {
  readonly namePrefix: string;
  readonly labels: string;
}

const MOST_REDEMPTIONS = 1_000;
const emptyDraft: Draft = { ...emptyGrantDraft, redemptions: "10", namePrefix: "", labels: "" };

function problemsOf(draft: Draft) {
  return {
    namePrefix: draft.namePrefix === "" ? undefined : namePrefixProblem(draft.namePrefix),
    labels: parseLabels(draft.labels).problems[0]?.message,
    ...grantProblems(draft, MOST_REDEMPTIONS),
  };
}

function FleetForm({ onMade }: { readonly onMade: (grant: MadeFleetGrant, namePrefix: string) => void }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const defaults = useQuery(trpc.clusters.connectDefaults.queryOptions());
  const [draft, setDraft] = useState(emptyDraft);
  const make = useMutation(
    trpc.clusters.connectFleet.mutationOptions({
      onSuccess: (grant, { namePrefix }) => {
        void queries.invalidateQueries(trpc.clusters.pathFilter());
        onMade(grant, namePrefix);
      },
    }),
  );
  const problems = problemsOf(draft);
  const barred = defaults.data === undefined ? undefined : barredBy(defaults.data, draft);
  const whole = draft.namePrefix !== "" && Object.values(problems).every((each) => each === undefined);
  const change = (part: Partial<Draft>) => setDraft({ ...draft, ...part });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const { namePrefix } = draft;
    if (whole && barred === undefined)
      make.mutate({ namePrefix, labels: parseLabels(draft.labels).labels, ...grantInputOf(draft) });
  };
  return (
    <Loaded query={defaults} what="what clusters are connected with" loading={<LinesSkeleton lines={10} />}>
      {(data) => (
        <form onSubmit={submit}>
          <PanelSection title="Names and labels">
            <div className="flex flex-col gap-3">
              <Field
                label="Names begin with"
                mono
                autoComplete="off"
                placeholder="edge"
                hint={`Followed by a part of the cluster's UID: ${draft.namePrefix || "edge"}-7b1c8f86`}
                value={draft.namePrefix}
                error={problems.namePrefix}
                onChange={(event) => change({ namePrefix: event.target.value.trim() })}
              />
              <TextArea
                label="Labels of each"
                mono
                rows={3}
                placeholder={"env=edge\nregion=af-south"}
                hint="One a line. Each cluster gets them when it joins; they can be changed on its page."
                value={draft.labels}
                error={problems.labels}
                onChange={(event) => change({ labels: event.target.value })}
              />
            </div>
          </PanelSection>
          <TermFields draft={draft} problems={problems} onChange={change} />
          <AgentFields draft={draft} onChange={change} defaults={data} />
          <PanelSection>
            <FormProblem message={barred ?? (make.error === null ? undefined : wireErrorOf(make.error).message)} />
            <Button type="submit" look="primary" busy={make.isPending} disabled={!whole || barred !== undefined}>
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

function Made({ grant, namePrefix }: { readonly grant: MadeFleetGrant; readonly namePrefix: string }) {
  const [way, setWay] = useState<ManifestWay>("file");
  return (
    <PanelSection title="Run in each cluster" trail={<ManifestWays way={way} onChange={setWay} />}>
      <ManifestShown made={grant} way={way} file={`isthmus-${namePrefix}.yaml`} />
      <p className="mt-2 text-table text-muted">
        Good until {absoluteTime(grant.expiresAt)}. The link works once, the file as often as the grant.
      </p>
    </PanelSection>
  );
}
