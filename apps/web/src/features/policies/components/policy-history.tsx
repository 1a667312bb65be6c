"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { absoluteTime, Button, ProblemIcon, RelativeTime } from "../../../ui";
import { useBarred } from "../../frame";
import { applyLabel, placeOn } from "../model/placement";
import { YamlEditor } from "./yaml-editor";
import type { PolicyDetail } from "./use-policies";

type Revision = PolicyDetail["revisions"][number];

/** What was decided, newest first, and every text that the policy ever had; any of them can be applied again. */
export function PolicyHistory({ policy }: { readonly policy: PolicyDetail }) {
  const [open, setOpen] = useState<string>();
  return (
    <>
      <h3 className="mb-1 text-table font-medium text-muted">Decisions</h3>
      {policy.applications.length === 0 ? <p className="mb-3 text-table text-muted">It was never applied.</p> : null}
      <ol className="mb-4">
        {policy.applications.map((application) => (
          <li key={application.id} className="border-b border-line py-1.5 text-table last:border-b-0">
            <span className="flex justify-between gap-2">
              <span>
                <b className="font-semibold">
                  {application.action === "apply" ? `r${application.number ?? "?"} applied` : "withdrawn"}
                </b>{" "}
                by {application.approver}
              </span>
              <span className="text-muted" title={absoluteTime(application.approvedAt)}>
                <RelativeTime at={application.approvedAt} />
              </span>
            </span>
            {application.action === "apply" ? (
              <span className="block text-muted">to {names(application.clusterIds, policy)}</span>
            ) : null}
            {application.comment === "" ? null : <span className="block">{application.comment}</span>}
          </li>
        ))}
      </ol>
      <h3 className="mb-1 text-table font-medium text-muted">Revisions</h3>
      <ol>
        {policy.revisions.map((revision) => (
          <RevisionLine
            key={revision.id}
            policy={policy}
            revision={revision}
            open={open === revision.id}
            onToggle={() => setOpen(open === revision.id ? undefined : revision.id)}
          />
        ))}
      </ol>
    </>
  );
}

const names = (ids: readonly string[], policy: PolicyDetail): string =>
  ids.map((id) => policy.clusters.find((cluster) => cluster.id === id)?.name ?? "a removed cluster").join(", ");

interface RevisionLineProps {
  readonly policy: PolicyDetail;
  readonly revision: Revision;
  readonly open: boolean;
  readonly onToggle: () => void;
}

function RevisionLine({ policy, revision, open, onToggle }: RevisionLineProps) {
  const now = policy.mode === "enforced" && policy.appliedNumber === revision.number;
  return (
    <li className="border-b border-line py-1.5 text-table last:border-b-0">
      <button
        type="button"
        aria-expanded={open}
        onClick={onToggle}
        className="flex w-full justify-between gap-2 text-left hover:underline"
      >
        <span>
          <b className="font-semibold">r{revision.number}</b> by {revision.author}
          {now ? <span className="ml-2 rounded-sm border border-line-strong px-1">applied now</span> : null}
        </span>
        <span className="text-muted" title={absoluteTime(revision.createdAt)}>
          <RelativeTime at={revision.createdAt} />
        </span>
      </button>
      <span className="block font-mono text-muted">{revision.placementSelector}</span>
      {revision.comment === "" ? null : <span className="block">{revision.comment}</span>}
      {open ? (
        <>
          <div className="mt-2 h-64 overflow-hidden rounded-md border border-line">
            <YamlEditor label={`Text of revision ${revision.number}`} value={revision.manifestYaml} />
          </div>
          {now ? null : <ApplyRevision policy={policy} revision={revision} />}
        </>
      ) : null}
    </li>
  );
}

/** Applies a revision that is saved: the newest, or an earlier one to go back to it. */
export function ApplyRevision({ policy, revision }: { readonly policy: PolicyDetail; readonly revision: Revision }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const apply = useMutation(
    trpc.policies.applyRevision.mutationOptions({
      onSuccess: () => queries.invalidateQueries(trpc.policies.pathFilter()),
    }),
  );
  const barred = useBarred("policies.apply");
  const placed = placeOn(revision.placementSelector, policy.clusters);
  const verb =
    policy.mode === "enforced" && revision.number < (policy.appliedNumber ?? 0)
      ? `Revert to r${revision.number}, apply`
      : `Apply r${revision.number}`;
  return (
    <div className="mt-2">
      <Button
        look="primary"
        barred={barred}
        disabled={!placed.ok}
        busy={apply.isPending}
        onClick={() =>
          placed.ok &&
          apply.mutate({
            policyId: policy.id,
            revisionId: revision.id,
            clusterIds: placed.value.map((cluster) => cluster.id),
          })
        }
        className="h-auto min-h-7 py-1 text-left whitespace-normal"
      >
        {placed.ok
          ? applyLabel(
              verb,
              placed.value.map((cluster) => cluster.name),
            )
          : verb}
      </Button>
      {placed.ok ? null : (
        <p className="mt-1 text-table text-muted">
          {placed.error.message}: {placed.error.hint}
        </p>
      )}
      {apply.error === null ? null : (
        <p role="alert" className="mt-1 flex items-start gap-1.5 text-table">
          <ProblemIcon /> <span>{wireErrorOf(apply.error).message}</span>
        </p>
      )}
    </div>
  );
}
