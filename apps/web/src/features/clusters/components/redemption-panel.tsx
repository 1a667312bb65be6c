"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { absoluteTime, Badge, Button, ConfirmDialog, Facts, FormProblem, PanelSection, SidePanel } from "../../../ui";
import { useBarred, useLink } from "../../frame";
import { grantName, RedemptionMark } from "./enrolment-columns";
import type { RedemptionLine } from "./use-enrolment";

export interface RedemptionPanelProps {
  readonly line: RedemptionLine;
  readonly onClose: () => void;
}

/** One redemption: who asks, by which grant, and the person's word on it. */
export function RedemptionPanel({ line, onClose }: RedemptionPanelProps) {
  const link = useLink();
  const labels = Object.entries(line.grant.labels);
  const moments = [
    ["First asked", line.initiatedAt],
    ["Last asked", line.lastAttemptAt],
    [line.state === "refused" ? "Refused" : "Approved", line.decidedAt],
    ["Joined", line.completedAt],
  ] as const;
  return (
    <SidePanel
      width={400}
      label="Redemption"
      title={
        line.cluster === null ? (
          "A cluster asks to join"
        ) : (
          <Link href={link(`/clusters/${encodeURIComponent(line.cluster)}`)} className="font-mono hover:underline">
            {line.cluster}
          </Link>
        )
      }
      subtitle={<RedemptionMark state={line.state} />}
      onClose={onClose}
      footer={line.state === "waiting" ? <Decision line={line} /> : undefined}
    >
      {line.advice === "" ? null : (
        <PanelSection>
          <p className="text-table">{line.advice}</p>
        </PanelSection>
      )}
      <PanelSection title="Who asks">
        <Facts
          facts={[
            [
              "kube-system",
              <code key="uid" className="break-all">
                {line.clusterUid}
              </code>,
            ],
            [
              "Key",
              <code key="key" className="break-all">
                {line.keyFingerprint}
              </code>,
            ],
            ["Agent", [line.agentVersion, line.instance].filter(Boolean).join(", ") || "not told"],
            ["From", line.remoteAddress || "not told"],
          ]}
        />
        <p className="mt-2 text-table text-muted">
          The agent has proved the key. The UID is what it says of its cluster: compare it with{" "}
          <code className="break-all">kubectl get ns kube-system -o jsonpath={"{.metadata.uid}"}</code>.
        </p>
      </PanelSection>
      <PanelSection title="Grant">
        <Facts
          facts={[
            ["For", <code key="for">{grantName(line)}</code>],
            ["Expires", absoluteTime(line.grant.expiresAt)],
          ]}
        />
        <div className="mt-2 flex flex-wrap gap-1">
          {labels.map(([key, value]) => (
            <Badge key={key} mono>
              {key} = {value}
            </Badge>
          ))}
        </div>
      </PanelSection>
      <PanelSection title="What happened">
        <Facts facts={moments.flatMap(([name, at]) => (at === null ? [] : [[name, absoluteTime(at)] as const]))} />
        {line.decidedBy === null ? null : <p className="mt-1 text-table text-muted">Decided by {line.decidedBy}.</p>}
      </PanelSection>
    </SidePanel>
  );
}

function Decision({ line }: { readonly line: RedemptionLine }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const [refusing, setRefusing] = useState(false);
  const barred = useBarred("clusters.connect");
  const elsewhere = line.mayDecide ? undefined : "You may not connect clusters with these labels.";
  const decide = useMutation(
    trpc.clusters.decideRedemption.mutationOptions({
      onSuccess: () => (setRefusing(false), queries.invalidateQueries(trpc.clusters.pathFilter())),
    }),
  );
  const problem = decide.error === null ? undefined : wireErrorOf(decide.error).message;
  return (
    <>
      <Button
        look="primary"
        barred={barred ?? elsewhere}
        busy={decide.isPending && !refusing}
        onClick={() => decide.mutate({ redemptionId: line.id, decision: "approve" })}
      >
        Approve
      </Button>
      <Button look="danger" barred={barred ?? elsewhere} onClick={() => setRefusing(true)}>
        Refuse
      </Button>
      {refusing ? (
        <ConfirmDialog
          title="Refuse this cluster?"
          description="It cannot join by this grant any more, whatever key it shows. Another grant can still let it in."
          act="Refuse"
          busy={decide.isPending}
          problem={problem}
          onConfirm={() => decide.mutate({ redemptionId: line.id, decision: "refuse" })}
          onClose={() => setRefusing(false)}
        />
      ) : (
        <FormProblem message={problem} />
      )}
    </>
  );
}
