"use client";

import { useQuery } from "@tanstack/react-query";
import { useTRPC } from "../../../client";
import { cx, formatCount, ProblemIcon, shortCount, StatusGlyph, VerdictGlyph } from "../../../ui";
import { useView } from "../../frame";
import { stateWord } from "./state-mark";
import type { BoardCard, BoardCluster } from "./use-policies";

export interface PolicyCardProps {
  readonly card: BoardCard;
  readonly clusters: readonly BoardCluster[];
  readonly selected: boolean;
  readonly onOpen: () => void;
}

/** Where a policy is applied, in which mode, how often it decided, and what is wrong with it. */
export function PolicyCard({ card, clusters, selected, onOpen }: PolicyCardProps) {
  return (
    <li>
      <button
        type="button"
        onClick={onOpen}
        aria-pressed={selected}
        className={cx(
          "block w-full rounded-md border bg-surface p-2 text-left transition-colors duration-150 hover:border-line-strong",
          selected ? "border-accent outline-1 outline-accent" : "border-line",
        )}
      >
        <span className="sr-only">Policy {card.name}. </span>
        <span className="flex items-center gap-1">
          <span className="truncate font-mono text-table font-medium" title={card.name}>
            {card.shortName}
          </span>
          {card.newestNumber !== null && card.mode === "enforced" && card.newestNumber !== card.appliedNumber ? (
            <span className="ml-auto rounded-sm border border-accent px-1 text-table font-medium text-accent">
              draft
            </span>
          ) : null}
        </span>
        {card.namespace === "" ? null : (
          <span className="block truncate font-mono text-axis text-muted">in {card.namespace}</span>
        )}
        <span className="my-1 flex items-center justify-between gap-1 text-table">
          <span title="clusters where it is applied, of those where it is placed">
            {card.mode === "enforced" ? `${card.applied}/${card.placed}` : "–"}
          </span>
          <Mode card={card} />
        </span>
        <HitBars card={card} />
        <Hits card={card} />
        <Wrong card={card} clusters={clusters} />
      </button>
    </li>
  );
}

function Mode({ card }: { readonly card: BoardCard }) {
  if (card.mode === "draft") return <span className="text-muted">not applied</span>;
  if (card.mode === "withdrawn") return <span className="text-muted">withdrawn</span>;
  return (
    <span className="inline-flex items-center gap-1">
      <StatusGlyph status="good" /> enforced
    </span>
  );
}

function HitBars({ card }: { readonly card: BoardCard }) {
  const trpc = useTRPC();
  const { input } = useView();
  const series = useQuery(
    trpc.policies.hitSeries.queryOptions(
      { policyId: card.id, view: input },
      { enabled: card.mode === "enforced", staleTime: 30_000, refetchInterval: 60_000 },
    ),
  );
  const steps = series.data?.steps ?? [];
  const top = Math.max(1, ...steps.map((step) => step.allowed + step.denied));
  const bars =
    steps.length === 0 ? Array.from({ length: 24 }, (_, index) => ({ startMs: index, allowed: 0, denied: 0 })) : steps;
  return (
    <span className="flex h-3 items-end gap-px" aria-hidden>
      {bars.map((step) => (
        <span key={step.startMs} className="flex h-full min-w-0 flex-1 flex-col justify-end">
          {step.denied > 0 ? (
            <span className="bg-deny opacity-80" style={{ height: `${Math.max(12, (step.denied / top) * 100)}%` }} />
          ) : null}
          {step.allowed > 0 ? (
            <span className="bg-allow opacity-75" style={{ height: `${Math.max(10, (step.allowed / top) * 100)}%` }} />
          ) : null}
          {step.denied + step.allowed === 0 ? <span className="h-px bg-line-strong" /> : null}
        </span>
      ))}
    </span>
  );
}

function Hits({ card }: { readonly card: BoardCard }) {
  if (card.hits === null) return <span className="mt-1 block text-table text-muted">hits not known</span>;
  return (
    <span
      className="mt-1 flex items-center justify-between gap-1 text-table"
      title={`${formatCount(card.hits.connections)} connections met it, ${formatCount(card.hits.denied)} were denied by it`}
    >
      <span>
        {shortCount(card.hits.connections)} <span className="text-muted">hits</span>
      </span>
      {card.hits.denied > 0 ? (
        <span className="inline-flex items-center gap-0.5 text-deny">
          <VerdictGlyph verdict="deny" size={12} />
          {shortCount(card.hits.denied)}
        </span>
      ) : null}
    </span>
  );
}

function Wrong({ card, clusters }: Pick<PolicyCardProps, "card" | "clusters">) {
  const wrong = card.states.filter((each) => ["failed", "drifted", "not-ours", "refused"].includes(each.state));
  const [first] = wrong;
  const text =
    first !== undefined
      ? `${stateWord(first.state)} on ${wrong.length === 1 ? (clusters.find((cluster) => cluster.id === first.clusterId)?.name ?? "") : `${wrong.length} clusters`}`
      : card.warnings[0]?.message;
  if (text === undefined) return null;
  return (
    <span className="mt-1 flex items-start gap-1 border-t border-line pt-1 text-table">
      <ProblemIcon />
      <span className="truncate" title={first?.message || text}>
        {text}
      </span>
    </span>
  );
}
