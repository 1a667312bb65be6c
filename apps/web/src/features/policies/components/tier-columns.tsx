"use client";

import { Plus } from "lucide-react";
import type { ReactNode } from "react";
import { formatCount, IconButton, StatusGlyph, VerdictGlyph } from "../../../ui";
import { useMay } from "../../frame";
import { PolicyCard } from "./policy-card";
import type { Board, BoardCard, BoardCluster, BoardTier } from "./use-policies";

export interface TierColumnsProps {
  readonly board: Board;
  readonly shown: (card: BoardCard) => boolean;
  readonly selectedId: string | undefined;
  readonly onOpen: (policyId: string) => void;
  readonly onNew: (tier: string) => void;
}

/** Tiers as columns in the order of evaluation; what is not ours stands beside, at the end. */
export function TierColumns({ board, shown, selectedId, onOpen, onNew }: TierColumnsProps) {
  const writes = useMay("policies.write");
  return (
    <section
      aria-label="Tiers in the order of evaluation"
      className="flex min-h-0 flex-1 items-start gap-2 overflow-auto px-4 py-2 max-md:px-3"
    >
      {board.tiers.map((tier) => (
        <Column
          key={tier.id}
          heading={tier.name}
          order={formatCount(tier.order)}
          below={placementWords(tier)}
          act={
            writes ? (
              <IconButton label={`New policy in ${tier.name}`} className="size-5!" onClick={() => onNew(tier.name)}>
                <Plus size={14} />
              </IconButton>
            ) : null
          }
        >
          <ol className="flex flex-col gap-1">
            {tier.policies.filter(shown).map((card) => (
              <PolicyCard
                key={card.id}
                card={card}
                clusters={board.clusters}
                selected={card.id === selectedId}
                onOpen={() => onOpen(card.id)}
              />
            ))}
          </ol>
          {tier.policies.length === 0 ? <p className="px-1 py-2 text-table text-muted">No policy yet.</p> : null}
          <p className="flex items-center gap-1 px-1 py-2 text-table">
            <VerdictGlyph verdict={tier.defaultAction === "Deny" ? "deny" : "pass"} size={12} />
            <span className="text-muted">no match:</span> {tier.defaultAction === "Deny" ? "deny" : "pass on"}
          </p>
        </Column>
      ))}
      <Unmanaged board={board} />
    </section>
  );
}

function placementWords(tier: BoardTier): string {
  const selectors = [...new Set(tier.policies.map((policy) => policy.placementSelector))];
  const [only] = selectors;
  if (only === undefined) return "nothing placed yet";
  if (selectors.length > 1) return `${selectors.length} placements`;
  return only === "all()" ? "every cluster" : only;
}

interface ColumnProps {
  readonly heading: string;
  readonly order: string;
  readonly below: string;
  readonly act?: ReactNode;
  readonly children: ReactNode;
}

const Column = ({ heading, order, below, act, children }: ColumnProps) => (
  <section aria-label={`Tier ${heading}`} className="max-w-72 min-w-40 flex-1 basis-0">
    <header className="h-11 px-1 pb-2">
      <div className="flex items-center gap-1.5">
        <h2 className="truncate font-mono text-work font-semibold">{heading}</h2>
        <span className="text-table text-muted">{order}</span>
        <span className="flex-1" />
        {act}
      </div>
      <p className="truncate text-table text-muted" title={below}>
        {below}
      </p>
    </header>
    {children}
  </section>
);

function Unmanaged({ board }: { readonly board: Board }) {
  const tiers = [...new Set([...board.unmanaged.map((group) => group.tier), "default"])];
  return tiers.map((tier) => {
    const groups = board.unmanaged.filter((group) => group.tier === tier);
    return (
      <Column
        key={tier}
        heading={tier}
        order={tier === "default" ? "last" : ""}
        below="not managed here"
        act={<StatusGlyph status="locked" />}
      >
        <ol className="flex flex-col gap-1">
          {groups.map((group) => (
            <li
              key={`${group.family}${group.kind}`}
              className="rounded-md border border-dashed border-line-strong p-2 text-table"
            >
              <p>
                <span className="font-medium">{formatCount(group.count)}</span> {group.family}
              </p>
              <p className="truncate font-mono text-axis text-muted">{group.kind}</p>
              <p className="mt-1 truncate" title={namesOf(group.clusterIds, board.clusters)}>
                {group.clusterIds.length === 1
                  ? namesOf(group.clusterIds, board.clusters)
                  : `${group.clusterIds.length} clusters`}
              </p>
            </li>
          ))}
        </ol>
        {groups.length === 0 ? (
          <p className="px-1 py-2 text-table text-muted">The clusters have no policies of their own.</p>
        ) : null}
      </Column>
    );
  });
}

const namesOf = (ids: readonly string[], clusters: readonly BoardCluster[]): string =>
  clusters
    .filter((cluster) => ids.includes(cluster.id))
    .map((cluster) => cluster.name)
    .join(", ");
