"use client";

import { useQuery } from "@tanstack/react-query";
import { ChevronLeft } from "lucide-react";
import Link from "next/link";
import { useSearchParams } from "next/navigation";
import type { ReactNode } from "react";
import { liveOn, useTRPC } from "../../../client";
import {
  absoluteTime,
  Badge,
  ClusterMark,
  cx,
  EmptyState,
  formatCount,
  formatShare,
  LinesSkeleton,
  ProblemIcon,
  RelativeTime,
  StatusGlyph,
  Tabs,
} from "../../../ui";
import { EvidenceNote } from "../../evidence";
import { ClusterExamination, useExamination, wanting } from "../../examination";
import { Loaded, Page, PageBody, StatusBar, useLink, useSetParams } from "../../frame";
import { PublicationOffers } from "../../publications";
import { parseObjectKey } from "../model/object-key";
import { objectTabs, objectTabSpecs, type ObjectTab } from "../model/objects";
import { ClusterActs } from "./cluster-acts";
import { ClusterLink } from "./cluster-link";
import { ObjectPanel } from "./object-panel";
import { ObjectTable } from "./object-table";
import { useClusterLines, type ClusterDetail, type ClusterLine } from "./use-clusters";

/** One cluster, by its name or id: how it is, what it holds, and what lets its agent in. */
export function ClusterPage({ cluster }: { readonly cluster: string }) {
  const { list, lines } = useClusterLines();
  const line = lines.find((each) => each.cluster.name === cluster || each.cluster.id === cluster);
  if (line !== undefined) return <Found line={line} />;
  return (
    <Page>
      <PageBody className="bg-surface">
        <Loaded query={list} what="the cluster" loading={<LinesSkeleton lines={10} />}>
          {() => (
            <EmptyState title={`There is no cluster ${cluster}`} action={<BackToList />}>
              It may have been removed, or belongs to another organisation.
            </EmptyState>
          )}
        </Loaded>
      </PageBody>
    </Page>
  );
}

function BackToList() {
  const link = useLink();
  return (
    <Link href={link("/clusters")} className="inline-flex items-center gap-1 text-table hover:underline">
      <ChevronLeft size={12} aria-hidden /> All clusters
    </Link>
  );
}

function Found({ line }: { readonly line: ClusterLine }) {
  const trpc = useTRPC();
  const params = useSearchParams();
  const setParams = useSetParams();
  const clusterId = line.cluster.id;
  const detail = useQuery(
    trpc.clusters.get.queryOptions(
      { clusterId },
      { ...liveOn("session", "status", "inventory", "policy", "audit"), refetchInterval: 15_000 },
    ),
  );
  const object = parseObjectKey(params.get("object"));
  return (
    <Page>
      <PageBody className="bg-surface">
        <Heading line={line} detail={detail.data} />
        <Problems line={line} />
        <FactGrid line={line} />
        <Loaded query={detail} what="the cluster" loading={<LinesSkeleton lines={10} />}>
          {(data) => <Parts line={line} detail={data} />}
        </Loaded>
        <StatusBar>
          <EvidenceNote />
        </StatusBar>
      </PageBody>
      {object === undefined ? null : (
        <ObjectPanel clusterId={clusterId} object={object} onClose={() => setParams({ object: undefined })} />
      )}
    </Page>
  );
}

function Heading({
  line: { cluster, health },
  detail,
}: {
  readonly line: ClusterLine;
  readonly detail: ClusterDetail | undefined;
}) {
  const labels = Object.entries(cluster.labels);
  return (
    <header className="flex shrink-0 flex-wrap items-center gap-x-3 gap-y-2 border-b border-line px-4 py-2.5 max-md:px-3">
      <BackToList />
      <h2 className="flex items-center gap-2 font-mono text-work font-semibold">
        <ClusterMark
          index={cluster.joinedAt === null ? "outside" : cluster.ordinal}
          className={cx(health.unknownSince !== undefined && "opacity-45")}
        />
        {cluster.name}
      </h2>
      <span
        className={cx(
          "inline-flex items-center gap-1.5 text-table",
          (health.mark === "problem" || health.mark === "unknown") && "font-semibold",
        )}
      >
        <StatusGlyph status={health.mark} />
        {health.title}
        {health.unknownSince === undefined ? null : (
          <span className="font-normal text-muted" title={absoluteTime(new Date(health.unknownSince))}>
            since <RelativeTime at={health.unknownSince} />; these are its last values
          </span>
        )}
      </span>
      <span className="flex flex-wrap gap-1">
        {labels.map(([key, value]) => (
          <Badge key={key} mono>
            {key} = {value}
          </Badge>
        ))}
      </span>
      <span className="ml-auto flex items-center gap-1">
        {detail === undefined ? null : <ClusterActs detail={detail} />}
      </span>
    </header>
  );
}

function Problems({ line: { cluster } }: { readonly line: ClusterLine }) {
  if (cluster.problems.length === 0 && !cluster.readOnly) return null;
  return (
    <ul aria-label="Problems" className="shrink-0 border-b border-line bg-bg px-4 py-2 text-table max-md:px-3">
      {cluster.problems.map((problem) => (
        <li key={problem.code + problem.title} className="flex items-start gap-1.5 py-0.5">
          <ProblemIcon />
          <span>
            <b className="font-semibold">{problem.title}.</b> <span className="text-muted">{problem.detail}</span>
          </span>
        </li>
      ))}
      {cluster.readOnly ? (
        <li className="flex items-start gap-1.5 py-0.5">
          <span className="mt-0.5">
            <StatusGlyph status="locked" />
          </span>
          <span>
            <b className="font-semibold">Read only.</b>{" "}
            <span className="text-muted">
              The cluster serves only <code>crd.projectcalico.org/v1</code>, which is Calico's own and is not written
              to. Install Calico's API server, or a version that serves <code>projectcalico.org/v3</code>.
            </span>
          </span>
        </li>
      ) : null}
    </ul>
  );
}

function FactGrid({ line: { cluster, evidence, health } }: { readonly line: ClusterLine }) {
  const { facts, policies } = cluster;
  const seen =
    evidence === undefined || evidence.expected === 0 ? "none due" : formatShare(evidence.durable / evidence.expected);
  const rows: readonly (readonly [string, ReactNode])[] = [
    ["Kubernetes", <code key="k">{facts?.kubernetesVersion || "not told"}</code>],
    ["Calico", <code key="c">{facts === null ? "not told" : facts.calicoVersion || "not found"}</code>],
    ["Calico API", <code key="a">{facts?.calicoApi || "none"}</code>],
    ["Goldmane", facts?.goldmane || "not told"],
    ["Pod ranges", <code key="p">{facts?.podCidrs.join(", ") || "not told"}</code>],
    ["Service ranges", <code key="s">{facts?.serviceCidrs.join(", ") || "not told"}</code>],
    ["Evidence", seen],
    [
      "Policies",
      policies.placed === 0
        ? "none placed"
        : `${health.unknownSince === undefined ? "" : "was "}${policies.applied} of ${policies.placed} applied`,
    ],
  ];
  return (
    <dl
      className={cx(
        "grid shrink-0 grid-cols-2 gap-x-4 gap-y-2 border-b border-line px-4 py-3 text-table max-md:px-3 md:grid-cols-4 xl:grid-cols-8",
        health.unknownSince !== undefined && "text-muted",
      )}
    >
      {rows.map(([name, value]) => (
        <div key={name} className="min-w-0">
          <dt className="text-muted">{name}</dt>
          <dd className="truncate" title={typeof value === "string" ? value : undefined}>
            {value}
          </dd>
        </div>
      ))}
    </dl>
  );
}

type Part = ObjectTab | "doctor" | "identities" | "link";
const isPart = (text: string | null): text is Part =>
  text === "doctor" ||
  text === "identities" ||
  text === "link" ||
  (objectTabs as readonly (string | null)[]).includes(text);

function Parts({ line, detail }: { readonly line: ClusterLine; readonly detail: ClusterDetail }) {
  const params = useSearchParams();
  const setParams = useSetParams();
  const part = isPart(params.get("tab")) ? (params.get("tab") as Part) : "workloads";
  const { size, id } = line.cluster;
  const toLookAt = wanting(useExamination(id).data?.findings ?? []);
  const lists = objectTabs.map((tab) => ({
    value: tab,
    label: objectTabSpecs[tab].title,
    count: formatCount(size[tab]),
  }));
  return (
    <div className={cx("flex min-h-0 flex-1 flex-col", line.health.unknownSince !== undefined && "text-muted")}>
      <div className="flex items-center gap-2 border-b border-line pr-4 max-md:flex-wrap">
        <Tabs<Part>
          label="Parts of the cluster"
          value={part}
          onChange={(next) =>
            setParams({ tab: next === "workloads" ? undefined : next, object: undefined, q: undefined })
          }
          className="-mb-px min-w-0 flex-1 max-md:basis-full"
          tabs={[
            { value: "doctor", label: "Doctor", count: toLookAt === 0 ? undefined : `${toLookAt} to look at` },
            ...lists,
            { value: "identities", label: "Identities", count: detail.publications.from + detail.publications.into },
            {
              value: "link",
              label: "Link",
              count: detail.refusals.length === 0 ? undefined : `${detail.refusals.length} refused`,
            },
          ]}
        />
        {part === "doctor" || part === "identities" || part === "link" ? null : (
          <input
            type="search"
            aria-label={`Filter ${part}`}
            placeholder="Filter by name or label"
            value={params.get("q") ?? ""}
            onChange={(event) => setParams({ q: event.target.value === "" ? undefined : event.target.value })}
            className="h-7 w-52 rounded-md border border-line-strong bg-surface px-2 text-table placeholder:text-muted max-md:mx-3 max-md:mb-2 max-md:w-full"
          />
        )}
      </div>
      {part === "doctor" ? (
        <ClusterExamination clusterId={id} unknownSince={line.health.unknownSince} />
      ) : part === "identities" ? (
        <div className="max-w-200 overflow-auto">
          <PublicationOffers clusterId={id} />
        </div>
      ) : part === "link" ? (
        <ClusterLink detail={detail} />
      ) : (
        <ObjectTable key={part} clusterId={id} tab={part} />
      )}
    </div>
  );
}
