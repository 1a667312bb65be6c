"use client";

import { useSyncExternalStore } from "react";
import { absoluteTime, relativeTime } from "./format";

// One timer for all relative times of the page; it runs only while some are shown.
const listeners = new Set<() => void>();
let now = 0;
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, 10_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** The time as the page shows it, in ms; it moves every ten seconds. */
export function useNow(): number {
  return useSyncExternalStore(
    subscribe,
    () => {
      // What is drawn anew is told the time anew: what has just happened must not lie in the future.
      if (now === 0 || Date.now() - now > 1_000) now = Date.now();
      return now;
    },
    () => 0,
  );
}

export interface RelativeTimeProps {
  readonly at: Date | number;
}

/** "3 min ago", with the absolute time on hover. */
export function RelativeTime({ at }: RelativeTimeProps) {
  const current = useNow();
  const date = typeof at === "number" ? new Date(at) : at;
  return (
    <time dateTime={date.toISOString()} title={absoluteTime(date)} className="whitespace-nowrap">
      {current === 0 ? absoluteTime(date) : relativeTime(date.getTime(), current)}
    </time>
  );
}
