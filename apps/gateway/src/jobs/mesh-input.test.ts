import type { MeshSource, MeshSourcePod } from "@isthmus/db";
import { describe, expect, it } from "vitest";
import { meshInput } from "./mesh-input";

const cluster = {
  id: "c1",
  name: "eu-west",
  labels: { region: "eu" },
  network: "default",
  podCidrs: ["10.0.0.0/16"],
  calicoApi: "projectcalico.org/v3",
  synced: true,
};
const pod: MeshSourcePod = {
  clusterId: "c1",
  namespace: "boutique",
  name: "cart-5d8-x",
  labels: { app: "cart" },
  serviceAccount: "default",
  hostNetwork: false,
  phase: "Running",
  addresses: ["10.0.0.4"],
  ports: [
    { name: "grpc", protocol: "TCP", port: 7070 },
    { name: "odd", protocol: "QUIC", port: 1 },
  ],
  owner: { kind: "ReplicaSet", name: "cart-5d8" },
};
const source: MeshSource = {
  clusters: [cluster],
  labelled: [
    { clusterId: "c1", kind: "Namespace", namespace: "", name: "boutique", labels: { team: "shop" } },
    { clusterId: "c1", kind: "ServiceAccount", namespace: "boutique", name: "default", labels: {} },
  ],
  pods: [pod],
  owned: [
    {
      clusterId: "c1",
      kind: "ReplicaSet",
      namespace: "boutique",
      name: "cart-5d8",
      owner: { kind: "Deployment", name: "cart" },
    },
  ],
  unmanaged: [
    { clusterId: "c1", kind: "Tier", manifest: { kind: "Tier" } },
    { clusterId: "c1", kind: "NetworkPolicy", manifest: { kind: "NetworkPolicy" } },
  ],
  tiers: [],
  policies: [{ policyId: "p", revisionId: "r", applicationId: "1", manifest: {}, clusterIds: ["c1", "deleted"] }],
  publications: [],
};

const podOf = (changed: Partial<MeshSourcePod>) =>
  meshInput({ ...source, pods: [{ ...pod, ...changed }] }).clusters[0]?.pods[0];

describe("meshInput", () => {
  it("puts everything under its cluster", () => {
    expect(meshInput(source).clusters).toMatchObject([
      {
        id: "c1",
        readOnly: false,
        namespaces: [{ name: "boutique", labels: { team: "shop" } }],
        serviceAccounts: [{ namespace: "boutique", name: "default" }],
        existingTiers: [{ kind: "Tier" }],
        unmanagedPolicies: [{ kind: "NetworkPolicy" }],
      },
    ]);
  });

  it.each([
    { name: "a pod of a Deployment", changed: {}, workload: { kind: "Deployment", name: "cart" } },
    {
      name: "a ReplicaSet not seen yet",
      changed: { owner: { kind: "ReplicaSet", name: "new-77" } },
      workload: { kind: "ReplicaSet", name: "new-77" },
    },
    {
      name: "a StatefulSet",
      changed: { owner: { kind: "StatefulSet", name: "redis" } },
      workload: { kind: "StatefulSet", name: "redis" },
    },
    { name: "a pod of nobody", changed: { owner: null }, workload: { kind: "Pod", name: "cart-5d8-x" } },
    {
      name: "an owner of that name in another namespace",
      changed: { namespace: "other" },
      workload: { kind: "ReplicaSet", name: "cart-5d8" },
    },
  ])("names the workload of $name", ({ changed, workload }) => {
    expect(podOf(changed)?.workload).toEqual(workload);
  });

  it.each([
    { name: "running", changed: {}, addresses: ["10.0.0.4"] },
    { name: "on the host's network", changed: { hostNetwork: true }, addresses: [] },
    { name: "finished", changed: { phase: "Succeeded" }, addresses: [] },
    { name: "failed", changed: { phase: "Failed" }, addresses: [] },
  ])("gives a pod that is $name its addresses", ({ changed, addresses }) => {
    expect(podOf(changed)?.addresses).toEqual(addresses);
  });

  it("tells the named ports of pods by protocol number, and none of a protocol that policies do not know", () => {
    expect(podOf({})?.ports).toEqual([{ name: "grpc", protocol: 6, port: 7070 }]);
  });

  it("calls a cluster read-only that does not serve Calico's API", () => {
    expect(
      meshInput({ ...source, clusters: [{ ...cluster, calicoApi: "crd.projectcalico.org/v1" }] }).clusters[0]?.readOnly,
    ).toBe(true);
  });

  it("leaves a cluster out until its first sync is whole, with what is placed on it and published of it", () => {
    const joining = { ...cluster, id: "c2", synced: false };
    const publications = [
      { sourceClusterId: "c1", namespace: "boutique", targetClusterId: "c2" },
      { sourceClusterId: "c2", namespace: "boutique", targetClusterId: "c1" },
    ];
    const policies = [{ policyId: "p", revisionId: "r", applicationId: "1", manifest: {}, clusterIds: ["c1", "c2"] }];
    const input = meshInput({ ...source, clusters: [cluster, joining], policies, publications });
    expect(input.clusters.map(({ id }) => id)).toEqual(["c1"]);
    expect(input.policies[0]?.clusterIds).toEqual(["c1"]);
    expect(input.publications).toEqual([]);
  });

  it("places policies only on clusters that are there", () => {
    expect(meshInput(source).policies[0]?.clusterIds).toEqual(["c1"]);
  });
});
