"use client";

import { everything, parseFilter, printFilter, setValues, type Filter } from "@isthmus/flow-filter";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Columns3 } from "lucide-react";
import { useSearchParams } from "next/navigation";
import { useEffect, useMemo, useState } from "react";
import { liveOn, useTRPC, whileShown } from "../../../client";
import {
  Button,
  ControlButton,
  EmptyState,
  formatCount,
  Kbd,
  LinesSkeleton,
  Menu,
  MenuCheck,
  ProblemIcon,
  shortCount,
  Spinner,
  Table,
  TableSkeleton,
} from "../../../ui";
import { EvidenceNote } from "../../evidence";
import { MissingNotice } from "../../examination";
import {
  FilterBar,
  Loaded,
  NoCluster,
  Page,
  PageBody,
  PageSide,
  StatusBar,
  useLink,
  useSetParams,
  useView,
} from "../../frame";
import { Facets } from "./facets";
import { FilterInput } from "./filter-input";
import { choosableColumns, flowColumns, minTableWidth } from "./flow-columns";
import { ExpandedRow } from "./expanded-row";
import { FlowsOverTime, useFlowsOverTime } from "./flows-over-time";
import { useFlowRows } from "./use-flow-rows";
import { useHiddenColumns } from "./use-hidden-columns";

/** The live table of all clusters' flows. */
export function FlowsPage() {
  const trpc = useTRPC();
  const params = useSearchParams();
  const setParams = useSetParams();
  const view = useView();
  const q = params.get("q") ?? "";
  const parsed = parseFilter(q);
  const filter = parsed.ok ? parsed.value : everything;
  const asked = { view: view.input, q: parsed.ok ? q : "" };
  const follow = { ...liveOn("evidence"), ...whileShown, staleTime: 10_000, placeholderData: keepPreviousData };
  const facets = useQuery(trpc.flows.facets.queryOptions(asked, follow));
  const histogram = useFlowsOverTime(asked.q);
  const setFilter = (next: Filter) => setParams({ q: printFilter(next) || undefined, flow: undefined }, "push");
  const [hidden, toggleColumn] = useHiddenColumns();
  const total = histogram.data?.steps.reduce((sum, step) => sum + step.allow + step.deny + step.pass + step.unknown, 0);
  return (
    <Page>
      <PageBody>
        <FilterBar>
          <FilterInput
            value={q}
            onChange={(text) => setParams({ q: text === "" ? undefined : text, flow: undefined }, "push")}
            occurring={facets.data ?? {}}
            result={total === undefined ? <Spinner /> : `${formatCount(total)} flow records`}
          />
          <Menu
            align="end"
            trigger={
              <ControlButton>
                <Columns3 size={14} aria-hidden />
                <span className="max-md:hidden">Columns</span>
                <span className="text-muted max-md:hidden">
                  {choosableColumns.length + 3 - hidden.size} of {choosableColumns.length + 3}
                </span>
              </ControlButton>
            }
          >
            {choosableColumns.map((column) => (
              <MenuCheck key={column.id} checked={!hidden.has(column.id)} onChange={() => toggleColumn(column.id)}>
                {column.title}
              </MenuCheck>
            ))}
          </Menu>
        </FilterBar>
        <MissingNotice needs={["flows", "inventory"]} />
        <div className="flex min-h-0 flex-1">
          <PageSide label="Commonest values">
            <Loaded query={facets} what="the commonest values" look="part" loading={<LinesSkeleton lines={12} />}>
              {(data) => <Facets facets={data} filter={filter} onChange={setFilter} />}
            </Loaded>
          </PageSide>
          <div className="flex min-h-0 min-w-0 flex-1 flex-col">
            <FlowsOverTime q={asked.q} />
            <FlowsTable
              q={asked.q}
              hidden={hidden}
              onPair={(source, dest) =>
                setFilter(
                  setValues(setValues(filter, "source.workload", { values: [source] }), "dest.workload", {
                    values: [dest],
                  }),
                )
              }
            />
          </div>
        </div>
        <StatusBar>
          <EvidenceNote />
          <span className="ml-auto inline-flex items-center gap-3 max-lg:hidden">
            <Hint keys={["J", "K"]}>move</Hint>
            <Hint keys={["↵"]}>trace</Hint>
            <Hint keys={["Y"]}>copy time</Hint>
            <Hint keys={["F"]}>filter to this pair</Hint>
            <Hint keys={["/"]}>filter</Hint>
          </span>
        </StatusBar>
      </PageBody>
    </Page>
  );
}

const Hint = ({ keys, children }: { readonly keys: readonly string[]; readonly children: string }) => (
  <span className="inline-flex items-center gap-1">
    {keys.map((key) => (
      <Kbd key={key}>{key}</Kbd>
    ))}
    {children}
  </span>
);

interface FlowsTableProps {
  readonly q: string;
  readonly hidden: ReadonlySet<string>;
  readonly onPair: (source: string, dest: string) => void;
}

function FlowsTable({ q, hidden, onPair }: FlowsTableProps) {
  const params = useSearchParams();
  const setParams = useSetParams();
  const link = useLink();
  const { input, live, range } = useView();
  const { rows, clusters, pages, skipped } = useFlowRows(input, q, live);
  const openId = params.get("flow") ?? undefined;
  const [atTop, setAtTop] = useState(true);
  const newer = useNewer(rows[0]?.id, rows.length, atTop);
  const dated = range.kind === "absolute" ? range.toMs - range.fromMs > 86_400_000 : range.durationMs > 86_400_000;
  const columns = useMemo(() => flowColumns({ clusters, hidden, openId, dated }), [clusters, hidden, openId, dated]);
  useTableKeys((id) => {
    const flow = rows.find((each) => each.id === id);
    if (flow !== undefined)
      onPair(flow.source.workloadName || flow.source.name, flow.dest.workloadName || flow.dest.name);
  });
  const loading = <TableSkeleton columns={columns} minWidth={minTableWidth(columns)} rows={16} />;
  return (
    <Loaded query={pages} what="the flows" loading={loading}>
      {() => (
        <div className="relative flex min-h-0 flex-1 flex-col" data-table="flows">
          {newer > 0 ? (
            <Button
              className="absolute top-9 left-1/2 z-20 -translate-x-1/2 shadow-float"
              onClick={(event) =>
                event.currentTarget.parentElement?.querySelector("[data-scroller]")?.scrollTo({ top: 0 })
              }
            >
              {shortCount(newer)} newer above
            </Button>
          ) : null}
          <Table
            label="Flows, newest first"
            columns={columns}
            rows={rows}
            rowKey={(flow) => flow.id}
            expandedKey={openId}
            onSelect={(flow) => setParams({ flow: flow.id === openId ? undefined : flow.id })}
            renderExpanded={(flow) => <ExpandedRow flow={flow} href={link(`/flows/${encodeURIComponent(flow.id)}`)} />}
            minWidth={minTableWidth(columns)}
            onAtTop={setAtTop}
            onEnd={() => {
              if (pages.hasNextPage && !pages.isFetchingNextPage) void pages.fetchNextPage();
            }}
            empty={
              clusters.size === 0 && input.scope === "" ? (
                <NoCluster />
              ) : (
                <NothingFound filtered={q !== ""} onClear={() => setParams({ q: undefined }, "push")} />
              )
            }
          />
          {skipped ? (
            <output className="flex items-center gap-1.5 border-b border-line bg-wash px-4 py-1 text-table">
              <ProblemIcon /> More flows arrived at once than a page can show. Narrow the filter to see each.
            </output>
          ) : null}
        </div>
      )}
    </Loaded>
  );
}

function NothingFound({ filtered, onClear }: { readonly filtered: boolean; readonly onClear: () => void }) {
  return filtered ? (
    <EmptyState
      title="No flow fits the filter in this range"
      action={<Button onClick={onClear}>Clear the filter</Button>}
    >
      No flow is not the same as none seen: the line at the foot says how complete the evidence is.
    </EmptyState>
  ) : (
    <EmptyState title="No flow was seen in this range">
      Flows come from Goldmane in each connected cluster, about 45 s after they happen. If a cluster has just been
      connected, wait for its first bucket; otherwise look at the evidence above.
    </EmptyState>
  );
}

/** How many rows were put above the place that is being read. */
function useNewer(topId: string | undefined, count: number, atTop: boolean): number {
  const [seen, setSeen] = useState({ topId, count });
  if (atTop && (seen.topId !== topId || seen.count !== count)) setSeen({ topId, count });
  return atTop || seen.topId === topId ? 0 : Math.max(0, count - seen.count);
}

/** Keys of the page while no field has the focus: J and K enter the table, F filters to the focused row's pair, / filters. */
function useTableKeys(onPair: (id: string) => void) {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const target = event.target instanceof HTMLElement ? event.target : undefined;
      if (event.metaKey || event.ctrlKey || event.altKey || target?.closest("input, textarea, [role=dialog]")) return;
      const row = target?.closest<HTMLElement>("tr[data-key]");
      if (event.key === "/") {
        event.preventDefault();
        document.querySelector<HTMLElement>("[role=combobox]")?.focus();
      } else if ((event.key === "j" || event.key === "k") && !row) {
        document.querySelector<HTMLElement>("[data-table=flows] tr[data-row]")?.focus();
      } else if (event.key === "f" && row?.dataset["key"] !== undefined) {
        onPair(row.dataset["key"]);
      }
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  });
}
