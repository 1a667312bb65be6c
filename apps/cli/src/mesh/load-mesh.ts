import {
  buildWorld,
  formatWorkload,
  parseResource,
  readMesh,
  type Diagnostic,
  type Endpoint,
  type ReadCluster,
  type World,
} from "@isthmus/policy-engine";
import { foreignPolicy, locate } from "../files/check-manifest";
import { isForeignPolicy } from "../files/kinds";
import { loadManifests } from "../files/load";
import { manifestName } from "../files/manifest-head";
import type { Manifest } from "../files/source";
import type { Io } from "../io";
import { anyError, type Finding } from "../report/finding";
import { progressOn } from "../report/progress";
import { writeFindings } from "../report/write-findings";
import { groupsOf, workloadFindings } from "./workload-findings";

/** One cluster, as its manifests tell it and as the engine judges it. */
export interface LoadedCluster extends ReadCluster<Manifest> {
  readonly judged: World;
}

/** The clusters that a command works on; a single one without a name where none was named. */
export interface Mesh {
  readonly clusters: readonly LoadedCluster[];
  /** `cluster/namespace/name[Kind]`, without the cluster where it has no name. */
  readonly nameOf: (endpoint: Endpoint) => string;
}

/** A port without a number has no name that a rule could mean: nothing else about its pod is in doubt. */
const tolerated = (finding: Finding): Finding =>
  finding.code === "missing-port" ? { ...finding, severity: "warning" } : finding;

/** What is merely irregular stays: the model holds it in full all the same. */
const asWarning = (diagnostic: Diagnostic): Diagnostic => ({ ...diagnostic, severity: "warning" });

function policyFindings({ policies }: ReadCluster<Manifest>): readonly Finding[] {
  return policies.flatMap(({ json, origin }) => {
    const parsed = parseResource(json, "cluster");
    const found = parsed.ok ? parsed.value.warnings.map(asWarning) : parsed.error;
    return found.map((diagnostic) => locate(origin, diagnostic));
  });
}

const foreignFindings = (manifests: readonly Manifest[]): readonly Finding[] =>
  manifests.filter(({ value }) => isForeignPolicy(manifestName(value))).map(foreignPolicy);

function namesOf(clusters: readonly LoadedCluster[]): Mesh["nameOf"] {
  const names = new Map<Endpoint, string>();
  for (const { judged, workloads } of clusters) {
    for (const [at, endpoint] of judged.endpoints.entries()) {
      const workload = workloads[at];
      if (workload) names.set(endpoint, formatWorkload(workload));
    }
  }
  return (endpoint) => {
    const { cluster, name } = endpoint;
    const shown = names.get(endpoint) ?? `${name}[HostEndpoint]`;
    return cluster === "" ? shown : `${cluster}/${shown}`;
  };
}

/** A mesh and what must be said about it; no mesh where it could not be read in full. */
interface ReadMeshResult {
  readonly mesh?: Mesh;
  readonly findings: readonly Finding[];
}

/** Reads paths into worlds. */
async function readMeshFrom(words: readonly string[], io: Io, besides?: readonly string[]): Promise<ReadMeshResult> {
  const { manifests, unread, repeated } = await loadManifests(words, io, besides);
  if (unread.length + repeated.length > 0) return { findings: [...unread, ...repeated] };
  const progress = progressOn(io.err);
  progress.step("reading policies and workloads");
  const read = readMesh(groupsOf(manifests));
  const findings = [
    ...foreignFindings(manifests),
    ...workloadFindings(read).map(tolerated),
    ...read.flatMap(policyFindings),
  ];
  progress.end();
  if (anyError(findings)) return { findings };
  const clusters = read.map((cluster) => ({ ...cluster, judged: buildWorld(cluster.world) }));
  return { mesh: { clusters, nameOf: namesOf(clusters) }, findings };
}

/**
 * Reads paths, and paths whose manifests join the same clusters, into worlds, and tells a person what is wrong with them;
 * undefined where nothing can be answered.
 */
export async function loadMesh(
  words: readonly string[],
  io: Io,
  besides?: readonly string[],
): Promise<Mesh | undefined> {
  const { mesh, findings } = await readMeshFrom(words, io, besides);
  writeFindings(io.err, findings);
  return mesh;
}
