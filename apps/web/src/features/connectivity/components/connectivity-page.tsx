"use client";

import Link from "next/link";
import { useSearchParams } from "next/navigation";
import { useMemo } from "react";
import { EmptyState, LinesSkeleton, StatusGlyph } from "../../../ui";
import { clustersInScope } from "../../../view";
import {
  FilterBar,
  Loaded,
  NothingInReach,
  Page,
  PageBody,
  StatusBar,
  useAccess,
  useLink,
  useSetParams,
  useView,
} from "../../frame";
import { disagrees, unheardText } from "../model/cell";
import { Legend } from "./legend";
import { ConnectivityMatrix, pairKey } from "./matrix";
import { PairPanel } from "./pair-panel";
import { ProbeList } from "./probe-list";
import { useMatrix, type MatrixCluster, type MatrixPair } from "./use-connectivity";

/** Clusters that are not heard beyond these are counted, not named. */
const NAMED = 2;

/** Whether pods of each cluster reach pods of each other by address: expected from facts, and measured. */
export function ConnectivityPage() {
  const matrix = useMatrix();
  const view = useView();
  const link = useLink();
  const setParams = useSetParams();
  const selected = useSearchParams().get("pair");
  const clusters = useMemo(() => clustersInScope(view.scope, matrix.data?.clusters ?? []), [matrix.data, view.scope]);
  const pairs = useMemo(
    () => new Map((matrix.data?.pairs ?? []).map((pair) => [pairKey(pair.from, pair.to), pair])),
    [matrix.data],
  );
  const [from, to] = (selected ?? "").split("~").map((id) => clusters.find((cluster) => cluster.id === id));
  const select = (pair: string | undefined) => setParams({ pair }, "push");
  return (
    <Page>
      <PageBody>
        <FilterBar>
          <nav aria-label="Clusters" className="text-work text-muted">
            <Link href={link("/clusters")} className="underline">
              Clusters
            </Link>{" "}
            ▸ <span className="text-text">Connectivity</span>
          </nav>
        </FilterBar>
        <Loaded
          query={matrix}
          what="the matrix"
          loading={<LinesSkeleton lines={8} />}
          empty={() => (clusters.length < 2 ? <TooFew one={clusters.length === 1} /> : null)}
        >
          {() => (
            <div className="flex min-h-0 flex-1 flex-col overflow-auto bg-surface">
              <ConnectivityMatrix
                clusters={clusters}
                pairs={pairs}
                selected={selected}
                onSelect={(pair) => select(pair === selected ? undefined : pair)}
              />
              <Legend dimmed={clusters.some(({ unknownSince }) => unknownSince !== null)} />
              <ProbeList clusters={clusters} />
            </div>
          )}
        </Loaded>
        <StatusBar>
          {matrix.data === undefined || clusters.length < 2 ? null : <Count clusters={clusters} pairs={pairs} />}
        </StatusBar>
      </PageBody>
      {from && to && from !== to ? (
        <PairPanel
          key={selected}
          from={from}
          to={to}
          onTurn={() => select(pairKey(to.id, from.id))}
          onClose={() => select(undefined)}
        />
      ) : null}
    </Page>
  );
}

function Count({
  clusters,
  pairs,
}: {
  readonly clusters: readonly MatrixCluster[];
  readonly pairs: ReadonlyMap<string, MatrixPair>;
}) {
  const ids = new Set(clusters.map(({ id }) => id));
  const shown = [...pairs.values()].filter(({ from, to }) => ids.has(from) && ids.has(to));
  const measured = shown.filter(({ measured: { kind } }) => kind !== "none" && kind !== "stale").length;
  const off = shown.filter((pair) => disagrees(pair.expected, pair.measured)).length;
  const unheard = clusters.filter(({ unknownSince }) => unknownSince !== null);
  return (
    <>
      <span>
        {shown.length} pairs, {measured} measured in the last 5 minutes{off === 0 ? "" : `, ${off} not as expected`}
      </span>
      {unheard.length === 0 ? null : (
        <span className="inline-flex min-w-0 items-center gap-1.5">
          <StatusGlyph status="unknown" />
          <span className="truncate">
            {unheard.length > NAMED ? `${unheard.length} clusters are not heard` : unheardText(unheard)}
          </span>
        </span>
      )}
    </>
  );
}

function TooFew({ one }: { readonly one: boolean }) {
  const { limited } = useAccess();
  return (
    <div className="flex flex-1 flex-col justify-center bg-surface">
      {limited && !one ? (
        <NothingInReach what="cluster" permission="clusters.read" />
      ) : (
        <EmptyState title="Two clusters make a pair">
          This page shows whether pods of one cluster reach pods of another by address, and what to change where they do
          not. {limited ? "You see one cluster: widen" : "Connect another cluster, or widen"} the scope in the bar above
          {limited ? ", or ask for access to another." : "."}
        </EmptyState>
      )}
    </div>
  );
}
