"use client";

import { useQuery } from "@tanstack/react-query";
import type { inferRouterOutputs } from "@trpc/server";
import { liveOn, useTRPC } from "../../../client";
import type { AppRouter } from "../../../server/router";

type Outputs = inferRouterOutputs<AppRouter>["connectivity"];
export type Matrix = Outputs["matrix"];
export type MatrixCluster = Matrix["clusters"][number];
export type MatrixPair = Matrix["pairs"][number];
export type PairDetail = Outputs["pair"];

/** Results grow stale by themselves, so what lives on the page is also asked anew now and then. */
const REFRESH_MS = 30_000;

/** The matrix, kept up as probes report and facts change. */
export function useMatrix() {
  const trpc = useTRPC();
  const live = liveOn("probe", "session", "inventory");
  return useQuery(trpc.connectivity.matrix.queryOptions(undefined, { ...live, refetchInterval: REFRESH_MS }));
}

/** One pair in full. */
export function usePair(from: string, to: string) {
  const trpc = useTRPC();
  const live = liveOn("probe", "session", "inventory");
  return useQuery(trpc.connectivity.pair.queryOptions({ from, to }, { ...live, refetchInterval: REFRESH_MS }));
}
