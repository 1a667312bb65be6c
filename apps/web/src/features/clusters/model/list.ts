import type { Health } from "./health";
import { clusterPlace, type ClusterLabels } from "./labels";

/** Which clusters the list shows. */
export type Segment = "all" | "attention" | "unknown";

/** What the list needs of a line. */
export interface Listed {
  readonly cluster: {
    readonly name: string;
    readonly labels: ClusterLabels;
    readonly agentVersion: string;
    readonly facts: { readonly kubernetesVersion: string; readonly calicoVersion: string } | null;
    readonly problems: readonly { readonly title: string; readonly detail: string }[];
  };
  readonly health: Health;
}

const inSegment = ({ health }: Listed, segment: Segment): boolean =>
  segment === "all" || (segment === "attention" ? health.attention : health.unknownSince !== undefined);

function haystack({ cluster, health }: Listed): string {
  return [
    cluster.name,
    clusterPlace(cluster.labels),
    ...Object.entries(cluster.labels).map(([key, value]) => `${key}=${value}`),
    cluster.facts?.kubernetesVersion ?? "",
    cluster.facts?.calicoVersion ?? "",
    cluster.agentVersion,
    health.title,
    health.detail,
    ...cluster.problems.flatMap((problem) => [problem.title, problem.detail]),
  ]
    .join("\n")
    .toLowerCase();
}

/** The lines of a segment that hold every word of `text`, in the order given. */
export function filterLines<L extends Listed>(
  lines: readonly L[],
  { segment, text }: { readonly segment: Segment; readonly text: string },
): readonly L[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  return lines.filter((line) => {
    if (!inSegment(line, segment)) return false;
    const held = haystack(line);
    return words.every((word) => held.includes(word));
  });
}

/** How many lines each segment has. */
export function countSegments(lines: readonly Listed[]): Readonly<Record<Segment, number>> {
  const count = (segment: Segment) => lines.filter((line) => inSegment(line, segment)).length;
  return { all: lines.length, attention: count("attention"), unknown: count("unknown") };
}

/** The newest of versions such as "v1.34.2" and "3.9.10"; undefined where there is none. */
export function newestVersion(versions: readonly string[]): string | undefined {
  const parts = (version: string) =>
    version
      .replace(/^v/, "")
      .split(/[.+-]/)
      .map((part) => Number.parseInt(part, 10) || 0);
  const compare = (a: string, b: string) => {
    const [left, right] = [parts(a), parts(b)];
    const at = left.findIndex((part, index) => part !== (right[index] ?? 0));
    return at < 0 ? 0 : (left[at] ?? 0) - (right[at] ?? 0);
  };
  return versions
    .filter((version) => version !== "")
    .toSorted(compare)
    .at(-1);
}
