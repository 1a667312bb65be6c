"use client";

import type { FlowDetail } from "@isthmus/flow-store";
import { cx, VerdictGlyph, VerdictMark } from "../../../ui";
import type { ClusterNames } from "../model/cluster-names";
import { endText } from "../model/end";
import { traceLines, type TraceLine } from "../model/trace";
import { ClusterMark } from "../../../ui";

/** The trace of one end: the tiers and policies it met in order, and which of them decided. */
export function TraceCard({
  report,
  end,
  clusters,
}: {
  readonly report: FlowDetail;
  readonly end: "source" | "dest";
  readonly clusters: ClusterNames;
}) {
  const side = end === "source" ? report.source : report.dest;
  const cluster = clusters.get(report.clusterId);
  const lines = traceLines(report.enforcedTrace, report.pendingTrace);
  const heading = `${end === "source" ? "egress" : "ingress"} at ${cluster?.name ?? "a cluster that is gone"}`;
  return (
    <section aria-label={heading} className="min-w-0 rounded-md border border-line bg-surface px-3 py-2 text-table">
      <h3 className="mb-1 flex h-6 items-center gap-2 whitespace-nowrap">
        <ClusterMark index={cluster?.ordinal ?? "outside"} />
        <span className="truncate font-mono font-semibold">{endText(side).name}</span>
        <span className="truncate text-muted">{heading}</span>
        <span className="ml-auto font-semibold">
          <VerdictMark verdict={report.action} />
        </span>
      </h3>
      {lines.length === 0 ? <p className="py-1 text-muted">The evidence carries no trace of this end.</p> : null}
      <ol>
        {lines.map((line) => (
          <Line key={line.key} line={line} />
        ))}
      </ol>
    </section>
  );
}

function Line({ line }: { readonly line: TraceLine }) {
  return (
    <li
      className={cx(
        "-mx-2 flex min-h-6 items-center gap-2 rounded-sm px-2",
        line.decides && line.action === "allow" && "bg-wash-allow font-medium",
        line.decides && line.action === "deny" && "bg-wash-deny font-medium",
      )}
    >
      <VerdictGlyph verdict={line.staged ? "staged" : line.action} size={12} />
      <span className="w-16 shrink-0 truncate font-mono" title={line.tier}>
        {line.tier === "" ? "–" : line.tier}
      </span>
      <span className="min-w-36 flex-1 truncate font-mono" title={line.policy}>
        {line.policy}
      </span>
      <span className={cx("min-w-0 truncate text-right", line.decides ? "text-text" : "text-muted")} title={line.what}>
        {line.what}
      </span>
    </li>
  );
}

/** Stands in the place of a trace that is not there, and says why. */
export function NoTrace({ why }: { readonly why: string }) {
  return (
    <section className="flex min-h-16 min-w-0 items-center gap-2 rounded-md border border-dashed border-line-strong px-3 py-2 text-table text-muted">
      <VerdictGlyph verdict="unknown" size={12} />
      {why}
    </section>
  );
}
