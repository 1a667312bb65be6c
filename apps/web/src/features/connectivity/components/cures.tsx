"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useState } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import { Button, CodeBlock, ConfirmDialog, RelativeTime, StatusMark } from "../../../ui";
import { useBarred } from "../../frame";
import { applyCommand, manifestText } from "../model/manifest-text";
import type { MatrixCluster, PairDetail } from "./use-connectivity";

type Cure = PairDetail["cures"][number];
type ManifestCure = Extract<Cure, { kind: "manifest" }>;

interface Ends {
  readonly from: MatrixCluster;
  readonly to: MatrixCluster;
}

/** What would cure a pair: manifests to approve and apply, and words where no manifest does it. */
export function CureList({ cures, ...ends }: Ends & { readonly cures: readonly Cure[] }) {
  return (
    <ul className="flex flex-col gap-4">
      {cures.map((cure) => (
        <li key={cure.title} className="flex flex-col gap-1.5 text-table">
          <p className="font-semibold">{cure.title}</p>
          <p className="text-muted">{cure.why}</p>
          {cure.kind === "manifest" ? <ManifestPart cure={cure} {...ends} /> : null}
        </li>
      ))}
    </ul>
  );
}

function ManifestPart({ cure, from, to }: Ends & { readonly cure: ManifestCure }) {
  const code = manifestText(cure.manifest);
  const holder = cure.clusterId === from.id ? from : to;
  const fileName = `${holder.name}-${cure.manifest.metadata.name}.yaml`;
  return (
    <>
      <CodeBlock label={fileName} code={code} />
      {cure.placeholders.length === 0 ? null : (
        <p className="break-words">
          To be filled in by somebody who knows it: <span className="font-mono">{cure.placeholders.join(", ")}</span>.
        </p>
      )}
      <div className="flex flex-wrap items-center gap-2">
        <Approve cure={cure} holder={holder} from={from} to={to} />
        <Button icon={<Download size={14} aria-hidden />} onClick={() => download(fileName, code)}>
          Download
        </Button>
      </div>
      <CodeBlock label={`How to apply it in ${holder.name}`} code={applyCommand(fileName)} />
    </>
  );
}

function download(fileName: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/yaml" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = fileName;
  link.click();
  URL.revokeObjectURL(url);
}

function Approve({ cure, holder, from, to }: Ends & { readonly cure: ManifestCure; readonly holder: MatrixCluster }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const may = useBarred("clusters.manage");
  const [asking, setAsking] = useState(false);
  const approve = useMutation(
    trpc.connectivity.approveManifest.mutationOptions({
      onSuccess: () => (setAsking(false), queries.invalidateQueries(trpc.connectivity.pathFilter())),
    }),
  );
  if (cure.approvedAt !== null)
    return (
      <StatusMark status="good">
        approved <RelativeTime at={cure.approvedAt} />, not applied yet
      </StatusMark>
    );
  const barred =
    may ?? (cure.placeholders.length > 0 ? "Something in it is not known: fill it in by hand." : undefined);
  const { kind, metadata } = cure.manifest;
  return (
    <>
      <Button look="primary" barred={barred} onClick={() => setAsking(true)}>
        Approve
      </Button>
      {asking ? (
        <ConfirmDialog
          title={`Approve ${kind} ${metadata.name} for ${holder.name}?`}
          act="Approve"
          look="primary"
          busy={approve.isPending}
          problem={approve.error === null ? undefined : wireErrorOf(approve.error).message}
          description={`Your approval of exactly this text is recorded in the audit log. Isthmus does not apply it: whoever may write pools and peers in ${holder.name} does, and this page shows when it is there.`}
          onClose={() => setAsking(false)}
          onConfirm={() =>
            approve.mutate({
              from: from.id,
              to: to.id,
              clusterId: cure.clusterId,
              kind,
              name: metadata.name,
              digest: cure.digest,
            })
          }
        />
      ) : null}
    </>
  );
}

/** Manifests that were approved for a pair, and whether the cluster holds them now. */
export function Approvals({ approved }: { readonly approved: PairDetail["approved"] }) {
  return (
    <ul className="flex flex-col gap-1 text-table">
      {approved.map(({ cluster, clusterId, kind, name, by, at, cameTrue }) => (
        <li key={`${clusterId} ${kind} ${name}`} className="flex flex-wrap items-baseline justify-between gap-x-3">
          <span className="min-w-0 break-words">
            {kind} <span className="font-mono">{name}</span> in <span className="font-mono">{cluster}</span>, by {by},{" "}
            <RelativeTime at={at} />
          </span>
          <StatusMark status={cameTrue ? "good" : "pending"}>
            {cameTrue ? "the cluster has it" : "not in the cluster yet"}
          </StatusMark>
        </li>
      ))}
    </ul>
  );
}
