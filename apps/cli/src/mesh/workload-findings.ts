import { formatPath, type ManifestGroup, type ManifestNote, type ReadCluster } from "@isthmus/policy-engine";
import { manifestName, shownName } from "../files/manifest-head";
import { placeOf } from "../files/position";
import type { Manifest } from "../files/source";
import type { Finding } from "../report/finding";

/** Manifests by their clusters, in the order in which clusters were named. */
export function groupsOf(manifests: readonly Manifest[]): readonly ManifestGroup<Manifest>[] {
  const byCluster = new Map<string, Manifest[]>();
  for (const manifest of manifests) {
    const known = byCluster.get(manifest.cluster);
    if (known) known.push(manifest);
    else byCluster.set(manifest.cluster, [manifest]);
  }
  return [...byCluster].map(([cluster, list]) => ({
    cluster,
    manifests: list.map((origin) => ({ json: origin.value, origin })),
  }));
}

function noteFinding({ code, severity, message, path, origin, hint }: ManifestNote<Manifest>): Finding {
  return {
    code,
    severity,
    message,
    at: { kind: "text", place: placeOf(origin, path) },
    object: shownName(manifestName(origin.value)),
    field: formatPath(path),
    ...(hint !== undefined && { hint }),
  };
}

/** Said elsewhere: of every object that is there twice, and of what is no manifest. */
const SAID_ELSEWHERE: ReadonlySet<string> = new Set(["repeated-object", "missing-kind", "not-a-manifest"]);

/** What is wrong with workloads, services and the like, and what had to be assumed about them. */
export function workloadFindings(clusters: readonly ReadCluster<Manifest>[]): readonly Finding[] {
  return clusters.flatMap(({ notes }) =>
    notes.filter(({ severity, code }) => severity !== "info" && !SAID_ELSEWHERE.has(code)).map(noteFinding),
  );
}

/** Manifests of kinds that have no say in what may connect. */
export const ignoredManifests = (clusters: readonly ReadCluster<Manifest>[]): ReadonlySet<Manifest> =>
  new Set(clusters.flatMap(({ notes }) => notes.filter(({ code }) => code === "ignored-kind").map((n) => n.origin)));
