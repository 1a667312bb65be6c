"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import type { inferRouterOutputs } from "@trpc/server";
import { useSearchParams } from "next/navigation";
import { useDeferredValue } from "react";
import { liveOn, useTRPC } from "../../../client";
import type { AppRouter } from "../../../server/router";
import { EmptyState, ProblemIcon, RelativeTime, Table, TableSkeleton, type Column } from "../../../ui";
import { Loaded, useSetParams } from "../../frame";
import { printObjectKey } from "../model/object-key";
import { objectTabSpecs, type ObjectTab } from "../model/objects";

type Row = inferRouterOutputs<AppRouter>["clusters"]["objects"]["objects"][number];

function columnsOf(tab: ObjectTab, wide: boolean): readonly Column<Row>[] {
  const [first, second, third] = objectTabSpecs[tab].columns;
  const several = objectTabSpecs[tab].kinds.length > 1;
  const cell = (index: 0 | 1 | 2, mono: boolean) => (row: Row) => (
    <span title={row.cells[index]} className={mono ? "font-mono" : undefined}>
      {index === 0 && row.problem ? (
        <span className="inline-flex items-center gap-1 align-bottom font-semibold">
          <ProblemIcon /> {row.cells[index]}
        </span>
      ) : (
        row.cells[index]
      )}
    </span>
  );
  return [
    {
      id: "name",
      title: "Name",
      cell: (row) => (
        <span className="font-mono" title={row.name}>
          {row.name}
        </span>
      ),
      copy: (row) => row.name,
    },
    ...(tab === "nodes" || tab === "namespaces"
      ? []
      : [
          {
            id: "namespace",
            title: "Namespace",
            width: wide ? 140 : 112,
            cell: (row: Row) => <span className="font-mono">{row.namespace}</span>,
          },
        ]),
    ...(several ? [{ id: "kind", title: "Kind", width: wide ? 172 : 132, cell: (row: Row) => row.kind }] : []),
    { id: "first", title: first, width: 144, cell: cell(0, false) },
    { id: "second", title: second, ...(third === "" ? {} : { width: wide ? 220 : 136 }), cell: cell(1, true) },
    ...(third === "" ? [] : [{ id: "third", title: third, width: wide ? 220 : 136, cell: cell(2, true) }]),
    {
      id: "updated",
      title: "Changed",
      width: 96,
      cell: (row: Row) => (
        <span className="text-muted">
          <RelativeTime at={row.updatedAt} />
        </span>
      ),
    },
  ];
}

/** One list of a cluster's objects, filtered and live; a row opens the object. */
export function ObjectTable({ clusterId, tab }: { readonly clusterId: string; readonly tab: ObjectTab }) {
  const trpc = useTRPC();
  const params = useSearchParams();
  const setParams = useSetParams();
  const text = useDeferredValue(params.get("q") ?? "");
  const objects = useInfiniteQuery(
    trpc.clusters.objects.infiniteQueryOptions(
      { clusterId, tab, ...(text === "" ? {} : { text }) },
      { ...liveOn("inventory"), getNextPageParam: (page) => page.nextCursor ?? undefined },
    ),
  );
  const title = objectTabSpecs[tab].title.toLowerCase();
  const columns = columnsOf(tab, params.get("object") === null);
  return (
    <Loaded query={objects} what={`the ${title}`} loading={<TableSkeleton columns={columns} minWidth={840} />}>
      {({ pages }) => (
        <Table
          label={objectTabSpecs[tab].title}
          columns={columns}
          rows={pages.flatMap((page) => page.objects)}
          rowKey={printObjectKey}
          selectedKey={params.get("object") ?? undefined}
          onSelect={(row) => setParams({ object: printObjectKey(row) })}
          onEnd={() => objects.hasNextPage && !objects.isFetchingNextPage && void objects.fetchNextPage()}
          minWidth={840}
          empty={
            <EmptyState title={text === "" ? `No ${title} were reported` : `No ${title} fit`}>
              {text === "" ? "They appear here as soon as the cluster has them." : "Take out a word of the filter."}
            </EmptyState>
          }
        />
      )}
    </Loaded>
  );
}
