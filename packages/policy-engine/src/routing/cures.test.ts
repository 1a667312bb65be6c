import { describe, expect, it } from "vitest";
import { routingCluster, withPeer, withRemotePool } from "../testing/routing-fixtures";
import { curesOf, type Cure } from "./cures";
import { judgeReach } from "./judge-reach";
import type { ClusterRouting } from "./types";

const cures = (from: ClusterRouting, to: ClusterRouting): readonly Cure[] => curesOf(from, to, judgeReach(from, to));
const manifests = (from: ClusterRouting, to: ClusterRouting) =>
  cures(from, to).flatMap((cure) => (cure.kind === "manifest" ? [cure] : []));

const one = routingCluster(1);
const two = routingCluster(2);

describe("curesOf", () => {
  it("offers a disabled pool for a range that is translated", () => {
    const [pool] = manifests(withPeer(one, "192.0.2.1"), withPeer(two, "192.0.2.1"));
    expect(pool?.clusterId).toBe(one.id);
    expect(pool?.placeholders).toEqual([]);
    expect(pool?.manifest).toEqual({
      apiVersion: "projectcalico.org/v3",
      kind: "IPPool",
      metadata: { name: "remote-c2-10-2-0-0-16" },
      spec: { cidr: "10.2.0.0/16", disabled: true, natOutgoing: false, nodeSelector: "all()" },
    });
  });

  it("makes a block as small as its range", () => {
    const small = { ...withPeer(two, "192.0.2.1"), podCidrs: ["10.2.0.0/28"] };
    const [pool] = manifests(withPeer(one, "192.0.2.1"), small);
    expect(pool?.manifest.spec["blockSize"]).toBe(28);
  });

  it("offers a peering to each side that lacks it", () => {
    const from = withRemotePool(withPeer(one, "172.18.2.10", 64_514), "10.2.0.0/16");
    const offered = manifests(from, two);
    expect(offered.map(({ clusterId, manifest }) => [clusterId, manifest.spec])).toEqual([
      [two.id, { peerIP: "172.18.1.10", asNumber: 64_513 }],
    ]);
  });

  it("names what is not known instead of guessing it", () => {
    const nodes = [...two.nodes, { ...two.nodes[0]!, name: "n3", addresses: ["172.18.2.11"] }];
    const other: ClusterRouting = { ...two, nodes };
    const [peer] = manifests(withRemotePool(one, "10.2.0.0/16"), other);
    expect(peer?.manifest.spec["peerIP"]).toBe("<address of a node or router of c2>");
    expect(peer?.placeholders).toEqual(["<address of a node or router of c2>"]);
    expect(peer?.why).toContain("n2 172.18.2.10, n3 172.18.2.11");
  });

  it("takes the one route reflector where there is one", () => {
    const reflector = { name: "rr", addresses: ["172.18.2.99"], asNumber: 65_100, routeReflector: true };
    const other: ClusterRouting = { ...two, nodes: [...two.nodes, reflector] };
    const [peer] = manifests(withRemotePool(one, "10.2.0.0/16"), other);
    expect(peer?.manifest.spec).toEqual({ peerIP: "172.18.2.99", asNumber: 65_100 });
  });

  it.each([
    { name: "an overlap has no manifest", from: one, to: { ...two, podCidrs: one.podCidrs }, codes: ["renumber"] },
    {
      name: "what works needs nothing",
      from: withRemotePool(withPeer(one, "192.0.2.1"), "10.2.0.0/16"),
      to: withPeer(two, "192.0.2.1"),
      codes: [],
    },
    {
      name: "service ranges that no cluster tells are nothing to cure",
      from: { ...withRemotePool(withPeer(one, "192.0.2.1"), "10.2.0.0/16"), missing: ["service ranges"] as const },
      to: withPeer(two, "192.0.2.1"),
      codes: [],
    },
    {
      name: "missing facts",
      from: { ...one, missing: ["IP pools", "BGP peers"] as const },
      to: two,
      codes: ["read-facts"],
    },
  ])("$name", ({ from, to, codes }) => {
    expect(cures(from, to).map(({ code }) => code)).toEqual(codes);
  });
});
