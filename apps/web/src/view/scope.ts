/**
 * The clusters that all pages speak of, as it stands in the URL:
 *
 *     scope = "" | term ("," term)*       empty: every cluster
 *     term  = name | key "=" value        a cluster by name, or all that carry the label
 *
 * Terms add up. A term that fits no cluster stays in the scope: it may fit one tomorrow.
 */
export type ScopeTerm =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "label"; readonly key: string; readonly value: string };

export type Scope = readonly ScopeTerm[];

/** What the scope needs to know of a cluster. */
export interface ScopedCluster {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Parses the notation above. Nothing is an error: empty terms and repetitions are left out. */
export function parseScope(text: string): Scope {
  const terms = text
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
  return [...new Set(terms)].map(parseTerm);
}

function parseTerm(text: string): ScopeTerm {
  const at = text.indexOf("=");
  return at <= 0 ? { kind: "name", name: text } : { kind: "label", key: text.slice(0, at), value: text.slice(at + 1) };
}

/** Prints one term. */
export const printTerm = (term: ScopeTerm): string => (term.kind === "name" ? term.name : `${term.key}=${term.value}`);

/** Prints a scope in the notation of the URL. */
export const printScope = (scope: Scope): string => scope.map(printTerm).join(",");

/** The clusters that a scope means, in the order given. */
export function clustersInScope<C extends ScopedCluster>(scope: Scope, clusters: readonly C[]): readonly C[] {
  if (scope.length === 0) return clusters;
  return clusters.filter((cluster) => scope.some((term) => fits(term, cluster)));
}

const fits = (term: ScopeTerm, cluster: ScopedCluster) =>
  term.kind === "name" ? cluster.name === term.name : cluster.labels[term.key] === term.value;

/** The scope with a term added, or taken out where it was in. */
export function toggleTerm(scope: Scope, term: ScopeTerm): Scope {
  const text = printTerm(term);
  const without = scope.filter((each) => printTerm(each) !== text);
  return without.length === scope.length ? [...scope, term] : without;
}

/** The scope as the top bar says it. */
export function describeScope(scope: Scope, clusterCount: number | undefined): string {
  if (scope.length === 0) {
    if (clusterCount === undefined) return "all clusters";
    return clusterCount === 1 ? "all · 1 cluster" : `all · ${clusterCount} clusters`;
  }
  const shown = scope.slice(0, 3).map((term) => (term.kind === "name" ? term.name : `${term.key} = ${term.value}`));
  return scope.length > 3 ? `${shown.join(", ")} + ${scope.length - 3}` : shown.join(", ");
}
