"use client";

import { ChevronDown, ChevronRight } from "lucide-react";
import { absoluteTime, clockTime, dayMonth, formatBytes, formatCount, type Column } from "../../../ui";
import type { ClusterNames } from "../model/cluster-names";
import { endText } from "../model/end";
import { decidedBy } from "../model/policy-name";
import { settlingReport, type JoinedFlow } from "../model/report";
import { EndName } from "./end-name";
import { VerdictAt } from "./verdict-at";

/** The columns that may be hidden, in their order. */
export const choosableColumns = [
  { id: "port", title: "Port" },
  { id: "at-source", title: "At source" },
  { id: "at-dest", title: "At destination" },
  { id: "rule", title: "Deciding rule" },
  { id: "service", title: "Service" },
  { id: "connections", title: "Connections" },
  { id: "bytes", title: "Bytes" },
] as const;

export interface ColumnsInput {
  readonly clusters: ClusterNames;
  readonly hidden: ReadonlySet<string>;
  readonly openId: string | undefined;
  /** True where the range is longer than a day: then the time carries its date. */
  readonly dated: boolean;
}

/** The table's columns. */
export function flowColumns({ clusters, hidden, openId, dated }: ColumnsInput): readonly Column<JoinedFlow>[] {
  const all: readonly Column<JoinedFlow>[] = [
    {
      id: "time",
      title: "Time, UTC",
      width: dated ? 132 : 100,
      copy: (flow) => new Date(flow.bucketStartMs).toISOString(),
      cell: (flow) => <Time flow={flow} open={flow.id === openId} dated={dated} />,
    },
    {
      id: "source",
      title: "Source",
      cell: (flow) => <EndName end={flow.source} clusters={clusters} />,
      copy: (flow) => copyEnd(flow.source),
    },
    {
      id: "dest",
      title: "Destination",
      cell: (flow) => <EndName end={flow.dest} clusters={clusters} />,
      copy: (flow) => copyEnd(flow.dest),
    },
    {
      id: "port",
      title: "Port",
      width: 88,
      cell: (flow) => <span className="font-mono">{portText(flow)}</span>,
      copy: portText,
    },
    { id: "at-source", title: "At source", width: 104, cell: (flow) => <VerdictAt flow={flow} end="source" /> },
    { id: "at-dest", title: "At destination", width: 108, cell: (flow) => <VerdictAt flow={flow} end="dest" /> },
    { id: "rule", title: "Deciding rule", width: 172, cell: (flow) => <Rule flow={flow} />, copy: ruleText },
    {
      id: "service",
      title: "Service",
      width: 116,
      cell: (flow) => <Service flow={flow} />,
      copy: (flow) => serviceText(flow),
    },
    { id: "connections", title: "Conns", width: 64, align: "right", cell: (flow) => <Connections flow={flow} /> },
    { id: "bytes", title: "Bytes", width: 76, align: "right", cell: (flow) => formatBytes(bytesOf(flow)) },
  ];
  return all.filter((column) => !hidden.has(column.id));
}

/** The widths of shown columns added up, with room for both names. */
export const minTableWidth = (columns: readonly Column<JoinedFlow>[]): number =>
  columns.reduce((sum, column) => sum + (column.width ?? 168), 0);

const copyEnd = (end: JoinedFlow["source"]) => {
  const { place, name } = endText(end);
  return place === "" ? name : `${place}/${name}`;
};

const portText = (flow: JoinedFlow) =>
  flow.port === 0 ? flow.protocol.toUpperCase() : `${flow.protocol.toUpperCase()} ${flow.port}`;

const serviceText = ({ service }: JoinedFlow) => (service.name === "" ? "" : `${service.namespace}/${service.name}`);

const ruleText = (flow: JoinedFlow) => decidedBy(settlingReport(flow)?.deciding ?? null);

const bytesOf = (flow: JoinedFlow) => {
  const report = settlingReport(flow);
  return report === undefined ? 0 : report.bytesIn + report.bytesOut;
};

function Time({ flow, open, dated }: { readonly flow: JoinedFlow; readonly open: boolean; readonly dated: boolean }) {
  const date = new Date(flow.bucketStartMs);
  return (
    <span className="inline-flex items-center gap-1" title={`${absoluteTime(date)}, 15 s`}>
      {open ? (
        <ChevronDown size={12} className="text-muted" aria-hidden />
      ) : (
        <ChevronRight size={12} className="text-muted" aria-hidden />
      )}
      {dated ? <span className="text-muted">{dayMonth(date)}</span> : null}
      <span className="font-mono">{clockTime(date)}</span>
    </span>
  );
}

function Service({ flow }: { readonly flow: JoinedFlow }) {
  if (flow.service.name === "") return <span className="text-muted">none</span>;
  return (
    <span className="font-mono" title={serviceText(flow)}>
      {flow.service.namespace === flow.dest.namespace ? null : (
        <span className="text-muted">{flow.service.namespace}/</span>
      )}
      {flow.service.name}
    </span>
  );
}

function Rule({ flow }: { readonly flow: JoinedFlow }) {
  const text = ruleText(flow);
  const shown = decidedBy(settlingReport(flow)?.deciding ?? null, "short");
  // A long name is shortened; the rule's number after it stays.
  const cut = shown.includes(" ▸ ") ? shown.lastIndexOf(" ▸ ") : shown.length;
  return text === "" ? (
    <span className="text-muted">no trace</span>
  ) : (
    <span className="flex font-mono" title={text}>
      <span className="truncate">{shown.slice(0, cut)}</span>
      <span className="shrink-0 whitespace-pre">{shown.slice(cut)}</span>
    </span>
  );
}

/** Connections in the bucket; a denied attempt is counted in packets, since no connection came of it. */
function Connections({ flow }: { readonly flow: JoinedFlow }) {
  const report = settlingReport(flow);
  if (report === undefined) return null;
  const connections = Math.max(report.connectionsStarted, report.connectionsLive);
  return connections > 0 ? (
    <span title="connections started or open in this bucket">{formatCount(connections)}</span>
  ) : (
    <span title="packets: no connection came of it" className="text-muted">
      {formatCount(report.packetsIn + report.packetsOut)} pk
    </span>
  );
}
