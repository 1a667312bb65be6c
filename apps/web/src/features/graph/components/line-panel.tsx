"use client";

import Link from "next/link";
import {
  ClusterMark,
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
import { managedPolicyOf, type ManagedPolicy } from "../model/managed-policy";
import { endVerdicts, policyText, type EndVerdict } from "../model/line-facts";
import { attempts, denials } from "../model/line-shape";
import { lineFlowsQuery } from "../model/flow-links";
import { LineHistory } from "./line-history";

export interface LinePanelProps {
  readonly line: GraphLine;
  readonly clusters: readonly GraphCluster[];
  readonly policies: readonly ManagedPolicy[];
  readonly onClose: () => void;
}

const footLink = "inline-flex h-7 items-center rounded-md border border-line-strong px-3 text-work font-medium";

/** One connection: who, how often, what both ends say, which rule decided, and its history. */
export function LinePanel({ line, clusters, policies, onClose }: LinePanelProps) {
  const link = useLink();
  const edge = line.edges[0];
  if (edge === undefined) return null;
  const several = line.edges.length > 1;
  const ends = endVerdicts(line);
  const policyId = decisivePolicy(ends, policies)?.id;
  return (
    <SidePanel
      label="Connection"
      title={
        several ? `${line.edges.length} connections, ${line.port}` : `${endName(edge.source)} → ${endName(edge.dest)}`
      }
      subtitle={<Ends line={line} clusters={clusters} />}
      onClose={onClose}
      footer={
        <>
          <Link
            href={link(`/flows?q=${encodeURIComponent(lineFlowsQuery(line, clusters))}`)}
            className={`${footLink} hover:bg-wash`}
          >
            Flows
          </Link>
          {policyId === undefined ? null : (
            <Link href={link(`/policies/${policyId}`)} className={`${footLink} hover:bg-wash`}>
              Policy
            </Link>
          )}
        </>
      }
    >
      <PanelSection>
        <Summary line={line} />
      </PanelSection>
      <PanelSection title="Verdict of both ends">
        <div className="grid grid-cols-2 gap-2">
          {ends.map((end) => (
            <EndBox key={end.reporter} end={end} line={line} clusters={clusters} />
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

/** The policy of ours that denied; where nobody did, the one that let the called end answer. */
function decisivePolicy(ends: readonly EndVerdict[], policies: readonly ManagedPolicy[]): ManagedPolicy | undefined {
  const deciding = [...ends.filter(({ verdict }) => marks[verdict].verdict === "deny"), ...ends.toReversed()]
    .map((end) => end.deciding)
    .filter((policy) => policy !== null);
  return deciding.map((policy) => managedPolicyOf(policy, policies)).find((policy) => policy !== undefined);
}

interface EndBoxProps {
  readonly end: EndVerdict;
  readonly line: GraphLine;
  readonly clusters: readonly GraphCluster[];
}

function EndBox({ end, line, clusters }: EndBoxProps) {
  const { verdict, text } = marks[end.verdict];
  const first = line.edges[0];
  const at = end.reporter === "source" ? first?.source : first?.dest;
  const name = at === undefined ? "" : line.edges.length > 1 ? at.namespace : endName(at);
  return (
    <div
      className={`min-w-0 rounded-md border p-2 text-table ${verdict === "deny" ? "border-deny bg-wash-deny" : "border-line"}`}
    >
      <p className="flex items-center gap-1.5">
        <ClusterMark index={clusters.find(({ id }) => id === at?.clusterId)?.ordinal ?? "outside"} />
        <span className="min-w-0 truncate font-mono" title={name}>
          {name}
        </span>
      </p>
      <p className="font-semibold">
        <VerdictMark verdict={verdict}>{text}</VerdictMark>
      </p>
      <p className="break-words text-muted">
        <Deciding end={end} />
      </p>
    </div>
  );
}

/** What decided at an end: a policy's rule, or that no policy selects the end. */
function Deciding({ end }: { readonly end: EndVerdict }) {
  const direction = end.reporter === "source" ? "egress" : "ingress";
  if (end.deciding === null) {
    return end.verdict === "not-reached" || end.verdict === "not-seen" ? direction : `${direction}, no policy named`;
  }
  const text = policyText(end.deciding);
  return end.deciding.kind === "Profile" ? (
    <span title={text}>no policy for {direction}</span>
  ) : (
    <>
      {direction}, by <span className="font-mono text-axis text-text">{text}</span>
    </>
  );
}
