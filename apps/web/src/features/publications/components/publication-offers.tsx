"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { inferRouterOutputs } from "@trpc/server";
import { useState, type ReactNode } from "react";
import { liveOn, useTRPC, wireErrorOf } from "../../../client";
import type { AppRouter } from "../../../server/router";
import { Button, LinesSkeleton, PanelSection, ProblemIcon } from "../../../ui";
import { MissingNotice } from "../../examination";
import { Loaded, useBarred } from "../../frame";
import { changeLabel, offersOf, wishedChange, type Wishes } from "../model/selection";
import { PublicationRows } from "./publication-rows";

const noWishes: Wishes = new Map();

/** Which workloads of this cluster are known in the others, and theirs in it. Nothing is published before a person says so. */
export function PublicationOffers({ clusterId }: { readonly clusterId: string }) {
  const trpc = useTRPC();
  const overview = useQuery(
    trpc.publications.overview.queryOptions(undefined, liveOn("policy", "desired", "inventory", "session")),
  );
  return (
    <Loaded query={overview} what="the identities" loading={<LinesSkeleton lines={5} />}>
      {(data) => <Offers clusterId={clusterId} {...data} />}
    </Loaded>
  );
}

type Overview = inferRouterOutputs<AppRouter>["publications"]["overview"];

function Offers({ clusterId, clusters, offers, problems }: Overview & { readonly clusterId: string }) {
  const [wishes, setWishes] = useState(noWishes);
  const [system, setSystem] = useState(false);
  const shown = system
    ? offers
    : offers.filter((offer) => !offer.system || offer.targets.some((target) => target.approved !== null));
  const { from, into } = offersOf(shown, clusterId);
  const name = clusters.find((cluster) => cluster.id === clusterId)?.name ?? "this cluster";
  const onWish = (key: string, wanted: boolean) => setWishes(new Map(wishes).set(key, wanted));
  const common = { clusters, wishes, onWish };
  if (clusters.length < 2) {
    return (
      <PanelSection title="Identities">
        <p className="text-table text-muted">
          With a second cluster, workloads of each can be made known in the other, so that flows name them and policies
          reach them.
        </p>
      </PanelSection>
    );
  }
  return (
    <>
      <MissingNotice needs={["sets", "inventory"]} clusters={clusters.map((cluster) => cluster.id)} />
      <PanelSection title={`Known elsewhere: workloads of ${name}`}>
        <Rows empty="No namespace of it has workloads yet." offers={from.length}>
          <PublicationRows
            {...common}
            label={`Workloads of ${name}, by the clusters that may know them`}
            offers={from}
            showSource={false}
          />
        </Rows>
      </PanelSection>
      <PanelSection title={`Known in ${name}: workloads of the others`}>
        <Rows empty="No other cluster has workloads yet." offers={into.length}>
          <PublicationRows {...common} label={`Workloads of others that ${name} may know`} offers={into} showSource />
        </Rows>
        <label className="mt-2 flex items-center gap-2 text-table text-muted">
          <input
            type="checkbox"
            checked={system}
            onChange={(event) => setSystem(event.target.checked)}
            className="accent-accent"
          />
          namespaces of the clusters' own infrastructure too
        </label>
        <CannotPublish problems={problems.filter((problem) => problem.clusterId === clusterId)} />
      </PanelSection>
      <Approve offers={offers} wishes={wishes} onDone={() => setWishes(noWishes)} />
    </>
  );
}

const Rows = ({
  offers,
  empty,
  children,
}: {
  readonly offers: number;
  readonly empty: string;
  readonly children: ReactNode;
}) => (offers === 0 ? <p className="text-table text-muted">{empty}</p> : children);

function CannotPublish({ problems }: { readonly problems: readonly { readonly message: string }[] }) {
  return problems.slice(0, 5).map((problem) => (
    <p key={problem.message} className="mt-2 flex items-start gap-1.5 text-table">
      <ProblemIcon /> <span>{problem.message}</span>
    </p>
  ));
}

interface ApproveProps {
  readonly offers: Parameters<typeof wishedChange>[0];
  readonly wishes: Wishes;
  readonly onDone: () => void;
}

function Approve({ offers, wishes, onDone }: ApproveProps) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const after = { onSuccess: () => queries.invalidateQueries(trpc.publications.pathFilter()) };
  const approve = useMutation(trpc.publications.approve.mutationOptions(after));
  const withdraw = useMutation(trpc.publications.withdraw.mutationOptions(after));
  const barred = useBarred("publications.approve");
  const change = wishedChange(offers, wishes);
  const label = changeLabel(change);
  const error = approve.error ?? withdraw.error;
  const act = async () => {
    if (change.withdraw.length > 0) await withdraw.mutateAsync({ publications: [...change.withdraw] });
    if (change.approve.length > 0) await approve.mutateAsync({ publications: [...change.approve] });
    onDone();
  };
  return (
    <PanelSection>
      {error === null ? null : (
        <p role="alert" className="mb-2 flex items-start gap-1.5 text-table">
          <ProblemIcon /> <span>{wireErrorOf(error).message}</span>
        </p>
      )}
      <Button
        look="primary"
        barred={barred}
        disabled={label === ""}
        busy={approve.isPending || withdraw.isPending}
        onClick={() => void act().catch(() => undefined)}
        className="h-auto min-h-7 py-1 whitespace-normal"
      >
        {label === "" ? "Nothing chosen" : label}
      </Button>
      <p className="mt-2 text-table text-muted">
        Published workloads stand in the other cluster as GlobalNetworkSets with opaque labels. Their addresses are
        followed by themselves.
      </p>
    </PanelSection>
  );
}
