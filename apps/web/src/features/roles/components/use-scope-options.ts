"use client";

import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { useTRPC } from "../../../client";
import { useAccess, useMay } from "../../frame";

/** The clusters and tiers that scopes are made of; none in the installation, which has neither. */
export function useScopeOptions() {
  const trpc = useTRPC();
  const { kind } = useAccess();
  const ordinary = kind === "ordinary";
  const seesClusters = useMay("clusters.read") && ordinary;
  const seesTiers = useMay("policies.read") && ordinary;
  const options = useQuery(
    trpc.frame.scopeOptions.queryOptions(undefined, { enabled: seesClusters, staleTime: 30_000 }),
  );
  const editor = useQuery(trpc.policies.editor.queryOptions(undefined, { enabled: seesTiers, staleTime: 30_000 }));
  const clusters = options.data?.clusters;
  const nameOf = useCallback((id: string) => clusters?.find((cluster) => cluster.id === id)?.name, [clusters]);
  return { clusters: clusters ?? [], tiers: editor.data?.tiers.map(({ name }) => name) ?? [], nameOf };
}
