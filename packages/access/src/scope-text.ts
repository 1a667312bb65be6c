import { describeSelector } from "@isthmus/policy-engine";
import { readClusterSelector } from "./cluster-selector";
import type { AccessCluster, BindingScope, ClusterScope } from "./scope";

/** The name of a cluster, for a sentence. */
export function clusterName(clusters: readonly AccessCluster[], id: string): string {
  const known = clusters.find((cluster) => cluster.id === id);
  return known ? `\`${known.name}\`` : "a cluster that is not there";
}

const counted = (word: string, names: readonly string[]): string =>
  names.length === 0 ? `no ${word}` : `${word}${names.length === 1 ? "" : "s"} ${names.join(", ")}`;

function clustersText(scope: ClusterScope, clusters: readonly AccessCluster[]): string {
  if (scope.kind === "all") return "every cluster";
  if (scope.kind === "ids") {
    return counted(
      "cluster",
      scope.ids.map((id) => clusterName(clusters, id)),
    );
  }
  const read = readClusterSelector(scope.selector);
  if (read.ok && read.value.node.kind === "all") return "every cluster, by a selector";
  if (read.ok) return `clusters where ${describeSelector(read.value.node)}`;
  const wrong = read.error.code === "selector-blank" ? "is blank" : `\`${scope.selector}\` cannot be read`;
  return `no cluster, since the selector ${wrong}`;
}

const namesText = (word: string, names: "all" | readonly string[]): readonly string[] =>
  names === "all"
    ? []
    : [
        counted(
          word,
          names.map((name) => `\`${name}\``),
        ),
      ];

/** A scope in words: `everywhere`, or ``clusters where env is "prod", namespaces `pay`, `shop`, tier `edge` ``. */
export function describeScope(scope: BindingScope, clusters: readonly AccessCluster[]): string {
  const limits = [...namesText("namespace", scope.namespaces), ...namesText("tier", scope.tiers)];
  if (scope.clusters.kind === "all" && limits.length === 0) return "everywhere";
  return [clustersText(scope.clusters, clusters), ...limits].join(", ");
}
