"use client";

import { useCallback, useEffect, useState } from "react";

const storageKey = "isthmus.flows.hidden-columns";

/** Which columns a person has hidden, kept in this browser. */
export function useHiddenColumns(): readonly [hidden: ReadonlySet<string>, toggle: (id: string) => void] {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => setHidden(new Set(localStorage.getItem(storageKey)?.split(",").filter(Boolean))), []);
  const toggle = useCallback((id: string) => {
    setHidden((before) => {
      const next = new Set(before);
      if (!next.delete(id)) next.add(id);
      localStorage.setItem(storageKey, [...next].join(","));
      return next;
    });
  }, []);
  return [hidden, toggle];
}
