"use client";

import { ListFilter } from "lucide-react";
import { useSearchParams } from "next/navigation";
import { useSetParams } from "../model/use-view";

/** The text that a page's list is narrowed by, kept in the URL under `q`. */
export function SearchField({ label, placeholder }: { readonly label: string; readonly placeholder: string }) {
  const params = useSearchParams();
  const setParams = useSetParams();
  return (
    <label className="flex h-7 min-w-32 flex-1 items-center gap-2 rounded-md border border-line-strong bg-surface px-2 focus-within:border-accent focus-within:outline-1 focus-within:outline-accent">
      <ListFilter size={14} aria-hidden className="shrink-0 text-muted" />
      <input
        type="search"
        aria-label={label}
        placeholder={placeholder}
        value={params.get("q") ?? ""}
        onChange={(event) => setParams({ q: event.target.value === "" ? undefined : event.target.value })}
        className="w-full bg-transparent text-work outline-none placeholder:text-muted"
      />
    </label>
  );
}
