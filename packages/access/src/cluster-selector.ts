import {
  compileSelector,
  labelMap,
  parseSelector,
  printSelector,
  type Diagnostic,
  type LabelMap,
  type SelectorMatcher,
  type SelectorNode,
} from "@isthmus/policy-engine";
import { err, ok, type Result } from "@isthmus/std";

/** A selector over clusters that was understood. */
export interface ClusterSelector {
  readonly node: SelectorNode;
  /** As the engine prints it: equal for selectors that are written alike. */
  readonly text: string;
  readonly matches: SelectorMatcher;
}

/** Why a selector over clusters selects nothing. */
export type ClusterSelectorError =
  | { readonly code: "selector-blank" }
  | { readonly code: "selector-unreadable"; readonly diagnostics: readonly Diagnostic[] };

/** What a selector sees of a cluster: its labels, and `name`, which no label can pretend to be. */
export const clusterLabels = (cluster: {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}): LabelMap => labelMap({ ...cluster.labels, name: cluster.name });

/**
 * Reads a selector over clusters: Calico's language over a cluster's labels and `name`. Blank text, which Calico takes
 * for everything, is an error: every cluster is meant only by `all()`.
 */
export function readClusterSelector(text: string): Result<ClusterSelector, ClusterSelectorError> {
  if (text.trim() === "") return err({ code: "selector-blank" });
  const parsed = parseSelector(text);
  if (!parsed.ok) return err({ code: "selector-unreadable", diagnostics: parsed.error });
  return ok({ node: parsed.value, text: printSelector(parsed.value), matches: compileSelector(parsed.value) });
}
