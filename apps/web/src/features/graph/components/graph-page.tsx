"use client";

import { longestFlowRangeMs, parseFilter, type FilterTable } from "@isthmus/flow-filter";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useSearchParams } from "next/navigation";
import { useCallback, useMemo, useState } from "react";
import { liveOn, useTRPC, whileShown } from "../../../client";
import { EmptyState, ErrorState, formatCount, LinesSkeleton, Segments, Waiting } from "../../../ui";
import { EvidenceNote } from "../../evidence";
import { MissingNotice } from "../../examination";
import { FilterBar, Loaded, NoCluster, Page, PageBody, StatusBar, useSetParams, useView } from "../../frame";
import { FilterInput } from "../../flows";
import { buildGraph, type GraphCard, type ServiceGraph } from "../model/graph";
import { readGraphQuery } from "../model/graph-query";
import { keepLines, type Shown } from "../model/keep-lines";
import { parseSelection, printSelection, type Selection } from "../model/selection";
import { CardPanel } from "./card-panel";
import { GraphCanvas } from "./graph-canvas";
import { Legend } from "./legend";
import { LinePanel } from "./line-panel";
import { useLayout } from "./use-layout";
import { useMedia } from "./use-media";

const FOLD_ABOVE = { desk: 24, phone: 3 } as const;
const SHOWN: readonly { readonly value: Shown; readonly label: string }[] = [
  { value: "all", label: "All" },
  { value: "denied", label: "Denied" },
  { value: "across", label: "Across clusters" },
];

/** The service graph of the scope over the range. */
export function GraphPage() {
  const trpc = useTRPC();
  const view = useView();
  const state = useGraphState();
  const isTall = useMedia("(max-aspect-ratio: 1/1)");
  const isPhone = useMedia("(max-width: 639px)");
  const { range } = view;
  const durationMs = range.kind === "absolute" ? range.toMs - range.fromMs : range.durationMs;
  const answeredBy = durationMs > longestFlowRangeMs ? "edge" : "flow";
  const asked = { view: view.input, q: parseFilter(state.q, { answeredBy }).ok ? state.q : "" };
  const query = useQuery(
    trpc.graph.edges.queryOptions(asked, {
      ...liveOn("evidence", "session"),
      ...whileShown,
      placeholderData: keepPreviousData,
    }),
  );
  const graph = useMemo(
    () =>
      query.data === undefined
        ? undefined
        : buildGraph(keepLines(query.data.edges, state.shown), {
            clusters: query.data.clusters,
            toggled: state.toggled,
            foldAbove: isPhone ? FOLD_ABOVE.phone : FOLD_ABOVE.desk,
          }),
    [query.data, state.shown, state.toggled, isPhone],
  );
  const { laidOut, error } = useLayout(graph, isTall ? "tall" : "wide");
  const cards = graph?.frames.flatMap((frame) => frame.groups.flatMap((group) => group.cards)) ?? [];
  return (
    <Page>
      <PageBody>
        <GraphFilter
          state={state}
          asked={asked}
          answeredBy={answeredBy}
          summary={query.data === undefined ? "" : summary(cards, graph)}
        />
        <MissingNotice needs={["flows", "inventory"]} />
        {error === undefined ? null : <ErrorState title="The graph could not be laid out" message={error} />}
        <Loaded
          query={query}
          what="the graph"
          loading={<GraphSkeleton />}
          empty={({ edges, clusters }) =>
            clusters.length === 0 ? (
              <NoCluster />
            ) : graph?.lines.length === 0 ? (
              <NothingSeen filtered={edges.length > 0 || asked.q !== ""} />
            ) : null
          }
        >
          {() =>
            graph === undefined || laidOut === undefined ? (
              <Waiting label="Drawing the graph">
                <GraphSkeleton />
              </Waiting>
            ) : (
              <GraphCanvas
                graph={graph}
                layout={laidOut.layout}
                selection={state.selection}
                onSelect={state.select}
                onToggle={state.toggle}
              />
            )
          }
        </Loaded>
        <StatusBar>
          <div className="min-w-0 flex-1 max-lg:hidden">
            <Legend />
          </div>
          <EvidenceNote />
        </StatusBar>
      </PageBody>
      <Panel
        graph={graph}
        cards={cards}
        state={state}
        clusters={query.data?.clusters ?? []}
        policies={query.data?.policies ?? []}
      />
    </Page>
  );
}

/** Two quiet frames with cards, as clusters come. */
const GraphSkeleton = () => (
  <div className="flex min-h-0 flex-1 items-center justify-center gap-24 p-8 max-md:gap-8">
    {[4, 3].map((cards) => (
      <div key={cards} className="grid w-72 max-w-full grid-cols-2 gap-6 rounded-md border border-line p-6">
        {Array.from({ length: cards }, (_, card) => (
          <LinesSkeleton key={card} lines={2} className="rounded-md border border-line" />
        ))}
      </div>
    ))}
  </div>
);

/** What of the graph is shown and selected; all but the folds stands in the URL. */
function useGraphState() {
  const params = useSearchParams();
  const setParams = useSetParams();
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const at = params.get("at");
  const selection = useMemo(() => parseSelection(at), [at]);
  const select = useCallback((next: Selection) => setParams({ at: printSelection(next) }, "push"), [setParams]);
  const toggle = useCallback((id: string) => {
    setToggled((before) => {
      const after = new Set(before);
      if (!after.delete(id)) after.add(id);
      return after;
    });
  }, []);
  const asked = params.get("show");
  const shown: Shown = SHOWN.find(({ value }) => value === asked)?.value ?? "all";
  return {
    selection,
    select,
    toggled,
    toggle,
    shown,
    show: (next: Shown) => setParams({ show: next === "all" ? undefined : next }),
    q: readGraphQuery(params.get("q") ?? ""),
    ask: (q: string) => setParams({ q: q === "" ? undefined : q, at: undefined }, "push"),
  };
}

type GraphState = ReturnType<typeof useGraphState>;

interface GraphFilterProps {
  readonly state: GraphState;
  readonly asked: { readonly view: ReturnType<typeof useView>["input"]; readonly q: string };
  readonly answeredBy: FilterTable;
  readonly summary: string;
}

function GraphFilter({ state, asked, answeredBy, summary: text }: GraphFilterProps) {
  const trpc = useTRPC();
  // The graph itself comes from rollups; what is offered is counted in flows, which is asked for when it is wanted.
  const [isWriting, setIsWriting] = useState(false);
  const facets = useQuery(
    trpc.flows.facets.queryOptions(asked, {
      enabled: isWriting,
      staleTime: 60_000,
      placeholderData: keepPreviousData,
    }),
  );
  return (
    <FilterBar>
      <FilterInput
        value={state.q}
        onChange={state.ask}
        occurring={facets.data ?? {}}
        answeredBy={answeredBy}
        onBegin={() => setIsWriting(true)}
        result={text}
      />
      <Segments label="Connections shown" value={state.shown} tabs={SHOWN} onChange={state.show} />
    </FilterBar>
  );
}

function Panel({ graph, cards, state, clusters, policies }: PanelProps) {
  const { selection, select } = state;
  const close = useCallback(() => select({ kind: "none" }), [select]);
  if (graph === undefined || selection.kind === "none") return null;
  if (selection.kind === "line") {
    const line = graph.lines.find(({ id }) => id === selection.id);
    return line === undefined ? null : (
      <LinePanel line={line} clusters={clusters} policies={policies} onClose={close} />
    );
  }
  const card = cards.find(({ id }) => id === selection.id);
  return card === undefined ? null : (
    <CardPanel card={card} graph={graph} clusters={clusters} onSelect={select} onClose={close} />
  );
}

interface PanelProps {
  readonly graph: ServiceGraph | undefined;
  readonly cards: readonly GraphCard[];
  readonly state: GraphState;
  readonly clusters: React.ComponentProps<typeof LinePanel>["clusters"];
  readonly policies: React.ComponentProps<typeof LinePanel>["policies"];
}

function NothingSeen({ filtered }: { readonly filtered: boolean }) {
  return filtered ? (
    <EmptyState title="No connection fits the filter">Take the filter out, or show all connections.</EmptyState>
  ) : (
    <EmptyState title="No connection was seen in this range">
      Choose a longer range or a wider scope. Whether nothing happened or nothing was heard is said by the evidence in
      the top bar.
    </EmptyState>
  );
}

function summary(cards: readonly GraphCard[], graph: ServiceGraph | undefined): string {
  const workloads = cards.reduce((sum, card) => sum + Math.max(1, card.folded), 0);
  const lines = graph?.lines.length ?? 0;
  return `${formatCount(workloads)} ends, ${formatCount(lines)} ${lines === 1 ? "line" : "lines"}`;
}
