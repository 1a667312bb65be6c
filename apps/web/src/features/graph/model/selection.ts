/** What of the graph is selected, as it stands in the URL under `at`. */
export type Selection =
  | { readonly kind: "none" }
  | { readonly kind: "line"; readonly id: string }
  | { readonly kind: "card"; readonly id: string };

/** Reads "line:<id>" or "card:<id>"; anything else is no selection. */
export function parseSelection(text: string | null): Selection {
  const match = /^(line|card):(.+)$/s.exec(text ?? "");
  if (match?.[1] === "line") return { kind: "line", id: match[2] ?? "" };
  return match?.[1] === "card" ? { kind: "card", id: match[2] ?? "" } : { kind: "none" };
}

/** The selection as a parameter; undefined for none. */
export const printSelection = (selection: Selection): string | undefined =>
  selection.kind === "none" ? undefined : `${selection.kind}:${selection.id}`;
