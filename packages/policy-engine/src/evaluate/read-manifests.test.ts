import { describe, expect, it } from "vitest";
import { maySpeakIn, readManifests } from "./read-manifests";

const CALICO = "projectcalico.org/v3";

const broken = (kind: string, metadata: Record<string, string>) => ({
  apiVersion: kind === "ClusterNetworkPolicy" ? "policy.networking.k8s.io/v1alpha2" : CALICO,
  kind,
  metadata,
  spec: { tier: 7, ingress: "none" },
});

const unreadableOf = (...manifests: readonly unknown[]) => readManifests(manifests).unreadable;

describe("what could not be read may have a say", () => {
  it.each([
    { kind: "NetworkPolicy", namespace: "shop", shop: true, ops: false },
    { kind: "StagedNetworkPolicy", namespace: "shop", shop: true, ops: false },
    { kind: "StagedKubernetesNetworkPolicy", namespace: "shop", shop: true, ops: false },
    { kind: "NetworkPolicy", namespace: "", shop: true, ops: true },
    { kind: "GlobalNetworkPolicy", namespace: "shop", shop: true, ops: true },
    { kind: "StagedGlobalNetworkPolicy", namespace: "shop", shop: true, ops: true },
    { kind: "ClusterNetworkPolicy", namespace: "shop", shop: true, ops: true },
    { kind: "NetworkSet", namespace: "shop", shop: true, ops: true },
    { kind: "SomethingElse", namespace: "shop", shop: true, ops: true },
  ])("of $kind with namespace '$namespace': in shop $shop, in ops $ops", ({ kind, namespace, shop, ops }) => {
    const [unreadable] = unreadableOf(broken(kind, { name: "x", ...(namespace !== "" && { namespace }) }));
    expect(unreadable && [maySpeakIn(unreadable, "shop"), maySpeakIn(unreadable, "ops")]).toEqual([shop, ops]);
  });

  it("in the same order, whatever the order of manifests", () => {
    const manifests = ["b", "a", "c"].map((name) => broken("NetworkPolicy", { name, namespace: "shop" }));
    expect(unreadableOf(...manifests)).toEqual(unreadableOf(...[...manifests].reverse()));
    expect(unreadableOf(...manifests).map(({ ref }) => ref.name)).toEqual(["a", "b", "c"]);
  });
});
