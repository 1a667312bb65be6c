"use client";

import { usePathname, useSearchParams } from "next/navigation";
import { useCallback, useMemo } from "react";
import { carryView, readView, toViewInput, writeView, type View, type ViewInput } from "../../../view";

/** Parameters to set; undefined takes one out. */
export type ParamChanges = Readonly<Record<string, string | undefined>>;

/** Writes to the URL without leaving the page. `push` makes a step that Back undoes. */
export function useSetParams(): (changes: ParamChanges, mode?: "push" | "replace") => void {
  const path = usePathname();
  return useCallback(
    (changes, mode = "replace") => {
      const params = new URLSearchParams(window.location.search);
      for (const [name, value] of Object.entries(changes)) {
        if (value === undefined) params.delete(name);
        else params.set(name, value);
      }
      const text = params.toString();
      const url = text === "" ? path : `${path}?${text}`;
      if (mode === "push") window.history.pushState(null, "", url);
      else window.history.replaceState(null, "", url);
    },
    [path],
  );
}

export interface ViewState extends View {
  /** The scope and range for a query's input: `trpc.x.y.queryOptions({ view: view.input })`. */
  readonly input: ViewInput;
  readonly set: (changes: Partial<View>) => void;
}

/** Scope, time range and live of the present URL. */
export function useView(): ViewState {
  const params = useSearchParams();
  const setParams = useSetParams();
  const view = useMemo(() => readView(params), [params]);
  const set = useCallback(
    (changes: Partial<View>) => setParams(writeView({ ...view, ...changes }), "push"),
    [view, setParams],
  );
  return useMemo(() => ({ ...view, input: toViewInput(view), set }), [view, set]);
}

/** Makes links that keep scope, range and live: `const link = useLink(); <Link href={link("/flows?q=…")}>`. */
export function useLink(): (href: string) => string {
  const params = useSearchParams();
  return useCallback((href) => carryView(href, new URLSearchParams(params)), [params]);
}
