"use client";

import { Plus } from "lucide-react";
import Link from "next/link";
import { useRouter, useSearchParams } from "next/navigation";
import { useMemo, useState } from "react";
import { Button, EmptyState, Segments, Table, TableSkeleton } from "../../../ui";
import { describeRange } from "../../../view";
import { EvidenceNote } from "../../evidence";
import {
  FilterBar,
  Loaded,
  NothingInReach,
  Page,
  PageBody,
  SearchField,
  StatusBar,
  useAccess,
  useBarred,
  useLink,
  useSetParams,
  useView,
} from "../../frame";
import { clustersInScope } from "../../../view";
import { countSegments, filterLines, newestVersion, type Segment } from "../model/list";
import { clusterColumns } from "./cluster-columns";
import { ConnectPanel, type MadeGrant } from "./connect-panel";
import { FigureStrip } from "./figure-strip";
import { useClusterLines, type ClusterLine } from "./use-clusters";

const segmentOf = (text: string | null): Segment => (text === "attention" || text === "unknown" ? text : "all");

/** All clusters, and the panel that connects another. */
export function ClustersPage() {
  const params = useSearchParams();
  const setParams = useSetParams();
  const { list, lines } = useClusterLines();
  const view = useView();
  const connecting = params.get("connect");
  const [made, setMade] = useState<MadeGrant>();
  const scoped = useMemo(
    () => lines.filter(({ cluster }) => cluster.id === connecting || clustersInScope(view.scope, [cluster]).length > 0),
    [lines, view.scope, connecting],
  );
  const open = () => setParams({ connect: "new" }, "push");
  return (
    <Page>
      <PageBody>
        <ClustersFilter lines={list.data === undefined ? undefined : scoped} onConnect={open} />
        <Loaded
          query={list}
          what="the clusters"
          loading={
            <TableSkeleton
              columns={clusterColumns(describeRange(view.range), connecting === null)}
              rowHeight={46}
              minWidth={connecting === null ? 1180 : 900}
            />
          }
          empty={({ clusters }) => (clusters.length === 0 ? <NoClusters onConnect={open} /> : null)}
        >
          {() => <ClusterTable lines={scoped} rangeWords={describeRange(view.range)} connecting={connecting} />}
        </Loaded>
        <StatusBar>{list.data === undefined ? null : <ListFoot lines={scoped} wide={connecting === null} />}</StatusBar>
      </PageBody>
      {connecting === null ? null : (
        <ConnectPanel clusterId={connecting === "new" ? undefined : connecting} made={made} onMade={setMade} />
      )}
    </Page>
  );
}

function ClustersFilter({
  lines,
  onConnect,
}: {
  readonly lines: readonly ClusterLine[] | undefined;
  readonly onConnect: () => void;
}) {
  const params = useSearchParams();
  const setParams = useSetParams();
  const link = useLink();
  const counts = lines === undefined ? undefined : countSegments(lines);
  const barred = useBarred("clusters.connect");
  return (
    <FilterBar>
      <SearchField label="Filter clusters" placeholder="Filter clusters: region, label, version, problem" />
      <Segments
        label="Which clusters"
        value={segmentOf(params.get("show"))}
        onChange={(segment) => setParams({ show: segment === "all" ? undefined : segment })}
        tabs={[
          { value: "all", label: "All", count: counts?.all },
          { value: "attention", label: "Attention", count: counts?.attention },
          { value: "unknown", label: "Unknown", count: counts?.unknown },
        ]}
      />
      <PageLink href={link("/clusters/connectivity")}>Connectivity</PageLink>
      <PageLink href={link("/clusters/enrolment")}>Enrolment</PageLink>
      <Button
        icon={<Plus size={14} aria-hidden />}
        barred={barred}
        onClick={onConnect}
        className="border-accent bg-wash-accent text-accent"
      >
        Connect
      </Button>
    </FilterBar>
  );
}

function PageLink({ href, children }: { readonly href: string; readonly children: string }) {
  return (
    <Link
      href={href}
      className="inline-flex h-7 shrink-0 items-center rounded-md border border-line-strong bg-surface px-3 text-work font-medium text-text no-underline hover:bg-wash"
    >
      {children}
    </Link>
  );
}

interface ClusterTableProps {
  readonly lines: readonly ClusterLine[];
  readonly rangeWords: string;
  readonly connecting: string | null;
}

function ClusterTable({ lines, rangeWords, connecting }: ClusterTableProps) {
  const params = useSearchParams();
  const router = useRouter();
  const setParams = useSetParams();
  const link = useLink();
  const columns = useMemo(() => clusterColumns(rangeWords, connecting === null), [rangeWords, connecting]);
  const shown = filterLines(lines, { segment: segmentOf(params.get("show")), text: params.get("q") ?? "" });
  return (
    <>
      <FigureStrip lines={lines} rangeWords={rangeWords} />
      <Table
        label="Clusters"
        columns={columns}
        rows={shown}
        rowKey={({ cluster }) => cluster.id}
        rowHeight={46}
        minWidth={connecting === null ? 1180 : 900}
        selectedKey={connecting ?? undefined}
        rowClass={({ health }) => (health.unknownSince === undefined ? undefined : "bg-bg text-muted")}
        onSelect={({ cluster }) => {
          if (cluster.joinedAt === null && cluster.status.kind !== "revoked")
            setParams({ connect: cluster.id }, "push");
          else router.push(link(`/clusters/${encodeURIComponent(cluster.name)}`));
        }}
        empty={
          <EmptyState title="No cluster fits">
            Take out a word of the filter, or widen the scope in the bar above.
          </EmptyState>
        }
      />
    </>
  );
}

function NoClusters({ onConnect }: { readonly onConnect: () => void }) {
  const { limited } = useAccess();
  const barred = useBarred("clusters.connect");
  return (
    <div className="flex flex-1 flex-col justify-center bg-surface">
      {limited ? (
        <NothingInReach what="cluster" permission="clusters.read" />
      ) : (
        <EmptyState
          title="Connect your first cluster"
          action={
            <Button look="primary" icon={<Plus size={14} aria-hidden />} barred={barred} onClick={onConnect}>
              Connect a cluster
            </Button>
          }
        >
          Name it, apply one manifest in it, and watch it come in. The agent dials out from the cluster: nothing has to
          be opened towards it.
        </EmptyState>
      )}
    </div>
  );
}

function ListFoot({ lines, wide }: { readonly lines: readonly ClusterLine[]; readonly wide: boolean }) {
  const joining = lines.filter(({ cluster }) => cluster.joinedAt === null).length;
  const joined = lines.length - joining;
  const facts = lines.flatMap(({ cluster }) => (cluster.facts === null ? [] : [cluster.facts]));
  const newest = [
    ["Kubernetes", newestVersion(facts.map((each) => each.kubernetesVersion))],
    ["Calico", newestVersion(facts.map((each) => each.calicoVersion))],
    ["agent", newestVersion(lines.map(({ cluster }) => cluster.agentVersion))],
  ].filter((pair): pair is [string, string] => pair[1] !== undefined);
  return (
    <>
      <span className="max-md:hidden">
        {joined} {joined === 1 ? "cluster" : "clusters"}
        {joining > 0 ? ` and ${joining} connecting` : ""} ·
      </span>
      <span className="min-w-0 overflow-hidden">
        <EvidenceNote />
      </span>
      {wide && newest.length > 0 ? (
        <span className="ml-auto shrink-0 pl-4 max-lg:hidden">
          Newest seen: {newest.map(([name, version]) => `${name} ${version.replace(/^v/, "")}`).join(", ")}
        </span>
      ) : null}
    </>
  );
}
