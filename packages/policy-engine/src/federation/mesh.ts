import { groupBy } from "@isthmus/std";
import { compareBytes } from "../text/order";
import { disputesWithin, type Disputed } from "./claims";
import { compilePolicy, readManagedPolicy, type ReadablePolicy } from "./compile-policy";
import type { RemoteEndpoints } from "./compile-end";
import { plan, policyDraft, tierDraft } from "./drafts";
import type { Placed } from "./place";
import { createSpokenOf, type SpokenOf } from "./spoken-of";
import type { MeshCluster, MeshInput, MeshProblem, PlannedResource, Publication } from "./types";

/** A policy that was approved: readable, or why it can be placed nowhere. */
export type ManagedPolicy = ReadablePolicy | { readonly problem: MeshProblem };

/**
 * What several clusters ask of the mesh, looked up by what they ask for: what one cluster costs follows from what it is
 * to hold and from what is published into it, not from how many other clusters there are.
 */
export interface Mesh {
  readonly input: MeshInput;
  readonly cluster: (id: string) => MeshCluster | undefined;
  /** The policies placed on a cluster, in an order of their own. */
  readonly policiesOn: (clusterId: string) => readonly ManagedPolicy[];
  /** The approvals into a cluster, its own into itself among them. */
  readonly publicationsInto: (clusterId: string) => readonly Publication[];
  /** Addresses that several workloads of a network claim; worked out when it is first asked for. */
  readonly disputedIn: (network: string) => Disputed;
  /** A policy compiled; the same object for all clusters where it says the same. */
  readonly compiled: (policy: ReadablePolicy, remote: RemoteEndpoints | undefined) => Placed;
  /** The object of a compiled policy. */
  readonly planned: (placed: Placed) => PlannedResource;
  /** The objects of our tiers, in the order of their names. */
  readonly tiers: readonly PlannedResource[];
  readonly spokenOf: SpokenOf;
}

/** Policies in an order of their own, so that the order of the input does not matter. */
export const byPolicyId = (a: { readonly policyId: string; readonly revisionId: string }, b: typeof a): number =>
  compareBytes(a.policyId, b.policyId) || compareBytes(a.revisionId, b.revisionId);

function remembered<K, V>(make: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const made = make(key);
    known.set(key, made);
    return made;
  };
}

function readPolicies(input: MeshInput): ReadonlyMap<string, readonly ManagedPolicy[]> {
  const byCluster = new Map<string, ManagedPolicy[]>();
  for (const source of [...input.policies].sort(byPolicyId)) {
    const policy = readManagedPolicy(source);
    for (const id of new Set(source.clusterIds)) {
      const others = byCluster.get(id);
      if (others) others.push(policy);
      else byCluster.set(id, [policy]);
    }
  }
  return byCluster;
}

/** Compiles each policy once for all clusters; where it asks what the endpoints of others are, for each that asks. */
function createCompiled(): Mesh["compiled"] {
  const alone = new Map<ReadablePolicy, Placed>();
  const federated = new Map<ReadablePolicy, Placed>();
  return (readable, remote) => {
    const known = remote ? federated : alone;
    const before = known.get(readable);
    if (before) return before;
    let asked = false;
    const watched = remote && {
      portNumbers: (...question: Parameters<RemoteEndpoints["portNumbers"]>) => {
        asked = true;
        return remote.portNumbers(...question);
      },
    };
    const compiled = { ...compilePolicy(readable, watched), readable };
    if (!asked) known.set(readable, compiled);
    return compiled;
  };
}

/** Reads what is the same for every cluster, once. */
export function readMesh(input: MeshInput): Mesh {
  const byId = new Map(input.clusters.map((cluster) => [cluster.id, cluster]));
  const networks = groupBy(input.clusters, ({ network }) => network);
  const policies = readPolicies(input);
  const publications = groupBy(input.publications, ({ targetClusterId }) => targetClusterId);
  const tiers = [...input.tiers].sort((a, b) => compareBytes(a.name, b.name));
  return {
    input,
    cluster: (id) => byId.get(id),
    policiesOn: (id) => policies.get(id) ?? [],
    publicationsInto: (id) => publications.get(id) ?? [],
    disputedIn: remembered((network) => disputesWithin(networks.get(network) ?? [])),
    compiled: createCompiled(),
    planned: remembered((placed) => plan(policyDraft(placed))),
    tiers: tiers.map((tier) => plan(tierDraft(tier))),
    spokenOf: createSpokenOf(input.clusters),
  };
}
