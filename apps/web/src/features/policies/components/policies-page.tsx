"use client";

import { Plus } from "lucide-react";
import { usePathname, useSearchParams } from "next/navigation";
import { useCallback, useState } from "react";
import {
  Button,
  EmptyState,
  hourMinute,
  LinesSkeleton,
  ProblemIcon,
  Segments,
  Skeleton,
  StatusGlyph,
} from "../../../ui";
import { EvidenceNote } from "../../evidence";
import { MissingNotice } from "../../examination";
import {
  FilterBar,
  Loaded,
  NothingInReach,
  Page,
  PageBody,
  SearchField,
  StatusBar,
  useAccess,
  useBarred,
  useSetParams,
} from "../../frame";
import { INCOMPLETE_HITS } from "../model/hits";
import { NewTierDialog } from "./new-tier-dialog";
import { PolicyEditor } from "./policy-editor";
import { PolicyPanel } from "./policy-panel";
import { TierColumns } from "./tier-columns";
import { TierMatrix } from "./tier-matrix";
import { useBoard, type Board, type BoardCard } from "./use-policies";

type Segment = "all" | "drafts" | "problems";
const segmentOf = (text: string | null): Segment => (text === "drafts" || text === "problems" ? text : "all");

const isDraft = (card: BoardCard) => card.mode === "draft" || (card.newestNumber ?? 0) !== (card.appliedNumber ?? 0);
const isProblem = (card: BoardCard) => card.problems > 0 || card.warnings.length > 0;

function fits(card: BoardCard, segment: Segment, text: string): boolean {
  if (segment === "drafts" && !isDraft(card)) return false;
  if (segment === "problems" && !isProblem(card)) return false;
  const held = `${card.name} ${card.namespace} ${card.kind} ${card.placementSelector}`.toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => held.includes(word));
}

/** Where the person is on this page: the board, a policy beside it, or the editor. All of it is in the URL. */
function usePlace() {
  const path = usePathname();
  const params = useSearchParams();
  const policyId = /^\/policies\/([^/]+)/.exec(path)?.[1];
  const go = useCallback((to: string | undefined, changes: Readonly<Record<string, string>> = {}) => {
    const next = new URLSearchParams(window.location.search);
    for (const name of ["new", "edit", "part"]) next.delete(name);
    for (const [name, value] of Object.entries(changes)) next.set(name, value);
    const text = next.toString();
    window.history.pushState(null, "", `/policies${to === undefined ? "" : `/${to}`}${text === "" ? "" : `?${text}`}`);
  }, []);
  return { policyId, editing: params.get("edit") !== null, newIn: params.get("new"), go };
}

/** The board of tiers and policies, with one of them open beside it. */
export function PoliciesPage() {
  const board = useBoard();
  const params = useSearchParams();
  const { policyId, editing, newIn, go } = usePlace();
  const [newTier, setNewTier] = useState(false);
  const segment = segmentOf(params.get("show"));
  const text = params.get("q") ?? "";
  const close = useCallback(() => go(undefined), [go]);
  const data = board.data;
  return (
    <Page>
      <PageBody>
        <PoliciesFilter
          board={data}
          onNewTier={() => setNewTier(true)}
          onNewPolicy={() => go(undefined, { new: "1" })}
        />
        <MissingNotice needs={["policies", "flows"]} />
        <Loaded query={board} what="the policies" loading={<BoardSkeleton />}>
          {(read) => (
            <>
              <Summary board={read} />
              {read.tiers.length === 0 ? <NoTiers onNewTier={() => setNewTier(true)} /> : null}
              <TierColumns
                board={read}
                shown={(card) => fits(card, segment, text)}
                selectedId={policyId}
                onOpen={(id) => go(id)}
                onNew={(tier) => go(undefined, { new: tier })}
              />
              <TierMatrix board={read} />
            </>
          )}
        </Loaded>
        <StatusBar>
          <EvidenceNote />
        </StatusBar>
        <NewTierDialog open={newTier} onOpenChange={setNewTier} existing={data?.tiers ?? []} />
      </PageBody>
      {newIn !== null && data !== undefined && data.tiers.length > 0 ? (
        <PolicyEditor
          policyId={undefined}
          tier={newIn === "1" ? undefined : newIn}
          onClose={close}
          onSaved={(id) => go(id)}
        />
      ) : policyId !== undefined && editing ? (
        <PolicyEditor policyId={policyId} tier={undefined} onClose={() => go(policyId)} onSaved={(id) => go(id)} />
      ) : policyId !== undefined ? (
        <PolicyPanel key={policyId} policyId={policyId} onClose={close} onEdit={() => go(policyId, { edit: "1" })} />
      ) : null}
    </Page>
  );
}

/** Columns of cards, as tiers come. */
const BoardSkeleton = () => (
  <div className="flex gap-2 p-4">
    {[3, 2, 4].map((cards) => (
      <div key={cards} className="flex max-w-72 min-w-40 flex-1 flex-col gap-1">
        <Skeleton className="my-3" width="45%" />
        {Array.from({ length: cards }, (_, card) => (
          <LinesSkeleton key={card} lines={2} className="rounded-md border border-line" />
        ))}
      </div>
    ))}
  </div>
);

interface PoliciesFilterProps {
  readonly board: Board | undefined;
  readonly onNewTier: () => void;
  readonly onNewPolicy: () => void;
}

function PoliciesFilter({ board, onNewTier, onNewPolicy }: PoliciesFilterProps) {
  const params = useSearchParams();
  const setParams = useSetParams();
  const cards = board?.tiers.flatMap((tier) => tier.policies);
  const [tierBarred, policyBarred] = [useBarred("tiers.manage"), useBarred("policies.write")];
  return (
    <FilterBar>
      <SearchField label="Find policies" placeholder="Find by name, namespace, placement" />
      <Segments
        label="Which policies"
        value={segmentOf(params.get("show"))}
        onChange={(segment) => setParams({ show: segment === "all" ? undefined : segment })}
        tabs={[
          { value: "all", label: "All", count: cards?.length },
          { value: "drafts", label: "Drafts", count: cards?.filter(isDraft).length },
          { value: "problems", label: "Problems", count: cards?.filter(isProblem).length },
        ]}
      />
      <Button icon={<Plus size={14} aria-hidden />} barred={tierBarred} onClick={onNewTier}>
        Tier
      </Button>
      <Button
        icon={<Plus size={14} aria-hidden />}
        barred={policyBarred}
        onClick={onNewPolicy}
        disabled={board === undefined || board.tiers.length === 0}
        title={board?.tiers.length === 0 ? "Make a tier first" : undefined}
      >
        Policy
      </Button>
    </FilterBar>
  );
}

function Summary({ board }: { readonly board: Board }) {
  const cards = board.tiers.flatMap((tier) => tier.policies);
  const enforced = cards.filter((card) => card.mode === "enforced").length;
  const problems = cards.filter(isProblem).length;
  const silent = board.clusters.filter((cluster) => cluster.joined && cluster.unknownSince !== null);
  return (
    <div className="flex min-h-9 shrink-0 flex-wrap items-center gap-x-4 gap-y-1 border-b py-1 border-line bg-bg px-4 text-table whitespace-nowrap max-md:px-3">
      <span>
        <b className="font-semibold">{board.tiers.length}</b> {board.tiers.length === 1 ? "tier" : "tiers"}
      </span>
      <span>
        <b className="font-semibold">{cards.length}</b> {cards.length === 1 ? "policy" : "policies"}
      </span>
      <span className="inline-flex items-center gap-1.5">
        <StatusGlyph status="good" /> <b className="font-semibold">{enforced}</b> enforced
      </span>
      {problems > 0 ? (
        <span className="inline-flex items-center gap-1.5">
          <ProblemIcon /> <b className="font-semibold">{problems}</b> with problems
        </span>
      ) : null}
      {silent.slice(0, 2).map((cluster) => (
        <span key={cluster.id} className="inline-flex items-center gap-1.5 text-muted">
          <StatusGlyph status="unknown" /> <span className="font-mono">{cluster.name}</span> not heard since{" "}
          {hourMinute(new Date(cluster.unknownSince ?? 0))}
        </span>
      ))}
      {silent.length > 2 ? <span className="text-muted">and {silent.length - 2} more</span> : null}
      {board.hitsKnown ? null : <span className="text-muted">hits not known: the evidence store does not answer</span>}
      {board.hitsKnown && !board.hitsComplete ? (
        <span className="inline-flex items-center gap-1.5">
          <ProblemIcon /> hits: {INCOMPLETE_HITS}
        </span>
      ) : null}
    </div>
  );
}

function NoTiers({ onNewTier }: { readonly onNewTier: () => void }) {
  const { limited } = useAccess();
  const barred = useBarred("tiers.manage");
  if (limited)
    return (
      <div className="shrink-0">
        <NothingInReach what="tier" permission="tiers.read" />
      </div>
    );
  return (
    <div className="shrink-0">
      <EmptyState
        title="Make a tier for your policies"
        action={
          <Button look="primary" icon={<Plus size={14} aria-hidden />} barred={barred} onClick={onNewTier}>
            New tier
          </Button>
        }
      >
        Isthmus writes policies only into tiers of its own, so that nothing of the clusters' own is touched. Tiers are
        asked in order, before the clusters' tier default.
      </EmptyState>
    </div>
  );
}
