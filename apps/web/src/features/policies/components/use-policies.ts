"use client";

import { skipToken, useQuery } from "@tanstack/react-query";
import type { inferRouterOutputs } from "@trpc/server";
import { liveOn, useTRPC } from "../../../client";
import type { AppRouter } from "../../../server/router";
import { useView } from "../../frame";

type Outputs = inferRouterOutputs<AppRouter>["policies"];
export type Board = Outputs["board"];
export type BoardTier = Board["tiers"][number];
export type BoardCard = BoardTier["policies"][number];
export type BoardCluster = Board["clusters"][number];
export type PolicyDetail = Outputs["get"];
export type EditorContext = Outputs["editor"];

/** The board over the page's scope and range. */
export function useBoard() {
  const trpc = useTRPC();
  const { input } = useView();
  return useQuery(
    trpc.policies.board.queryOptions(
      { view: input },
      { ...liveOn("policy", "status", "desired", "session"), refetchInterval: 15_000 },
    ),
  );
}

/** One policy; it follows every cluster's report by itself. Without an id nothing is asked. */
export function usePolicy(policyId: string | undefined) {
  const trpc = useTRPC();
  const { input } = useView();
  return useQuery(
    trpc.policies.get.queryOptions(policyId === undefined ? skipToken : { policyId, view: input }, {
      ...liveOn("policy", "status", "desired", "session"),
      refetchInterval: 15_000,
    }),
  );
}
