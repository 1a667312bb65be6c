"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { inferRouterOutputs } from "@trpc/server";
import Link from "next/link";
import { liveOn, useTRPC } from "../../../client";
import type { AppRouter } from "../../../server/router";
import { Button, LinesSkeleton, SidePanel } from "../../../ui";
import { Loaded, useLink, useSetParams } from "../../frame";
import { PublicationOffers } from "../../publications";
import { ConnectForm } from "./connect-form";
import { EnrolmentSteps } from "./enrolment-steps";

type Outputs = inferRouterOutputs<AppRouter>["clusters"];
export type MadeGrant = Outputs["connect"];
export type EnrolmentStatus = Outputs["status"];
export type ConnectDefaults = Outputs["connectDefaults"];

export interface ConnectPanelProps {
  /** The cluster that is followed; undefined while its name is being written. */
  readonly clusterId: string | undefined;
  /** The last grant that was made on this page: nothing else holds its secret. */
  readonly made: MadeGrant | undefined;
  readonly onMade: (grant: MadeGrant) => void;
}

/** Connects a cluster: its name, the manifest, and the way to "connected". It waits on the cluster, not on the person. */
export function ConnectPanel({ clusterId, made, onMade }: ConnectPanelProps) {
  const setParams = useSetParams();
  const close = () => setParams({ connect: undefined });
  if (clusterId === undefined) {
    return (
      <SidePanel
        width={424}
        label="Connect a cluster"
        title="Connect a cluster"
        subtitle="One manifest, applied once. The agent dials out."
        onClose={close}
      >
        <ConnectForm
          onMade={(grant) => {
            onMade(grant);
            setParams({ connect: grant.clusterId });
          }}
        />
      </SidePanel>
    );
  }
  return <Following clusterId={clusterId} made={made} onMade={onMade} onClose={close} />;
}

interface FollowingProps {
  readonly clusterId: string;
  readonly made: MadeGrant | undefined;
  readonly onMade: (grant: MadeGrant) => void;
  readonly onClose: () => void;
}

function Following({ clusterId, made, onMade, onClose }: FollowingProps) {
  const trpc = useTRPC();
  const status = useQuery(
    trpc.clusters.status.queryOptions(
      { clusterId },
      { ...liveOn("session", "inventory", "status", "audit"), refetchInterval: 2_000 },
    ),
  );
  const data = status.data?.cluster.id === clusterId ? status.data : undefined;
  const connected = data?.steps.at(-1)?.state === "done";
  return (
    <SidePanel
      width={424}
      label="Connect a cluster"
      title={
        <>
          Connect <span className="font-mono">{data?.cluster.name ?? ""}</span>
        </>
      }
      subtitle={
        connected
          ? "It is connected. Its identities are yours to publish."
          : "Waits on the cluster, not on you. You may close this."
      }
      onClose={onClose}
      footer={data === undefined ? undefined : <PanelActs status={data} connected={connected} onClose={onClose} />}
    >
      <Loaded query={status} what="this cluster" loading={<LinesSkeleton lines={8} />}>
        {(read) => (
          <>
            <EnrolmentSteps status={read} made={made?.clusterId === clusterId ? made : undefined} onMade={onMade} />
            {connected ? <PublicationOffers clusterId={clusterId} /> : null}
          </>
        )}
      </Loaded>
    </SidePanel>
  );
}

function PanelActs({
  status,
  connected,
  onClose,
}: {
  readonly status: EnrolmentStatus;
  readonly connected: boolean;
  readonly onClose: () => void;
}) {
  const trpc = useTRPC();
  const link = useLink();
  const queries = useQueryClient();
  const after = { onSuccess: () => queries.invalidateQueries(trpc.clusters.pathFilter()) };
  const revokeGrants = useMutation(trpc.clusters.revokeGrants.mutationOptions(after));
  const clusterId = status.cluster.id;
  if (connected) {
    return (
      <Link
        href={link(`/clusters/${encodeURIComponent(status.cluster.name)}`)}
        className="ml-auto inline-flex h-7 items-center rounded-md border border-line-strong px-3 font-medium text-text hover:bg-wash"
      >
        Open {status.cluster.name}
      </Link>
    );
  }
  return (
    <>
      {status.grant?.state === "open" ? (
        <Button busy={revokeGrants.isPending} onClick={() => revokeGrants.mutate({ clusterId })}>
          Revoke grant
        </Button>
      ) : null}
      <Link
        href={link(`/clusters/${encodeURIComponent(status.cluster.name)}`)}
        className="inline-flex h-7 items-center px-2 text-table hover:underline"
      >
        Details
      </Link>
      <Button className="ml-auto" onClick={onClose}>
        Keep in background
      </Button>
    </>
  );
}
