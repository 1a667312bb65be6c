import { compileMesh } from "../federation/compile";
import type { MeshCluster, MeshInput, MeshPod, MeshPolicy } from "../federation/types";

/** A pod (`namespace/name`) of the Deployment of its own name, labelled `app` with it. */
export function pod(path: string, address: string, more: Partial<MeshPod> = {}): MeshPod {
  const [namespace = "", name = ""] = path.split("/");
  return {
    namespace,
    name,
    labels: { app: name },
    serviceAccount: "default",
    addresses: [address],
    workload: { kind: "Deployment", name },
    ...more,
  };
}

/** A cluster of network `flat` with one namespace `shop`. */
export const cluster = (id: string, range: string, more: Partial<MeshCluster> = {}): MeshCluster => ({
  id,
  name: id,
  labels: {},
  network: "flat",
  podCidrs: [range],
  readOnly: false,
  namespaces: [{ name: "shop", labels: { team: "web" } }],
  pods: [],
  unmanagedPolicies: [],
  existingTiers: [],
  ...more,
});

/** Pods `frontend` and `cart`. */
export const west = cluster("west", "10.1.0.0/16", {
  pods: [pod("shop/frontend", "10.1.0.1"), pod("shop/cart", "10.1.0.2")],
});
/** Pods `payment` and `ad`. */
export const east = cluster("east", "10.2.0.0/16", {
  pods: [pod("shop/payment", "10.2.0.1"), pod("shop/ad", "10.2.0.2")],
});

/** A policy of tier `mesh` placed on `west`. */
export const policy = (
  spec: object,
  more: { id?: string; name?: string; kind?: string; namespace?: string } = {},
): MeshPolicy => ({
  policyId: more.id ?? "p1",
  revisionId: "r1",
  applicationId: "a1",
  manifest: {
    apiVersion: "projectcalico.org/v3",
    kind: more.kind ?? "NetworkPolicy",
    metadata: {
      name: more.name ?? "pay",
      ...(more.kind?.includes("Global") ? {} : { namespace: more.namespace ?? "shop" }),
    },
    spec: { tier: "mesh", ...spec },
  },
  clusterIds: ["west"],
});

/** `east` publishes its namespace `shop` into `west`. */
export const mesh = (more: Partial<MeshInput>): MeshInput => ({
  clusters: [west, east],
  tiers: [{ name: "mesh", order: 100, defaultAction: "Pass" }],
  policies: [],
  publications: [{ sourceClusterId: "east", namespace: "shop", targetClusterId: "west" }],
  ...more,
});

/** The plan of a cluster, `west` unless told. */
export const planOf = (input: MeshInput, id = "west") => {
  const found = compileMesh(input).clusters.find((c) => c.clusterId === id);
  if (!found) throw new Error(`no plan for ${id}`);
  return found;
};
