"use client";

import Link from "next/link";
import {
  ClusterName,
  formatBytes,
  formatCount,
  PanelSection,
  ProblemIcon,
  RelativeTime,
  SidePanel,
  VerdictMark,
  Facts,
  type Verdict,
} from "../../../ui";
import { useLink } from "../../frame";
import type { GraphCluster, GraphLine } from "../model/graph";
import { endName } from "../model/graph";
import { endVerdicts, policyText, type EndVerdict } from "../model/line-facts";
import { attempts, denials } from "../model/line-shape";
import { lineFlowsQuery } from "../model/flow-links";
import { LineHistory } from "./line-history";

export interface LinePanelProps {
  readonly line: GraphLine;
  readonly clusters: readonly GraphCluster[];
  readonly onClose: () => void;
}

/** One connection: who, how often, what both ends say, which rule decided, and its history. */
export function LinePanel({ line, clusters, onClose }: LinePanelProps) {
  const link = useLink();
  const edge = line.edges[0];
  if (edge === undefined) return null;
  const several = line.edges.length > 1;
  return (
    <SidePanel
      label="Connection"
      title={
        several ? `${line.edges.length} connections, ${line.port}` : `${endName(edge.source)} → ${endName(edge.dest)}`
      }
      subtitle={<Ends line={line} clusters={clusters} />}
      onClose={onClose}
      footer={
        <Link
          href={link(`/flows?q=${encodeURIComponent(lineFlowsQuery(line, clusters))}`)}
          className="inline-flex h-7 items-center rounded-md border border-line px-3 text-work hover:bg-wash"
        >
          Flows
        </Link>
      }
    >
      <PanelSection>
        <Summary line={line} />
      </PanelSection>
      <PanelSection title="Verdict of both ends">
        <div className="grid grid-cols-2 gap-2">
          {endVerdicts(line).map((end) => (
            <EndBox key={end.reporter} end={end} />
          ))}
        </div>
      </PanelSection>
      <PanelSection title="Connections a minute">
        {several ? (
          <p className="text-table text-muted">Open the namespace to see one connection's history.</p>
        ) : (
          <LineHistory edge={edge} />
        )}
      </PanelSection>
      <PanelSection title="Traffic">
        <Facts
          facts={[
            ["to the called end", formatBytes(Math.max(line.bySource.bytesToDest, line.byDestination.bytesToDest))],
            ["back", formatBytes(Math.max(line.bySource.bytesToSource, line.byDestination.bytesToSource))],
            ["first in range", <RelativeTime key="first" at={line.firstSeenMs} />],
            ["last in range", <RelativeTime key="last" at={line.lastSeenMs} />],
            ...(line.services.length === 0 ? [] : [["service", line.services.join(", ")] as const]),
          ]}
        />
      </PanelSection>
    </SidePanel>
  );
}

function Ends({ line, clusters }: { readonly line: GraphLine; readonly clusters: readonly GraphCluster[] }) {
  const edge = line.edges[0];
  const cluster = (id: string | null | undefined) => clusters.find((each) => each.id === id);
  const mark = (id: string | null | undefined) => {
    const found = cluster(id);
    return found === undefined ? (
      <ClusterName index="outside" name="outside" />
    ) : (
      <ClusterName index={found.ordinal} name={found.name} />
    );
  };
  return (
    <span className="flex items-center gap-1.5">
      {mark(edge?.source.clusterId)} <span aria-hidden>▸</span> {mark(edge?.dest.clusterId)}
      <span className="ml-auto font-mono">{line.port.toUpperCase()}</span>
    </span>
  );
}

function Summary({ line }: { readonly line: GraphLine }) {
  const denied = denials(line);
  const tried = attempts(line);
  const where = line.deniedAt === "source" ? "by the caller's side" : "by destination";
  return (
    <div className="space-y-1 text-table">
      <p className="text-work font-semibold">
        {line.verdict === "deny" || line.verdict === "mixed" ? (
          <VerdictMark verdict="deny">
            {line.verdict === "mixed" ? `Partly denied ${where}` : `Denied ${where}`}
          </VerdictMark>
        ) : (
          <VerdictMark verdict={line.verdict}>
            {line.verdict === "staged" ? "Allowed; a staged policy would deny" : undefined}
          </VerdictMark>
        )}
      </p>
      <p>
        <b>{formatCount(tried)}</b> connections in the range, {denied === 0 ? "none" : formatCount(denied)} denied
      </p>
      {line.byDestination.flows === 0 && line.verdict === "allow" ? (
        <p className="flex items-center gap-1 text-muted">
          <ProblemIcon /> The called end did not report this connection.
        </p>
      ) : null}
    </div>
  );
}

const marks: Readonly<Record<EndVerdict["verdict"], { readonly verdict: Verdict; readonly text: string }>> = {
  allow: { verdict: "allow", text: "Allowed" },
  deny: { verdict: "deny", text: "Denied" },
  mixed: { verdict: "deny", text: "Partly denied" },
  staged: { verdict: "staged", text: "Would deny" },
  "not-seen": { verdict: "unknown", text: "Not seen" },
  "not-reached": { verdict: "unknown", text: "Not reached" },
};

function EndBox({ end }: { readonly end: EndVerdict }) {
  const { verdict, text } = marks[end.verdict];
  return (
    <div className={`rounded-md border border-line p-2 text-table ${verdict === "deny" ? "bg-wash-deny" : ""}`}>
      <p className="text-muted">{end.reporter === "source" ? "egress, at source" : "ingress, at destination"}</p>
      <p className="font-semibold">
        <VerdictMark verdict={verdict}>{text}</VerdictMark>
      </p>
      <p className="break-words text-muted">
        {end.deciding === null ? (
          "no policy named"
        ) : (
          <span className="font-mono text-axis">{policyText(end.deciding)}</span>
        )}
      </p>
    </div>
  );
}
