"use client";

import { printText } from "@isthmus/flow-filter";
import type { FlowDetail } from "@isthmus/flow-store";
import { ArrowLeft, ArrowRight } from "lucide-react";
import Link from "next/link";
import { absoluteTime, Badge, CopyButton, Facts, formatBytes, formatCount, LinesSkeleton } from "../../../ui";
import { EvidenceNote } from "../../evidence";
import { Loaded, Page, PageBody, StatusBar, useLink } from "../../frame";
import { clusterNames } from "../model/cluster-names";
import { endText } from "../model/end";
import { decidedBy } from "../model/policy-name";
import { EndName } from "./end-name";
import { FlowTraces, useFlow } from "./flow-traces";
import { ReportVerdict } from "./verdict-at";

/** One flow by its identity: both ends, both traces, what was counted. */
export function FlowDetailPage({ id }: { readonly id: string }) {
  const link = useLink();
  const found = useFlow(id);
  return (
    <Page>
      <PageBody>
        <div className="flex min-h-11 shrink-0 items-center gap-3 border-b border-line px-4">
          <Link href={link("/flows")} className="inline-flex items-center gap-1 text-muted hover:text-text">
            <ArrowLeft size={14} aria-hidden /> Flows
          </Link>
          {found.data === undefined ? null : <When flow={found.data.flow} />}
        </div>
        <div className="min-h-0 flex-1 overflow-auto p-4">
          <Loaded query={found} what="this flow" loading={<LinesSkeleton lines={8} />}>
            {({ flow, other, clusters }) => <Detail flow={flow} other={other} clusters={clusterNames(clusters)} />}
          </Loaded>
        </div>
        <StatusBar>
          <EvidenceNote />
        </StatusBar>
      </PageBody>
    </Page>
  );
}

const When = ({ flow }: { readonly flow: FlowDetail }) => (
  <span className="truncate text-table text-muted">
    {absoluteTime(new Date(flow.bucketStartMs))}, for {(flow.bucketEndMs - flow.bucketStartMs) / 1000} s
  </span>
);

interface DetailProps {
  readonly flow: FlowDetail;
  readonly other: FlowDetail | null;
  readonly clusters: ReturnType<typeof clusterNames>;
}

function Detail({ flow, other, clusters }: DetailProps) {
  const link = useLink();
  const source = flow.reporter === "source" ? flow : other;
  const dest = flow.reporter === "destination" ? flow : other;
  const pair = `source.workload = ${printText(endText(flow.source).name)} and dest.workload = ${printText(endText(flow.dest).name)} and port = ${flow.destPort}`;
  return (
    <div className="flex max-w-320 flex-col gap-4">
      <header className="flex flex-wrap items-center gap-3">
        <EndName end={source?.source ?? flow.source} clusters={clusters} withCluster />
        <ArrowRight size={14} className="text-muted" aria-label="to" />
        <EndName end={dest?.dest ?? flow.dest} clusters={clusters} withCluster />
        <Badge mono>
          {flow.protocol.toUpperCase()} {flow.destPort === 0 ? "" : flow.destPort}
        </Badge>
        {flow.service.name === "" ? null : (
          <Badge mono look="muted">
            {flow.service.namespace}/{flow.service.name}
            {flow.service.portName === "" ? "" : `:${flow.service.portName}`}
          </Badge>
        )}
        <span className="ml-auto flex gap-2">
          <CopyButton text={typeof window === "undefined" ? "" : window.location.href} label="Copy address" />
          <Link
            href={link(`/flows?q=${encodeURIComponent(pair)}`)}
            className="inline-flex h-6 items-center rounded-sm border border-line bg-surface px-1.5 text-table text-text hover:bg-wash"
          >
            All flows of this pair
          </Link>
        </span>
      </header>
      <FlowTraces flow={flow} other={other} clusters={clusters} />
      <div className="grid grid-cols-2 gap-4 max-lg:grid-cols-1">
        {source === null ? null : <Report title="Reported by the caller's end" report={source} />}
        {dest === null ? null : <Report title="Reported by the called end" report={dest} />}
      </div>
    </div>
  );
}

function Report({ title, report }: { readonly title: string; readonly report: FlowDetail }) {
  const labels = (values: readonly string[]) =>
    values.length === 0 ? (
      <span className="text-muted">none</span>
    ) : (
      <span className="flex flex-wrap gap-1">
        {values.map((label) => (
          <Badge key={label} mono>
            {label}
          </Badge>
        ))}
      </span>
    );
  return (
    <section aria-label={title} className="rounded-md border border-line bg-surface p-4">
      <h2 className="mb-2 flex items-center justify-between text-work font-semibold">
        {title}
        <ReportVerdict report={report} />
      </h2>
      <Facts
        facts={[
          [
            "Decided by",
            <span key="decided" className="font-mono">
              {decidedBy(report.deciding) || "no trace"}
            </span>,
          ],
          [
            "Connections",
            `${formatCount(report.connectionsStarted)} begun, ${formatCount(report.connectionsCompleted)} ended, ${formatCount(report.connectionsLive)} open`,
          ],
          ["Packets", `${formatCount(report.packetsIn)} in, ${formatCount(report.packetsOut)} out`],
          ["Bytes", `${formatBytes(report.bytesIn)} in, ${formatBytes(report.bytesOut)} out`],
          ["Caller", endText(report.source).full],
          ["Caller's labels", labels(report.source.labels)],
          ["Called end", endText(report.dest).full],
          ["Called end's labels", labels(report.dest.labels)],
          ["Received", absoluteTime(new Date(report.receivedAtMs))],
          [
            "Goldmane",
            <span key="incarnation" className="font-mono">
              {report.incarnation}
            </span>,
          ],
        ]}
      />
    </section>
  );
}
