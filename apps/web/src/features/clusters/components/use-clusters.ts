"use client";

import { useQuery } from "@tanstack/react-query";
import type { inferRouterOutputs } from "@trpc/server";
import { useMemo } from "react";
import { liveOn, useTRPC } from "../../../client";
import type { AppRouter } from "../../../server/router";
import { useEvidence } from "../../evidence";
import { clusterHealth, type Health } from "../model/health";

type Outputs = inferRouterOutputs<AppRouter>["clusters"];
export type ClusterSummary = Outputs["list"]["clusters"][number];
export type ClusterDetail = Outputs["get"];
export type EvidenceRow = NonNullable<ReturnType<typeof useEvidence>["data"]>["clusters"][number];

/** A line of the list: the cluster, its evidence over the page's range, and what both say of its health. */
export interface ClusterLine {
  readonly cluster: ClusterSummary;
  readonly evidence: EvidenceRow | undefined;
  readonly health: Health;
}

// Felix's flush and Goldmane's delay: evidence up to so long ago is all that can be here.
const usualDelayMs = 75_000;

const behindMs = (row: EvidenceRow | undefined, nowMs: number): number | undefined =>
  row === undefined || row.latestMs === null ? undefined : Math.max(0, nowMs - row.latestMs - usualDelayMs);

/** The clusters with their evidence; evidence that does not come leaves the list as it is. */
export function useClusterLines() {
  const trpc = useTRPC();
  const list = useQuery(
    trpc.clusters.list.queryOptions(undefined, {
      ...liveOn("session", "status", "desired", "inventory", "policy"),
      refetchInterval: 15_000,
    }),
  );
  const { data: evidence } = useEvidence();
  const lines = useMemo((): readonly ClusterLine[] => {
    const rows = new Map(evidence?.clusters.map((row) => [row.id, row]));
    return (list.data?.clusters ?? []).map((cluster) => {
      const row = rows.get(cluster.id);
      const late = evidence === undefined ? undefined : behindMs(row, evidence.nowMs);
      return {
        cluster,
        evidence: row,
        health: clusterHealth({ ...cluster, ...(late === undefined ? {} : { behindMs: late }) }),
      };
    });
  }, [list.data, evidence]);
  return { list, lines, evidence };
}
