import { clusterLabels, readClusterSelector } from "@isthmus/access";
import type { Diagnostic } from "@isthmus/policy-engine";
import { err, ok, type Result } from "@isthmus/std";

/** A cluster as placement sees it. */
export interface PlaceableCluster {
  readonly id: string;
  readonly name: string;
  readonly ordinal: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** What a person should see below a placement selector that cannot be used. */
export interface PlacementProblem {
  readonly code: "placement-unreadable" | "placement-empty" | "placement-no-match";
  readonly message: string;
  readonly hint: string;
  readonly span?: { readonly start: number; readonly end: number };
}

function unreadable(diagnostics: readonly Diagnostic[]): PlacementProblem {
  const [first] = diagnostics;
  return {
    code: "placement-unreadable",
    message: first?.message ?? "the selector cannot be read",
    hint: first?.hint ?? 'write for example jurisdiction == "EU"',
    ...(first?.span ? { span: first.span } : {}),
  };
}

function knownLabels(clusters: readonly PlaceableCluster[]): string {
  const keys = [...new Set(clusters.flatMap((cluster) => Object.keys(cluster.labels)))].sort();
  return ["name", ...keys.filter((key) => key !== "name")].map((key) => `\`${key}\``).join(", ");
}

/**
 * The clusters on which a policy is placed, in order of joining. The selector is Calico's language over the clusters'
 * labels and `name`. Blank text is a problem: every cluster is meant only by all().
 */
export function placeOn<C extends PlaceableCluster>(
  selector: string,
  clusters: readonly C[],
): Result<readonly C[], PlacementProblem> {
  const read = readClusterSelector(selector);
  if (!read.ok) {
    if (read.error.code === "selector-unreadable") return err(unreadable(read.error.diagnostics));
    return err({ code: "placement-empty", message: "choose the clusters", hint: "write all() for every cluster" });
  }
  const placed = clusters.filter((cluster) => read.value.matches(clusterLabels(cluster)));
  if (placed.length > 0) return ok([...placed].sort((a, b) => a.ordinal - b.ordinal));
  if (clusters.length === 0) {
    return err({ code: "placement-no-match", message: "there is no cluster yet", hint: "connect a cluster first" });
  }
  return err({
    code: "placement-no-match",
    message: "this matches no cluster",
    hint: `clusters have the labels ${knownLabels(clusters)}`,
  });
}

/** What the button does, exactly: "Apply to 3 clusters: eu-west, eu-central, us-east". */
export function applyLabel(verb: string, names: readonly string[]): string {
  const shown = names.length > 6 ? [...names.slice(0, 5), `${names.length - 5} more`] : names;
  return `${verb} to ${names.length} cluster${names.length === 1 ? "" : "s"}: ${shown.join(", ")}`;
}
