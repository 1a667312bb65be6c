"use client";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { inferRouterOutputs } from "@trpc/server";
import { useSearchParams } from "next/navigation";
import { useDeferredValue } from "react";
import { liveOn, useTRPC } from "../../../client";
import type { AppRouter } from "../../../server/router";
import {
  absoluteTime,
  Button,
  clockTime,
  ControlButton,
  dayMonth,
  EmptyState,
  Menu,
  MenuItem,
  Segments,
  Select,
  Table,
  type Column,
  TableSkeleton,
} from "../../../ui";
import { describeRange, printRange } from "../../../view";
import {
  FilterBar,
  Loaded,
  Page,
  PageBody,
  SearchField,
  StatusBar,
  useBarred,
  useSetParams,
  useView,
} from "../../frame";
import { exportQuery } from "../model/export-query";
import { actionWords, summaryOf } from "../model/words";
import { AuditDetail } from "./audit-detail";
import { ChainPanel, ChainStatus, useChainCheck } from "./chain-status";
import { targetName } from "./target-name";

export type AuditLine = inferRouterOutputs<AppRouter>["audit"]["list"]["lines"][number];

const columns: readonly Column<AuditLine>[] = [
  {
    id: "seq",
    title: "#",
    width: 72,
    align: "right",
    cell: ({ seq }) => <span className="text-muted">{seq ?? "–"}</span>,
  },
  {
    id: "at",
    title: "When, UTC",
    width: 136,
    cell: ({ at }) => (
      <span title={absoluteTime(at)}>
        <span className="text-muted">{dayMonth(at)}</span> {clockTime(at)}
      </span>
    ),
  },
  {
    id: "actor",
    title: "Who",
    width: 160,
    cell: ({ actor }) => (
      <span className={actor.kind === "person" ? undefined : "text-muted"}>{actor.name || actor.kind}</span>
    ),
  },
  {
    id: "what",
    title: "What",
    cell: (line) => (
      <>
        {actionWords(line.action)} <span className="font-mono">{targetName(line.target)}</span>{" "}
        <span className="text-muted">{summaryOf(line.action, line.detail)}</span>
      </>
    ),
    copy: (line) => `${absoluteTime(line.at)} ${line.actor.name} ${line.action} ${line.target.name}`,
  },
  {
    id: "action",
    title: "Action",
    width: 172,
    cell: ({ action }) => <span className="font-mono text-muted">{action}</span>,
  },
  { id: "ip", title: "From", width: 128, cell: ({ ip }) => <span className="font-mono text-muted">{ip}</span> },
];

/** Who did what and when, newest first. Nothing here is ever changed or removed. */
export function AuditPage() {
  const trpc = useTRPC();
  const params = useSearchParams();
  const setParams = useSetParams();
  const { range } = useView();
  const always = params.get("time") !== "range";
  const text = useDeferredValue(params.get("q") ?? "");
  const [actorId, action, targetKind] = [params.get("who"), params.get("action"), params.get("kind")];
  const log = useInfiniteQuery(
    trpc.audit.list.infiniteQueryOptions(
      {
        ...(text === "" ? {} : { text }),
        ...(actorId === null ? {} : { actorId }),
        ...(action === null ? {} : { action }),
        ...(targetKind === null ? {} : { targetKind }),
        ...(always ? {} : { range: printRange(range) }),
      },
      { ...liveOn("audit"), getNextPageParam: (page) => page.nextCursor ?? undefined },
    ),
  );
  const check = useChainCheck();
  const lines = log.data?.pages.flatMap((page) => page.lines) ?? [];
  const open = params.get("line") ?? undefined;
  const chosen = lines.find((line) => line.id === open);
  return (
    <Page>
      <PageBody>
        <AuditFilter rangeWords={describeRange(range)} always={always} />
        <Loaded query={log} what="the log" loading={<TableSkeleton columns={columns} minWidth={900} rows={16} />}>
          {() => (
            <Table
              label="Audit log"
              columns={columns}
              rows={lines}
              rowKey={(line) => line.id}
              selectedKey={open}
              onSelect={(line) => setParams({ line: line.id, chain: undefined })}
              onEnd={() => log.hasNextPage && !log.isFetchingNextPage && void log.fetchNextPage()}
              minWidth={900}
              empty={
                <EmptyState title="Nothing fits">
                  Take out a filter. What people, agents and Isthmus itself change is written here as it happens.
                </EmptyState>
              }
            />
          )}
        </Loaded>
        <StatusBar>
          <span>
            {log.data === undefined
              ? ""
              : `${lines.length}${log.hasNextPage ? " newest" : ""} ${lines.length === 1 ? "line" : "lines"}, kept for good`}
          </span>
          <ChainStatus
            check={check}
            newest={lines[0]?.seq ?? undefined}
            onOpen={() => setParams({ chain: "1", line: undefined })}
          />
        </StatusBar>
      </PageBody>
      {chosen === undefined ? null : <AuditDetail line={chosen} onClose={() => setParams({ line: undefined })} />}
      {params.get("chain") === null || check.data === undefined ? null : (
        <ChainPanel check={check.data} onClose={() => setParams({ chain: undefined })} />
      )}
    </Page>
  );
}

/** Downloads the log as it is narrowed on the page; each is written into the log itself. */
function ExportMenu() {
  const params = useSearchParams();
  const { range } = useView();
  const barred = useBarred("audit.export");
  if (barred !== undefined) return <Button barred={barred}>Export</Button>;
  const download = (format: "csv" | "jsonl") =>
    window.location.assign(`/api/export/audit?${exportQuery(params, format, printRange(range))}`);
  return (
    <Menu align="end" trigger={<ControlButton>Export</ControlButton>}>
      <MenuItem onSelect={() => download("csv")} trail="for a spreadsheet">
        CSV
      </MenuItem>
      <MenuItem onSelect={() => download("jsonl")} trail="verifiable">
        JSON Lines
      </MenuItem>
    </Menu>
  );
}

function AuditFilter({ rangeWords, always }: { readonly rangeWords: string; readonly always: boolean }) {
  const trpc = useTRPC();
  const params = useSearchParams();
  const setParams = useSetParams();
  const facets = useQuery(trpc.audit.facets.queryOptions(undefined, { ...liveOn("audit"), staleTime: 30_000 }));
  const nouns = [...new Set(facets.data?.actions.map((action) => action.split(".")[0] ?? action))];
  const choose = (name: string, value: string) => setParams({ [name]: value === "any" ? undefined : value });
  return (
    <FilterBar>
      <SearchField label="Find in the log" placeholder="Find by name, person or action" />
      <Select
        label="who"
        value={params.get("who") ?? "any"}
        onChange={(value) => choose("who", value)}
        options={[
          { value: "any", label: "anybody" },
          ...(facets.data?.actors ?? []).map((actor) => ({ value: actor.id, label: actor.name || actor.id })),
        ]}
      />
      <Select
        label="what"
        value={params.get("action") ?? "any"}
        onChange={(value) => choose("action", value)}
        options={[
          { value: "any", label: "anything" },
          ...nouns.map((noun) => ({ value: `${noun}.`, label: `${noun}, all` })),
          ...(facets.data?.actions ?? []).map((action) => ({ value: action, label: action })),
        ]}
      />
      <Select
        label="on"
        value={params.get("kind") ?? "any"}
        onChange={(value) => choose("kind", value)}
        options={[
          { value: "any", label: "anything" },
          ...(facets.data?.targetKinds ?? []).filter(Boolean).map((kind) => ({ value: kind, label: kind })),
        ]}
      />
      <Segments
        label="Time"
        value={always ? "always" : "range"}
        onChange={(time) => setParams({ time: time === "always" ? undefined : time })}
        tabs={[
          { value: "always", label: "All time" },
          { value: "range", label: rangeWords },
        ]}
      />
      <ExportMenu />
    </FilterBar>
  );
}
