"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useSearchParams } from "next/navigation";
import { useState } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import {
  Badge,
  Button,
  ClusterName,
  Dialog,
  formatCount,
  LinesSkeleton,
  PanelSection,
  ProblemIcon,
  SidePanel,
  Tabs,
} from "../../../ui";
import { Loaded, useBarred, useLink, useSetParams } from "../../frame";
import { INCOMPLETE_HITS } from "../model/hits";
import { placeOn } from "../model/placement";
import { ClusterStates } from "./cluster-states";
import { ApplyRevision, PolicyHistory } from "./policy-history";
import { SelectedWorkloads } from "./selected-workloads";
import { Marked, Sentences } from "./sentences";
import { usePolicy, type PolicyDetail } from "./use-policies";
import { YamlEditor } from "./yaml-editor";

type Part = "policy" | "yaml" | "history";
const partOf = (text: string | null): Part => (text === "yaml" || text === "history" ? text : "policy");

export interface PolicyPanelProps {
  readonly policyId: string;
  readonly onClose: () => void;
  readonly onEdit: () => void;
}

/** One policy: its rules as sentences, its text, where it stands, who it selects, its history. */
export function PolicyPanel({ policyId, onClose, onEdit }: PolicyPanelProps) {
  const found = usePolicy(policyId);
  const policy = found.data;
  return (
    <SidePanel
      width={504}
      label={policy === undefined ? "Policy" : `Policy ${policy.name}`}
      title={policy === undefined ? "Policy" : <Title policy={policy} />}
      subtitle={policy === undefined ? undefined : <Subtitle policy={policy} />}
      onClose={onClose}
      footer={policy === undefined ? undefined : <Acts policy={policy} onEdit={onEdit} />}
    >
      <Loaded query={found} what="the policy" loading={<LinesSkeleton lines={8} />}>
        {(read) => <Parts policy={read} />}
      </Loaded>
    </SidePanel>
  );
}

const Title = ({ policy }: { readonly policy: PolicyDetail }) => (
  <span className="flex flex-wrap items-center gap-2">
    <span className="font-mono">{policy.name}</span>
    {policy.newestNumber !== policy.appliedNumber ? <Badge look="accent">draft r{policy.newestNumber}</Badge> : null}
  </span>
);

function Subtitle({ policy }: { readonly policy: PolicyDetail }) {
  const mode =
    policy.mode === "enforced"
      ? `r${policy.appliedNumber ?? "?"} enforced`
      : policy.mode === "withdrawn"
        ? "withdrawn"
        : "never applied";
  return `${policy.kind}${policy.namespace === "" ? "" : ` in ${policy.namespace}`}, ${mode}`;
}

function Parts({ policy }: { readonly policy: PolicyDetail }) {
  const params = useSearchParams();
  const setParams = useSetParams();
  return (
    <Tabs
      label="Parts of the policy"
      value={partOf(params.get("part"))}
      onChange={(part) => setParams({ part: part === "policy" ? undefined : part })}
      className="h-full"
      tabs={[
        { value: "policy", label: "Policy", content: <Overview policy={policy} /> },
        {
          value: "yaml",
          label: "YAML",
          content: (
            <div className="h-full">
              {policy.shown === null ? null : (
                <YamlEditor label="Text of the policy" value={policy.shown.manifestYaml} />
              )}
            </div>
          ),
        },
        {
          value: "history",
          label: "History",
          count: policy.revisions.length,
          content: (
            <div className="px-4 py-3">
              <PolicyHistory policy={policy} />
            </div>
          ),
        },
      ]}
    />
  );
}

function Overview({ policy }: { readonly policy: PolicyDetail }) {
  const { shown } = policy;
  if (shown === null) return <p className="px-4 py-3 text-table text-muted">It has no revision.</p>;
  const placed = placeOn(shown.placementSelector, policy.clusters);
  return (
    <>
      <PanelSection
        title={shown.sentences === null ? "Rules" : <Marked text={shown.sentences.applies} />}
        trail={
          <span className="whitespace-nowrap">
            {policy.hits === null
              ? "hits not known"
              : `${policy.hitsComplete ? "" : "at least "}${formatCount(policy.hits.connections)} hits`}
          </span>
        }
      >
        {shown.sentences === null ? (
          <p className="text-table">This text cannot be read here; look at the YAML.</p>
        ) : (
          <Sentences sentences={shown.sentences} hits={policy.hits} />
        )}
        {policy.hits === null || policy.hitsComplete ? null : (
          <p className="mt-2 flex items-start gap-1.5 text-table">
            <ProblemIcon /> hits: {INCOMPLETE_HITS}
          </p>
        )}
      </PanelSection>
      <PanelSection
        title="In the clusters"
        trail={
          policy.mode === "enforced"
            ? `${policy.states.filter((state) => state.state === "applied").length} of ${policy.states.filter((state) => state.wanted).length} applied`
            : undefined
        }
      >
        <ClusterStates policy={policy} />
      </PanelSection>
      <PanelSection
        title={
          <>
            Placed where <code>{shown.placementSelector}</code>
          </>
        }
        trail={placed.ok ? `${placed.value.length} of ${policy.clusters.length} clusters` : placed.error.message}
      >
        <div className="flex flex-wrap gap-1">
          {placed.ok ? (
            placed.value.map((cluster) => (
              <Badge key={cluster.id}>
                <ClusterName index={cluster.ordinal} name={cluster.name} />
              </Badge>
            ))
          ) : (
            <span className="text-table text-muted">{placed.error.hint}</span>
          )}
        </div>
        <Moved policy={policy} placedIds={placed.ok ? placed.value.map((cluster) => cluster.id) : []} />
      </PanelSection>
      <PanelSection title="Selects now">
        <SelectedWorkloads yaml={shown.manifestYaml} placement={shown.placementSelector} clusters={policy.clusters} />
      </PanelSection>
      <FlowsLink policy={policy} />
    </>
  );
}

function Moved({ policy, placedIds }: { readonly policy: PolicyDetail; readonly placedIds: readonly string[] }) {
  if (policy.mode !== "enforced") return null;
  const approved = policy.applications[0]?.clusterIds ?? [];
  const fresh = placedIds.filter((id) => !approved.includes(id));
  if (fresh.length === 0) return null;
  const names = fresh.map((id) => policy.clusters.find((cluster) => cluster.id === id)?.name ?? "").join(", ");
  return (
    <p className="mt-2 flex items-start gap-1.5 text-table">
      <ProblemIcon /> <span>The selector matches {names} too since it was applied. Apply again to place it there.</span>
    </p>
  );
}

function FlowsLink({ policy }: { readonly policy: PolicyDetail }) {
  const link = useLink();
  return (
    <PanelSection>
      <Link
        href={link(`/flows?q=${encodeURIComponent(`policy = ${policy.name}`)}`)}
        className="text-table hover:underline"
      >
        Flows that met it
      </Link>
    </PanelSection>
  );
}

function Acts({ policy, onEdit }: { readonly policy: PolicyDetail; readonly onEdit: () => void }) {
  const barred = useBarred("policies.write");
  const draft =
    policy.newestNumber !== policy.appliedNumber || policy.mode !== "enforced" ? policy.revisions[0] : undefined;
  return (
    <div className="flex w-full flex-wrap items-start gap-2">
      {draft === undefined ? null : (
        <div className="-mt-2 basis-full">
          <ApplyRevision policy={policy} revision={draft} />
        </div>
      )}
      <Button barred={barred} onClick={onEdit}>
        Edit
      </Button>
      {policy.mode === "enforced" ? <Withdraw policy={policy} /> : null}
    </div>
  );
}

function Withdraw({ policy }: { readonly policy: PolicyDetail }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const barred = useBarred("policies.apply");
  const withdraw = useMutation(
    trpc.policies.withdraw.mutationOptions({
      onSuccess: () => {
        setAsking(false);
        return queries.invalidateQueries(trpc.policies.pathFilter());
      },
    }),
  );
  const names = (policy.applications[0]?.clusterIds ?? [])
    .map((id) => policy.clusters.find((cluster) => cluster.id === id)?.name ?? "")
    .filter(Boolean);
  const label = `Withdraw from ${names.length} ${names.length === 1 ? "cluster" : "clusters"}`;
  return (
    <>
      <Button look="danger" barred={barred} onClick={() => setAsking(true)}>
        Withdraw
      </Button>
      <Dialog
        open={asking}
        onOpenChange={setAsking}
        title={`Withdraw ${policy.name}?`}
        description={`It is removed from ${names.join(", ")}. Traffic there is then decided without it. Its revisions stay, and any of them can be applied again.`}
        footer={
          <>
            <Button onClick={() => setAsking(false)}>Keep it</Button>
            <Button look="danger" busy={withdraw.isPending} onClick={() => withdraw.mutate({ policyId: policy.id })}>
              {label}
            </Button>
          </>
        }
      >
        {withdraw.error === null ? null : (
          <p role="alert" className="flex items-start gap-1.5 text-table">
            <ProblemIcon /> {wireErrorOf(withdraw.error).message}
          </p>
        )}
      </Dialog>
    </>
  );
}
