import { rowOf, type Grants } from "./grants";
import type { Dimension } from "./permissions";
import { WHOLE, type Extent } from "./region";

/**
 * Of each class of names that the same scopes reach one, the first in order. The whole of a dimension stands first, and
 * for every name that no scope mentions.
 */
export function classesOf(all: readonly Grants[], dimension: Dimension): readonly Extent[] {
  const rows = all.map((grants) => grants.rows[dimension]);
  const names = [...new Set(rows.flatMap(({ named }) => [...named.keys()]))].sort();
  const classes = new Map<string, Extent>();
  for (const name of [WHOLE, ...names] as const) {
    const key = rows.map((row) => rowOf(row, name).join()).join("|");
    if (!classes.has(key)) classes.set(key, name);
  }
  return [...classes.values()];
}
