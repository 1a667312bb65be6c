"use client";

import type { ReactNode } from "react";
import { formatCount, formatShare, hourMinute } from "../../../ui";
import type { ClusterLine } from "./use-clusters";

interface Figure {
  readonly figure: ReactNode;
  readonly says: string;
  readonly more: string;
}

const sum = (lines: readonly ClusterLine[], of: (line: ClusterLine) => number): number =>
  lines.reduce((total, line) => total + of(line), 0);

function heard(lines: readonly ClusterLine[]): Figure {
  const joined = lines.filter(({ cluster }) => cluster.joinedAt !== null);
  const silent = joined.filter(({ health }) => health.unknownSince !== undefined);
  const [first] = silent;
  const more =
    first === undefined
      ? joined.length === 0
        ? "none has joined"
        : "none is missing"
      : `${first.cluster.name} at ${hourMinute(new Date(first.health.unknownSince ?? 0))}`;
  return {
    figure: `${joined.length - silent.length} of ${joined.length}`,
    says: "heard now",
    more: silent.length > 1 ? `${more} and ${silent.length - 1} more not` : more,
  };
}

function evidenceFigure(lines: readonly ClusterLine[], rangeWords: string): Figure {
  const expected = sum(lines, ({ evidence }) => evidence?.expected ?? 0);
  const durable = sum(lines, ({ evidence }) => evidence?.durable ?? 0);
  const minutes = sum(lines, ({ evidence }) => evidence?.missingMinutes ?? 0);
  return {
    figure: expected === 0 ? "none due" : formatShare(durable / expected),
    says: `evidence, ${rangeWords}`,
    more:
      minutes === 0
        ? "no minute missing"
        : `${formatCount(minutes)} ${minutes === 1 ? "minute of a cluster" : "minutes of clusters"} incomplete`,
  };
}

function policyFigure(all: readonly ClusterLine[]): Figure {
  const lines = all.filter(({ cluster }) => !cluster.readOnly);
  const placed = sum(lines, ({ cluster }) => cluster.policies.placed);
  const applied = sum(
    lines.filter(({ health }) => health.unknownSince === undefined),
    ({ cluster }) => cluster.policies.applied,
  );
  const [wrong] = lines.filter(({ cluster }) => cluster.policies.failed + cluster.policies.drifted > 0);
  return {
    figure: placed === 0 ? "0" : `${applied} of ${placed}`,
    says: placed === 0 ? "policies placed" : "policies as approved",
    more:
      wrong === undefined
        ? placed === applied
          ? ""
          : "the others pending or unknown"
        : `look at ${wrong.cluster.name}`,
  };
}

function figures(lines: readonly ClusterLine[], rangeWords: string): readonly Figure[] {
  const joining = lines.filter(({ cluster }) => cluster.joinedAt === null && cluster.status.kind === "first-sync");
  const workloads = sum(lines, ({ cluster }) => (cluster.joinedAt === null ? 0 : cluster.size.workloads));
  const nodes = sum(lines, ({ cluster }) => (cluster.joinedAt === null ? 0 : cluster.size.nodes));
  return [
    heard(lines),
    evidenceFigure(lines, rangeWords),
    {
      figure: formatCount(workloads),
      says: `workloads on ${formatCount(nodes)} ${nodes === 1 ? "node" : "nodes"}`,
      more:
        joining.length > 0
          ? `plus ${formatCount(sum(joining, ({ cluster }) => cluster.size.workloads))} in first sync`
          : `${formatCount(sum(lines, ({ cluster }) => cluster.size.pods))} pods`,
    },
    policyFigure(lines),
  ];
}

/** The few figures that the page is opened for. */
export function FigureStrip({
  lines,
  rangeWords,
}: {
  readonly lines: readonly ClusterLine[];
  readonly rangeWords: string;
}) {
  return (
    <dl className="grid shrink-0 grid-cols-2 border-b border-line bg-bg md:grid-cols-4">
      {figures(lines, rangeWords).map(({ figure, says, more }) => (
        <div
          key={says}
          className="min-w-0 border-line px-4 py-2 not-last:border-r max-md:nth-2:border-r-0 max-md:nth-[-n+2]:border-b"
        >
          <dd className="truncate text-title font-semibold tracking-[-0.01em]">{figure}</dd>
          <dt className="truncate text-table">{says}</dt>
          <dd className="min-h-4 text-table break-words text-muted">{more}</dd>
        </div>
      ))}
    </dl>
  );
}
