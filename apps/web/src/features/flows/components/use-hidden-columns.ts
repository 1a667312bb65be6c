"use client";

import { useCallback, useMemo, useSyncExternalStore } from "react";

const storageKey = "isthmus.flows.hidden-columns";
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", listener);
  };
}

const read = () => localStorage.getItem(storageKey) ?? "";

/** Which columns a person has hidden, kept in this browser. */
export function useHiddenColumns(): readonly [hidden: ReadonlySet<string>, toggle: (id: string) => void] {
  const stored = useSyncExternalStore(subscribe, read, () => "");
  const hidden = useMemo(() => new Set(stored.split(",").filter(Boolean)), [stored]);
  const toggle = useCallback(
    (id: string) => {
      const next = new Set(hidden);
      if (!next.delete(id)) next.add(id);
      localStorage.setItem(storageKey, [...next].join(","));
      for (const listener of listeners) listener();
    },
    [hidden],
  );
  return [hidden, toggle];
}
