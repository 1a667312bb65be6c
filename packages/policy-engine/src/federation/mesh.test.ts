import { describe, expect, it } from "vitest";
import { compileMesh } from "./compile";
import type { MeshCluster, MeshInput, MeshPolicy } from "./types";

interface Counted {
  readonly clusters: readonly MeshCluster[];
  /** How often a field of any cluster was read since it was asked last. */
  readonly reads: (field?: keyof MeshCluster) => number;
  /** The clusters, of which one was reported anew. */
  readonly anew: (at: number) => readonly MeshCluster[];
}

function clusterOf(at: number): MeshCluster {
  const app = at < 2 ? "checkout" : "other";
  return {
    id: `c${String(at).padStart(3, "0")}`,
    name: `cluster-${at}`,
    labels: {},
    network: "flat",
    podCidrs: [`10.${at}.0.0/16`],
    readOnly: false,
    namespaces: [{ name: "shop", labels: {} }],
    pods: [
      {
        namespace: "shop",
        name: `${app}-1`,
        labels: { app },
        serviceAccount: "default",
        addresses: [`10.${at}.0.1`],
        workload: { kind: "Deployment", name: app },
      },
    ],
    unmanagedPolicies: [],
    existingTiers: [],
  };
}

function counted(count: number): Counted {
  const noted: string[] = [];
  const made = (at: number): MeshCluster =>
    new Proxy(clusterOf(at), {
      get: (cluster, field: keyof MeshCluster) => {
        noted.push(field);
        return cluster[field];
      },
    });
  const clusters = Array.from({ length: count }, (_, at) => made(at));
  return {
    clusters,
    reads: (field) => noted.splice(0).filter((each) => field === undefined || each === field).length,
    anew: (at) => clusters.with(at, made(at)),
  };
}

const policyOn = (clusters: readonly MeshCluster[], policyId = "p1"): MeshPolicy => ({
  policyId,
  revisionId: "r1",
  applicationId: "a1",
  clusterIds: clusters.map(({ id }) => id),
  manifest: {
    apiVersion: "projectcalico.org/v3",
    kind: "NetworkPolicy",
    metadata: { name: `mesh.${policyId}`, namespace: "shop" },
    spec: {
      tier: "mesh",
      selector: "app == 'other'",
      ingress: [{ action: "Allow", source: { selector: "app == 'checkout'" } }],
    },
  },
});

/** What the first cluster holds is published into all others. */
const published = ([source, ...others]: readonly MeshCluster[]): MeshInput["publications"] =>
  others.map(({ id }) => ({ sourceClusterId: source?.id ?? "", namespace: "shop", targetClusterId: id }));

const meshOf = (clusters: readonly MeshCluster[], rest: Partial<MeshInput> = {}): MeshInput => ({
  clusters,
  tiers: [{ name: "mesh", defaultAction: "Pass" }],
  policies: [policyOn(clusters)],
  publications: [],
  ...rest,
});

describe("what a compilation costs", () => {
  it.each([
    { name: "nothing is published", publications: () => [] },
    { name: "one cluster is published into all others", publications: published },
  ])("is the same for each cluster, however many others there are, where $name", ({ publications }) => {
    const readsOf = (count: number): number => {
      const { clusters, reads } = counted(count);
      const input = meshOf(clusters, { publications: publications(clusters) });
      compileMesh(input);
      reads();
      compileMesh({ ...input, policies: [...input.policies, policyOn(clusters, "p2")] });
      return reads();
    };
    const [ten, twenty, forty] = [readsOf(10), readsOf(20), readsOf(40)];
    expect(forty - twenty).toBeLessThanOrEqual(2 * (twenty - ten) + 2 * 40);
  });

  it("is no reading of pods where nothing is published", () => {
    const { clusters, reads } = counted(20);
    const { clusters: plans } = compileMesh(meshOf(clusters));
    expect(plans.filter(({ resources }) => resources.length === 2)).toHaveLength(20);
    expect(reads("pods")).toBe(0);
  });

  it("is the reading of one cluster's pods after a change of that cluster alone", () => {
    const { clusters, reads, anew } = counted(20);
    const input = meshOf(clusters, { publications: published(clusters) });
    compileMesh(input);
    expect(reads("pods")).toBe(20);
    compileMesh(input);
    expect(reads("pods")).toBe(0);
    compileMesh({ ...input, clusters: anew(7) });
    expect(reads("pods")).toBe(1);
  });

  it("is one object of a policy for all clusters where it says the same", () => {
    const { clusters } = counted(3);
    const objects = compileMesh(meshOf(clusters)).clusters.map(({ resources }) => resources.at(-1));
    expect(new Set(objects).size).toBe(1);
    expect(objects[0]?.ref.name).toBe("mesh.p1");
  });
});
