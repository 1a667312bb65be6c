import fc from "fast-check";
import type { WorldService } from "../evaluate/world-input";
import type { MeshCluster, MeshInput, MeshPod, MeshPolicy } from "../federation/types";
import type { JsonObject } from "../json/json";
import { beyondLimits, calicoPolicy, ownPolicy } from "./arbitrary-mesh-policy";
import { NAMESPACES } from "./arbitrary-mesh-rule";
import { defined, maybe, mostly } from "./arbitrary-record";

/** A small random mesh, with what the compiler is not told: each cluster's own network sets, services and host endpoints. */
export interface RandomMesh {
  readonly input: MeshInput;
  readonly ownSets: ReadonlyMap<string, readonly JsonObject[]>;
  readonly services: ReadonlyMap<string, readonly WorldService[]>;
  readonly hosts: ReadonlyMap<string, readonly JsonObject[]>;
  /** Whether a person accepts whatever sets change of the clusters' own policies. */
  readonly accepts: boolean;
}

/** A pod may carry labels that are ours: it is no set of ours for that. */
const labels = fc
  .record({
    app: mostly(fc.constantFrom("a", "b", "c"), 5),
    extra: maybe(fc.constant("1"), 2),
    "isthmus.io/managed": maybe(fc.constant("true"), 8),
  })
  .map((l) => defined(l) as Record<string, string>);

const ports = fc.subarray([
  { name: "web", protocol: 6, port: 80 },
  { name: "web", protocol: 6, port: 8080 },
  { name: "dns", protocol: 17, port: 53 },
]);

/** Addresses of pod number `index` of cluster number `at`: of either family, several, or what it should not have. */
const addresses = (at: number, index: number): fc.Arbitrary<readonly string[]> => {
  const [four, six] = [`10.${at}.0.${index}`, `fd00:${at}::${index}`];
  return fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom([four], [four, six], [six], [four, `10.${at}.1.${index}`, six]) },
    { weight: 1, arbitrary: fc.constantFrom([], [four, "10.2.0.2"], [four, "192.168.7.7"]) },
  );
};

const pod = (at: number, index: number): fc.Arbitrary<MeshPod> =>
  fc
    .record({
      namespace: fc.constantFrom(...NAMESPACES),
      labels,
      serviceAccount: fc.constantFrom("one", "two", ""),
      workload: fc.constantFrom("w1", "w2"),
      ports,
      addresses: addresses(at, index),
    })
    .map(({ workload, ...rest }) => ({
      ...rest,
      name: `pod-${at}-${index}`,
      workload: { kind: "Deployment", name: workload },
    }));

const NETWORKS = ["flat", "flat", "flat", "flat", "flat", "other"] as const;

const cluster = (at: number): fc.Arbitrary<MeshCluster> =>
  fc
    .record({
      network: fc.constantFrom(...NETWORKS),
      teams: fc.tuple(mostly(fc.constantFrom("web", "data"), 2), mostly(fc.constantFrom("web", "data"), 2)),
      pods: fc.tuple(...[1, 2, 3, 4].map((index) => mostly(pod(at, index), 4))),
      unmanaged: fc.oneof(
        fc.constant([]),
        fc.tuple(ownPolicy(`own-${at}`)),
        fc.tuple(ownPolicy(`own-${at}`), ownPolicy(`second-${at}`)),
      ),
      lacks: maybe(fc.constant("ops"), 8),
      overlapping: maybe(fc.constant("10.2.128.0/17"), 9),
      roles: fc.subarray([...NAMESPACES]),
    })
    .map(({ network, teams, pods, unmanaged, lacks, overlapping, roles }) => ({
      id: `c${at}`,
      name: `cluster-${at}`,
      labels: {},
      network,
      podCidrs: [`10.${at}.0.0/16`, `fd00:${at}::/64`, ...(overlapping && at === 3 ? [overlapping] : [])],
      readOnly: false,
      namespaces: NAMESPACES.map((name, i) => ({
        name,
        labels: defined({ team: teams[i] }) as Record<string, string>,
      })).filter(({ name }) => name !== lacks),
      serviceAccounts: NAMESPACES.map((namespace) => ({
        namespace,
        name: "one",
        labels: roles.includes(namespace) ? { role: "x" } : {},
      })),
      pods: pods.filter((p) => p !== undefined).filter(({ namespace }) => namespace !== lacks),
      unmanagedPolicies: unmanaged,
      existingTiers: [],
    }));

const IDS = ["c1", "c2", "c3"] as const;

const managedPolicy = (index: number): fc.Arbitrary<MeshPolicy> =>
  fc
    .record({
      manifest: fc.oneof(
        { weight: 25, arbitrary: calicoPolicy(fc.constantFrom("one", "two"), `p${index}`) },
        { weight: 1, arbitrary: beyondLimits(`p${index}`) },
      ),
      clusterIds: fc.oneof(fc.constant([...IDS]), fc.subarray([...IDS], { minLength: 1 })),
    })
    .map(({ manifest, clusterIds }) => ({
      policyId: `p${index}`,
      revisionId: "r",
      applicationId: "a",
      manifest,
      clusterIds,
    }));

const ALL_PUBLICATIONS = IDS.flatMap((sourceClusterId) =>
  IDS.filter((id) => id !== sourceClusterId).flatMap((targetClusterId) =>
    NAMESPACES.map((namespace) => ({ sourceClusterId, namespace, targetClusterId })),
  ),
);

const publications = fc.oneof(fc.constant(ALL_PUBLICATIONS), fc.subarray(ALL_PUBLICATIONS));

const CORP: JsonObject = {
  apiVersion: "projectcalico.org/v3",
  kind: "GlobalNetworkSet",
  metadata: { name: "corp", labels: { set: "corp" } },
  spec: { nets: ["10.2.0.0/30", "10.1.0.0/31", "172.16.0.0/12", "fd00:2::/126"] },
};

/** A service of the cluster's own pods, and one whose EndpointSlices hold addresses of other clusters. */
const SERVICES: readonly WorldService[] = [
  {
    namespace: "shop",
    name: "near",
    targets: ["10.1.0.1", "10.2.0.1", "10.3.0.1"].map((address) => ({ address, protocol: 6, port: 80 })),
  },
  {
    namespace: "shop",
    name: "far",
    targets: ["10.2.0.2", "fd00:3::1"].map((address) => ({ address, protocol: 6, port: 81 })),
  },
];

/** A node's interface, which forwards packets of pods and has some of its own. */
const host = (id: string, labels: JsonObject): JsonObject => ({
  apiVersion: "projectcalico.org/v3",
  kind: "HostEndpoint",
  metadata: { name: `${id}-eth0`, labels },
  spec: { node: `${id}-node`, interfaceName: "eth0", expectedIPs: [`172.31.${id.slice(1)}.5`] },
});

const tier = (name: string) =>
  fc
    .record({ order: mostly(fc.integer({ min: 1, max: 9 }), 6), defaultAction: fc.constantFrom("Pass", "Deny") })
    .map(({ order, defaultAction }) => ({ name, ...(order !== undefined && { order }), defaultAction }));

/** Three clusters with pods, policies of ours and of theirs, publications, and network sets and services of their own. */
export const randomMesh: fc.Arbitrary<RandomMesh> = fc
  .record({
    clusters: fc.tuple(cluster(1), cluster(2), cluster(3)),
    policies: fc.tuple(managedPolicy(0), managedPolicy(1), maybe(managedPolicy(2), 2)),
    publications,
    corp: fc.subarray([...IDS]),
    hosts: fc.subarray([...IDS]),
    hostLabels: fc.constantFrom({ app: "a" }, {}),
    tiers: fc.tuple(tier("one"), tier("two")),
    accepts: maybe(fc.constant(true), 3),
  })
  .map(({ clusters, policies, publications: approved, corp, hosts, hostLabels, tiers, accepts }) => ({
    input: {
      clusters,
      tiers: tiers as MeshInput["tiers"],
      policies: policies.filter((p) => p !== undefined),
      publications: approved,
    },
    ownSets: new Map(corp.map((id) => [id, [CORP]])),
    hosts: new Map(hosts.map((id) => [id, [host(id, hostLabels)]])),
    services: new Map(IDS.map((id) => [id, SERVICES])),
    accepts: accepts === true,
  }));
