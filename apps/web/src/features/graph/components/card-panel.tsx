"use client";

import Link from "next/link";
import { ClusterMark, ClusterName, formatCount, PanelSection, SidePanel, VerdictGlyph } from "../../../ui";
import { hiddenEnd, hiddenKind } from "../../flows";
import { useLink } from "../../frame";
import { cardFlowsQuery } from "../model/flow-links";
import { endName, type GraphCard, type GraphCluster, type GraphLine, type ServiceGraph } from "../model/graph";
import { attempts } from "../model/line-shape";
import type { Selection } from "../model/selection";

export interface CardPanelProps {
  readonly card: GraphCard;
  readonly graph: ServiceGraph;
  readonly clusters: readonly GraphCluster[];
  readonly onSelect: (selection: Selection) => void;
  readonly onClose: () => void;
}

/** One workload or outside end: who calls it, whom it calls. */
export function CardPanel({ card, graph, clusters, onSelect, onClose }: CardPanelProps) {
  const link = useLink();
  const cluster = clusters.find(({ id }) => id === card.clusterId);
  const callers = graph.lines.filter(({ destId }) => destId === card.id);
  const called = graph.lines.filter(({ sourceId }) => sourceId === card.id);
  const query = cardFlowsQuery(card, cluster?.name);
  const hidden = card.kind === hiddenKind;
  return (
    <SidePanel
      label="Workload"
      title={hidden ? card.name : <span className="font-mono">{card.name}</span>}
      subtitle={
        hidden ? undefined : (
          <span className="flex items-center gap-2">
            {cluster === undefined ? (
              <ClusterName index="outside" name="outside" />
            ) : (
              <ClusterName index={cluster.ordinal} name={cluster.name} />
            )}
            <span>
              {card.namespace} {card.kind}
            </span>
          </span>
        )
      }
      onClose={onClose}
      footer={
        card.clusterId === null ? undefined : (
          <Link
            href={link(`/flows?q=${encodeURIComponent(query)}`)}
            className="inline-flex h-7 items-center rounded-md border border-line-strong px-3 text-work font-medium hover:bg-wash"
          >
            Flows
          </Link>
        )
      }
    >
      {hidden ? <Hidden /> : null}
      <Connections title="Called by" lines={callers} other="source" clusters={clusters} onSelect={onSelect} />
      <Connections title="Calls" lines={called} other="dest" clusters={clusters} onSelect={onSelect} />
    </SidePanel>
  );
}

/** Says why a card has no name: all ends that the person may not see are one. */
function Hidden() {
  const link = useLink();
  return (
    <PanelSection>
      <p className="text-muted">{hiddenEnd.why} All such ends stand here as one.</p>
      <Link href={link("/access/why?permission=flows.read")} className="text-accent hover:underline">
        Why can I not…
      </Link>
    </PanelSection>
  );
}

interface ConnectionsProps {
  readonly title: string;
  readonly lines: readonly GraphLine[];
  readonly other: "source" | "dest";
  readonly clusters: readonly GraphCluster[];
  readonly onSelect: (selection: Selection) => void;
}

function Connections({ title, lines, other, clusters, onSelect }: ConnectionsProps) {
  const sorted = [...lines].sort((a, b) => attempts(b) - attempts(a));
  return (
    <PanelSection title={title} trail={<span>{lines.length}</span>}>
      {lines.length === 0 ? <p className="text-table text-muted">Nothing seen in the range.</p> : null}
      <ul className="-mx-2">
        {sorted.map((line) => {
          const edge = line.edges[0];
          const name =
            edge === undefined ? line.id : line.edges.length > 1 ? edge[other].namespace : endName(edge[other]);
          return (
            <li key={line.id}>
              <button
                type="button"
                onClick={() => onSelect({ kind: "line", id: line.id })}
                className="flex h-7 w-full items-center gap-2 rounded-sm px-2 text-left text-table hover:bg-wash"
              >
                <VerdictGlyph verdict={line.verdict === "mixed" ? "deny" : line.verdict} label={line.verdict} />
                <ClusterMark index={clusters.find(({ id }) => id === edge?.[other].clusterId)?.ordinal ?? "outside"} />
                <span className="min-w-0 flex-1 truncate font-mono">{name}</span>
                <span className="font-mono text-muted">{line.port}</span>
                <span className="w-14 text-right tabular-nums">{formatCount(attempts(line))}</span>
              </button>
            </li>
          );
        })}
      </ul>
    </PanelSection>
  );
}
