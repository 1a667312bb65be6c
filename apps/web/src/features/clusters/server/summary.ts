import {
  countInventory,
  listRevokedClusters,
  type ClusterRecord,
  type KindCount,
  type OrganisationTransaction,
} from "@isthmus/db";
import { countPolicies, noPolicies, readPolicyStates, type PolicyCounts } from "../../policies/server";
import { factsOf, statusOf } from "../model/from-record";
import { podRangeOverlaps } from "../model/pod-ranges";
import { clusterProblems, isReadOnly, type ClusterFacts, type ClusterProblem } from "../model/problems";
import type { ClusterStatus } from "../model/status";

/** How much a cluster holds. */
export interface ClusterSize {
  readonly nodes: number;
  readonly namespaces: number;
  readonly workloads: number;
  readonly pods: number;
  readonly services: number;
  readonly sets: number;
  readonly policies: number;
}

/** One line of the list of clusters. */
export interface ClusterSummary {
  readonly id: string;
  readonly name: string;
  readonly ordinal: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly status: ClusterStatus;
  readonly readOnly: boolean;
  readonly problems: readonly ClusterProblem[];
  readonly facts: ClusterFacts | null;
  readonly factsAt: Date | null;
  readonly agentVersion: string;
  readonly joinedAt: Date | null;
  readonly createdAt: Date;
  readonly link: {
    readonly roundTripMs: number | null;
    /** The agent's clock minus the gateway's; null where no heartbeat has come. */
    readonly clockOffsetMs: number | null;
    /** Why the agent cannot be sent what the cluster should hold; empty: it can. */
    readonly undelivered: string;
    readonly connectedAt: Date;
    readonly lastHeardAt: Date;
    readonly remoteAddress: string;
    readonly instance: string;
    readonly gateway: string;
    readonly spoolBytes: number;
    readonly spoolBatches: number;
    readonly endReason: string;
  } | null;
  readonly size: ClusterSize;
  readonly policies: PolicyCounts;
}

const workloadKinds = new Set(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "Pod"]);
const policyKinds = new Set([
  "NetworkPolicy",
  "GlobalNetworkPolicy",
  "StagedNetworkPolicy",
  "StagedGlobalNetworkPolicy",
  "StagedKubernetesNetworkPolicy",
  "ClusterNetworkPolicy",
]);

function sizeOf(counts: readonly KindCount[]): ClusterSize {
  const sum = (fits: (kind: string) => boolean, of: "count" | "unowned" = "count") =>
    counts.reduce((total, each) => (fits(each.kind) ? total + each[of] : total), 0);
  return {
    nodes: sum((kind) => kind === "Node"),
    namespaces: sum((kind) => kind === "Namespace"),
    workloads: sum((kind) => workloadKinds.has(kind), "unowned"),
    pods: sum((kind) => kind === "Pod"),
    services: sum((kind) => kind === "Service"),
    sets: sum((kind) => kind === "NetworkSet" || kind === "GlobalNetworkSet"),
    policies: sum((kind) => policyKinds.has(kind)),
  };
}

function linkOf({ session, agentVersion }: ClusterRecord): Pick<ClusterSummary, "link" | "agentVersion"> {
  if (!session) return { link: null, agentVersion };
  return {
    agentVersion: session.agentVersion || agentVersion,
    link: {
      roundTripMs: session.roundTripMs,
      clockOffsetMs: session.clockOffsetMs,
      undelivered: session.undelivered,
      connectedAt: session.connectedAt,
      lastHeardAt: session.lastHeardAt,
      remoteAddress: session.remoteAddress,
      instance: session.instance,
      gateway: session.gatewayId,
      spoolBytes: Number(session.spoolBytes),
      spoolBatches: Number(session.spoolBatches),
      endReason: session.disconnectReason,
    },
  };
}

/** Reads all clusters as lines of the list, in order of joining. */
export async function readSummaries(tx: OrganisationTransaction, now: number): Promise<readonly ClusterSummary[]> {
  const states = await readPolicyStates(tx, now);
  const revoked = await listRevokedClusters(tx);
  const counts = await countInventory(tx);
  const counted = countPolicies(states);
  return states.clusters.map((cluster) => {
    const facts = factsOf(cluster);
    const policies = counted.get(cluster.id) ?? noPolicies;
    const overlaps = podRangeOverlaps(
      cluster,
      states.clusters.filter((other) => other.network === cluster.network),
    );
    return {
      id: cluster.id,
      name: cluster.name,
      ordinal: cluster.ordinal,
      labels: cluster.labels,
      status: statusOf(cluster, revoked.get(cluster.id), now),
      readOnly: isReadOnly(facts),
      problems: clusterProblems({ ...(facts ? { facts } : {}), overlaps, policies }),
      facts: facts ?? null,
      factsAt: cluster.factsAt,
      joinedAt: cluster.firstSyncedAt,
      createdAt: cluster.createdAt,
      ...linkOf(cluster),
      size: sizeOf(counts.filter((count) => count.clusterId === cluster.id)),
      policies,
    };
  });
}
