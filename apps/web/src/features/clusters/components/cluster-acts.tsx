"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { MoreHorizontal } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useTRPC, wireErrorOf } from "../../../client";
import {
  Button,
  CodeBlock,
  Dialog,
  Field,
  IconButton,
  Menu,
  MenuItem,
  MenuSeparator,
  ProblemIcon,
  TextArea,
} from "../../../ui";
import { useBarred, useLink, useMay } from "../../frame";
import { parseLabels } from "../model/labels";
import type { ClusterDetail } from "./use-clusters";

type Asking = "labels" | "revoke" | "delete" | undefined;

/** What can be done to a cluster; what cannot be undone asks for its name. */
export function ClusterActs({ detail }: { readonly detail: ClusterDetail }) {
  const router = useRouter();
  const link = useLink();
  const [asking, setAsking] = useState<Asking>();
  const close = () => setAsking(undefined);
  const { id, name } = detail.cluster;
  const barred = useBarred("clusters.manage");
  const [connects, manages, deletes] = [
    useMay("clusters.connect"),
    useMay("clusters.manage"),
    useMay("clusters.delete"),
  ];
  return (
    <>
      <Button barred={barred} onClick={() => setAsking("labels")}>
        Edit labels
      </Button>
      <Menu
        align="end"
        trigger={
          <IconButton label={`More acts on ${name}`}>
            <MoreHorizontal size={16} />
          </IconButton>
        }
      >
        <MenuItem disabled={!connects} onSelect={() => router.push(link(`/clusters?connect=${id}`))}>
          Connect again, new grant
        </MenuItem>
        <MenuSeparator />
        <MenuItem disabled={!manages} onSelect={() => setAsking("revoke")}>
          Revoke its agent
        </MenuItem>
        <MenuItem disabled={!deletes} onSelect={() => setAsking("delete")}>
          Remove the cluster
        </MenuItem>
      </Menu>
      {asking === "labels" ? <LabelsDialog detail={detail} onClose={close} /> : null}
      {asking === "revoke" ? <RevokeDialog detail={detail} onClose={close} /> : null}
      {asking === "delete" ? <DeleteDialog detail={detail} onClose={close} /> : null}
    </>
  );
}

interface AskingProps {
  readonly detail: ClusterDetail;
  readonly onClose: () => void;
}

const Wrong = ({ error }: { readonly error: unknown }) =>
  error === null ? null : (
    <p role="alert" className="mt-2 flex items-start gap-1.5 text-table">
      <ProblemIcon /> <span>{wireErrorOf(error).message}</span>
    </p>
  );

function LabelsDialog({ detail, onClose }: AskingProps) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const [text, setText] = useState(
    Object.entries(detail.cluster.labels)
      .map(([key, value]) => `${key}=${value}`)
      .join("\n"),
  );
  const set = useMutation(
    trpc.clusters.setLabels.mutationOptions({
      onSuccess: () => (onClose(), queries.invalidateQueries(trpc.clusters.pathFilter())),
    }),
  );
  const { labels, problems } = parseLabels(text);
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`Labels of ${detail.cluster.name}`}
      description="Policies stay where they were applied. New labels count when a policy is applied again."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            busy={set.isPending}
            disabled={problems.length > 0}
            onClick={() => set.mutate({ clusterId: detail.cluster.id, labels })}
          >
            Save {Object.keys(labels).length} {Object.keys(labels).length === 1 ? "label" : "labels"}
          </Button>
        </>
      }
    >
      <TextArea
        label="One a line, key=value"
        mono
        rows={6}
        value={text}
        error={problems[0]?.message}
        onChange={(event) => setText(event.target.value)}
      />
      <Wrong error={set.error} />
    </Dialog>
  );
}

function RevokeDialog({ detail, onClose }: AskingProps) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const { id, name, policies } = detail.cluster;
  const revoke = useMutation(
    trpc.clusters.revokeAgent.mutationOptions({
      onSuccess: () => (onClose(), queries.invalidateQueries(trpc.clusters.pathFilter())),
    }),
  );
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`Revoke the agent of ${name}?`}
      description={`Its session ends at once, and its grants and credentials are worth nothing from then on. The cluster keeps its ${policies.placed} policies as they are and is shown as unknown. To go on, make a new grant and apply its manifest.`}
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button look="danger" busy={revoke.isPending} onClick={() => revoke.mutate({ clusterId: id })}>
            Revoke the agent
          </Button>
        </>
      }
    >
      <Wrong error={revoke.error} />
    </Dialog>
  );
}

function DeleteDialog({ detail, onClose }: AskingProps) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const router = useRouter();
  const link = useLink();
  const [typed, setTyped] = useState("");
  const { id, name, policies } = detail.cluster;
  const remove = useMutation(
    trpc.clusters.delete.mutationOptions({
      onSuccess: () => {
        void queries.invalidateQueries(trpc.clusters.pathFilter());
        router.push(link("/clusters"));
      },
    }),
  );
  const { from, into } = detail.publications;
  return (
    <Dialog
      open
      onOpenChange={onClose}
      width={560}
      title={`Remove ${name}?`}
      description={`Its agent is revoked, its inventory is forgotten, ${from + into} ${from + into === 1 ? "publication" : "publications"} from and into it are withdrawn. Its flows and its lines in the audit log stay. The ${policies.placed} policies that Isthmus wrote stay in the cluster until you remove them there.`}
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button
            look="danger"
            busy={remove.isPending}
            disabled={typed !== name}
            onClick={() => remove.mutate({ clusterId: id, confirmName: typed })}
          >
            Remove {name}
          </Button>
        </>
      }
    >
      <p className="mb-2 text-table text-muted">In the cluster, this removes what Isthmus wrote, and the agent:</p>
      <CodeBlock
        label="Commands that clean the cluster"
        code={
          "kubectl delete networkpolicies.projectcalico.org,globalnetworkpolicies.projectcalico.org \\\n  -A -l isthmus.io/managed=true\nkubectl delete globalnetworksets.projectcalico.org,tiers.projectcalico.org \\\n  -l isthmus.io/managed=true\nkubectl delete namespace isthmus"
        }
      />
      <Field
        className="mt-3"
        label={`Type ${name} to confirm`}
        mono
        autoComplete="off"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <Wrong error={remove.error} />
    </Dialog>
  );
}
