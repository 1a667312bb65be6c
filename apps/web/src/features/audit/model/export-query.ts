interface Params {
  get(name: string): string | null;
}

// What the page's address calls a filter, and what the export calls it.
const names = [
  ["q", "text"],
  ["who", "actorId"],
  ["action", "action"],
  ["kind", "targetKind"],
] as const;

/** The query of an export that holds what the page shows: its filters, and its range where the page is narrowed by it. */
export function exportQuery(params: Params, format: "csv" | "jsonl", range: string): string {
  const query = new URLSearchParams({ format });
  for (const [name, asked] of names) {
    const value = params.get(name);
    if (value !== null && value !== "") query.set(asked, value);
  }
  if (params.get("time") === "range") query.set("range", range);
  return query.toString();
}
