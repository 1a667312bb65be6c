"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useSubscription } from "@trpc/tanstack-react-query";
import { createContext, useCallback, useContext, useEffect, useMemo, useRef, type ReactNode } from "react";
import { invalidateTopics, useTRPC, wireErrorOf } from "../../../client";
import type { LiveTopic } from "../../../view";
import { useView } from "../model/use-view";

/** How the page hears of changes. */
export type LiveState = "live" | "paused" | "connecting" | "lost";

const LiveContext = createContext<LiveState>("connecting");

/** How the page hears of changes now. */
export const useLive = (): LiveState => useContext(LiveContext);

// Many changes in a moment make one round of questions.
const gatherMs = 400;
const rereadMs = 15_000;

/** Keeps one stream of announcements open and makes the queries that they concern ask again. */
export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const trpc = useTRPC();
  const { live } = useView();
  const tell = useGathered();
  const signingOut = useSigningOut();
  const subscription = useSubscription(
    trpc.frame.changes.subscriptionOptions(undefined, {
      enabled: live,
      onData: (change) => tell(change.kind === "changed" ? change.topic : "all"),
      onError: (error) => {
        if (wireErrorOf(error).code === "not-signed-in" && !signingOut())
          window.location.assign(
            `/sign-in?next=${encodeURIComponent(window.location.pathname + window.location.search)}`,
          );
      },
    }),
  );
  // A cluster that falls silent announces nothing: links are asked about again even when all is quiet.
  useEffect(() => {
    if (!live) return;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") tell("session");
    }, rereadMs);
    return () => clearInterval(timer);
  }, [live, tell]);
  const state = !live
    ? "paused"
    : subscription.status === "pending"
      ? "live"
      : subscription.status === "connecting"
        ? "connecting"
        : "lost";
  const value = useMemo(() => state, [state]);
  return <LiveContext value={value}>{children}</LiveContext>;
}

/** Whether this page asked to sign out: its stream ends by that, often before the answer that says where to go. */
function useSigningOut(): () => boolean {
  const trpc = useTRPC();
  const queries = useQueryClient();
  return () => queries.getMutationCache().find({ mutationKey: trpc.signIn.signOut.mutationKey() }) !== undefined;
}

function useGathered(): (topic: LiveTopic | "all") => void {
  const queries = useQueryClient();
  const waiting = useRef<Set<LiveTopic> | "all">(new Set());
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return useCallback(
    (topic) => {
      if (topic === "all" || waiting.current === "all") waiting.current = "all";
      else waiting.current.add(topic);
      timer.current ??= setTimeout(() => {
        timer.current = undefined;
        const topics = waiting.current;
        waiting.current = new Set();
        invalidateTopics(queries, topics);
      }, gatherMs);
    },
    [queries],
  );
}
