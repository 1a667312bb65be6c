import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { routingCluster, routingPool, withPeer, withRemotePool } from "../testing/routing-fixtures";
import { curesOf } from "./cures";
import { judgeReach } from "./judge-reach";
import { overlappingRanges } from "./ranges";
import { readRouting } from "./read-routing";
import type { ClusterRouting, ReachKind } from "./types";

const one = routingCluster(1);
const two = routingCluster(2);
const peeredOne = withPeer(one, "172.18.2.10", 64_514);
const peeredTwo = withPeer(two, "172.18.1.10", 64_513);
const openOne = withRemotePool(peeredOne, "10.2.0.0/16");

const rows: readonly {
  readonly name: string;
  readonly from: ClusterRouting;
  readonly to: ClusterRouting;
  readonly kind: ReachKind;
  readonly codes: readonly string[];
}[] = [
  {
    name: "a pool for the remote range and peers on both sides",
    from: openOne,
    to: peeredTwo,
    kind: "direct",
    codes: ["range-covered", "peered"],
  },
  {
    name: "no pool for the remote range",
    from: peeredOne,
    to: peeredTwo,
    kind: "translated",
    codes: ["translated", "peered"],
  },
  {
    name: "a pool for half of the remote range",
    from: withRemotePool(peeredOne, "10.2.0.0/17"),
    to: peeredTwo,
    kind: "translated",
    codes: ["translated", "peered"],
  },
  {
    name: "two pools that cover it together",
    from: withRemotePool(withRemotePool(peeredOne, "10.2.0.0/17"), "10.2.128.0/17"),
    to: peeredTwo,
    kind: "direct",
    codes: ["range-covered", "peered"],
  },
  {
    name: "no translation at all",
    from: { ...peeredOne, pools: [routingPool({ name: "default", cidr: "10.1.0.0/16" })] },
    to: peeredTwo,
    kind: "direct",
    codes: ["no-nat", "peered"],
  },
  {
    name: "a pool of tunnels alone translates no pod",
    from: {
      ...peeredOne,
      pools: [routingPool({ name: "t", cidr: "10.1.0.0/16", natOutgoing: true, allowedUses: ["Tunnel"] })],
    },
    to: peeredTwo,
    kind: "direct",
    codes: ["no-nat", "peered"],
  },
  {
    name: "no peers",
    from: withRemotePool(one, "10.2.0.0/16"),
    to: two,
    kind: "no-route",
    codes: ["range-covered", "not-peered", "not-peered"],
  },
  {
    name: "a peering that only one side has",
    from: openOne,
    to: two,
    kind: "no-route",
    codes: ["range-covered", "one-sided-peering"],
  },
  {
    name: "a peering with the wrong AS",
    from: withRemotePool(withPeer(one, "172.18.2.10", 65_000), "10.2.0.0/16"),
    to: peeredTwo,
    kind: "no-route",
    codes: ["range-covered", "as-differs"],
  },
  {
    name: "a router of both",
    from: withRemotePool(withPeer(one, "192.0.2.1"), "10.2.0.0/16"),
    to: withPeer(two, "192.0.2.1"),
    kind: "direct",
    codes: ["range-covered", "shared-router"],
  },
  {
    name: "routers that are not known to each other",
    from: withRemotePool(withPeer(one, "192.0.2.1"), "10.2.0.0/16"),
    to: withPeer(two, "192.0.2.2"),
    kind: "unknown",
    codes: ["range-covered", "different-routers"],
  },
  {
    name: "a range that is not exported",
    from: openOne,
    to: { ...peeredTwo, pools: [routingPool({ name: "default", cidr: "10.2.0.0/16", disableBGPExport: true })] },
    kind: "no-route",
    codes: ["range-covered", "not-exported", "peered"],
  },
  {
    name: "some nodes alone without a mesh of nodes",
    from: {
      ...openOne,
      bgp: {
        ...openOne.bgp,
        nodeToNodeMesh: false,
        peers: openOne.bgp.peers.map((peer) => ({ ...peer, everyNode: false })),
      },
    },
    to: peeredTwo,
    kind: "unknown",
    codes: ["range-covered", "peered", "only-some-nodes"],
  },
  {
    name: "pods that share a range",
    from: openOne,
    to: { ...peeredTwo, podCidrs: ["10.1.128.0/17"] },
    kind: "overlap",
    codes: ["ranges-overlap", "range-covered", "peered"],
  },
  {
    name: "pods in the services of the other",
    from: openOne,
    to: { ...peeredTwo, serviceCidrs: ["10.1.0.0/20"] },
    kind: "overlap",
    codes: ["ranges-overlap", "range-covered", "peered"],
  },
  {
    name: "services of both in one range are no overlap",
    from: openOne,
    to: { ...peeredTwo, serviceCidrs: one.serviceCidrs },
    kind: "direct",
    codes: ["range-covered", "peered"],
  },
  {
    name: "pools that could not be read",
    from: { ...openOne, missing: ["IP pools"] },
    to: peeredTwo,
    kind: "unknown",
    codes: ["fact-missing", "peered"],
  },
  {
    name: "what is not known of a cluster is said in one line, and bars an answer where more than service ranges is",
    from: { ...openOne, serviceCidrs: [], missing: ["service ranges", "IP pools"] },
    to: peeredTwo,
    kind: "unknown",
    codes: ["fact-missing", "peered"],
  },
  {
    name: "service ranges that are not known bar nothing, and are said",
    from: { ...openOne, serviceCidrs: [], missing: ["service ranges"] },
    to: peeredTwo,
    kind: "direct",
    codes: ["fact-missing", "range-covered", "peered"],
  },
  {
    name: "different networks",
    from: openOne,
    to: { ...peeredTwo, network: "elsewhere" },
    kind: "no-route",
    codes: ["different-networks"],
  },
  {
    name: "IPv6 that only one side has is no matter",
    from: { ...openOne, podCidrs: [...openOne.podCidrs, "fd00:1::/48"] },
    to: peeredTwo,
    kind: "direct",
    codes: ["range-covered", "peered"],
  },
  {
    name: "IPv6 is translated by a pool of IPv6",
    from: {
      ...openOne,
      podCidrs: [...openOne.podCidrs, "fd00:1::/48"],
      pools: [...openOne.pools, routingPool({ name: "v6", cidr: "fd00:1::/48", natOutgoing: true })],
    },
    to: { ...peeredTwo, podCidrs: [...two.podCidrs, "fd00:2::/48"] },
    kind: "translated",
    codes: ["translated", "peered"],
  },
  {
    name: "no version of IP in common",
    from: openOne,
    to: { ...peeredTwo, podCidrs: ["fd00:2::/48"] },
    kind: "no-route",
    codes: ["no-common-family"],
  },
];

describe("judgeReach", () => {
  it.each(rows)("$name: $kind", ({ from, to, kind, codes }) => {
    const reach = judgeReach(from, to);
    expect([reach.kind, reach.findings.map(({ code }) => code)]).toEqual([kind, codes]);
  });

  it("names the pool, the ranges and the cluster of a translation", () => {
    expect(judgeReach(peeredOne, peeredTwo).findings[0]?.message).toBe(
      "pool default of c1 has natOutgoing, and no pool of c1 covers 10.2.0.0/16 of c2: packets leave with the node's address",
    );
  });
});

const cidr = fc
  .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 }), fc.integer({ min: 12, max: 30 }))
  .map(([a, b, prefix]) => `10.${a}.${b * 64}.0/${prefix}`);
const cidrs = fc.array(cidr, { minLength: 1, maxLength: 4 });
const cluster = fc.record({ at: fc.integer({ min: 1, max: 2 }), podCidrs: cidrs, serviceCidrs: cidrs, pools: cidrs });
const clusterOf = ({ at, podCidrs, serviceCidrs, pools }: typeof cluster extends fc.Arbitrary<infer T> ? T : never) =>
  routingCluster(at, {
    podCidrs,
    serviceCidrs,
    pools: pools.map((each, index) => routingPool({ name: `p${index}`, cidr: each, natOutgoing: index === 0 })),
  });

describe("properties", () => {
  it("an overlap is one from both sides", () => {
    fc.assert(
      fc.property(cluster, cluster, (a, b) => {
        const turned = overlappingRanges(clusterOf(b), clusterOf(a)).map((each) => ({
          range: each.otherRange,
          use: each.otherUse,
          otherRange: each.range,
          otherUse: each.use,
        }));
        const sorted = (list: readonly object[]) => list.map((each) => JSON.stringify(each)).toSorted();
        expect(sorted(overlappingRanges(clusterOf(a), clusterOf(b)))).toEqual(sorted(turned));
      }),
    );
  });

  it("the disabled pools that are offered cure a translation, and overlap no pool", () => {
    let cured = 0;
    fc.assert(
      fc.property(cluster, cluster, (a, b) => {
        const [from, to] = [clusterOf(a), clusterOf(b)];
        const reach = judgeReach(from, to);
        if (reach.kind !== "translated") return;
        cured += 1;
        const manifests = curesOf(from, to, reach).flatMap((each) =>
          each.kind === "manifest" && each.code === "disabled-pool" ? [each.manifest] : [],
        );
        const offered = readRouting({ ...from, unread: [] }, [...manifests]).pools;
        expect(
          offered.every(
            (pool) =>
              overlappingRanges({ podCidrs: [pool.cidr] }, { podCidrs: from.pools.map((p) => p.cidr) }).length === 0,
          ),
        ).toBe(true);
        const after = judgeReach({ ...from, pools: [...from.pools, ...offered] }, to);
        expect(after.findings.map(({ code }) => code)).not.toContain("translated");
      }),
    );
    expect(cured).toBeGreaterThan(0);
  });

  it("no order of ranges, pools, nodes and peers matters", () => {
    const turn = (each: ClusterRouting): ClusterRouting => ({
      ...each,
      podCidrs: each.podCidrs.toReversed(),
      serviceCidrs: each.serviceCidrs.toReversed(),
      pools: each.pools.toReversed(),
      nodes: each.nodes.toReversed(),
      missing: each.missing.toReversed(),
      bgp: { ...each.bgp, peers: each.bgp.peers.toReversed() },
    });
    fc.assert(
      fc.property(cluster, cluster, (a, b) => {
        const from = withPeer(withPeer(clusterOf(a), "192.0.2.9"), "192.0.2.1");
        const to = withPeer(withPeer(clusterOf(b), "192.0.2.1"), "192.0.2.7");
        expect(judgeReach(turn(from), turn(to))).toEqual(judgeReach(from, to));
      }),
    );
  });
});
