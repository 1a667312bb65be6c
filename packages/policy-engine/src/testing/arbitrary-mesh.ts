import fc from "fast-check";
import type { JsonObject } from "../json/json";
import type { MeshCluster, MeshInput, MeshPod, MeshPolicy } from "../federation/types";

/** A small random mesh, with what the compiler is not told: each cluster's own network sets. */
export interface RandomMesh {
  readonly input: MeshInput;
  readonly ownSets: ReadonlyMap<string, readonly JsonObject[]>;
}

const NAMESPACES = ["shop", "ops"] as const;
const CALICO = "projectcalico.org/v3";

const leaf = fc.constantFrom(
  "app == 'a'",
  "app == 'b'",
  "app != 'a'",
  "has(app)",
  "has(extra)",
  "!has(extra)",
  "app in {'a', 'c'}",
  "app not in {'a', 'b'}",
  "app starts with 'a'",
  "set == 'corp'",
  "all()",
  "!all()",
  "projectcalico.org/namespace == 'shop'",
  "projectcalico.org/serviceaccount == 'one'",
);

const selector = fc.oneof(
  { weight: 4, arbitrary: leaf },
  { weight: 1, arbitrary: fc.tuple(leaf, leaf).map(([a, b]) => `${a} && ${b}`) },
  { weight: 1, arbitrary: fc.tuple(leaf, leaf).map(([a, b]) => `${a} || ${b}`) },
  { weight: 1, arbitrary: fc.tuple(leaf, leaf).map(([a, b]) => `!(${a} && ${b})`) },
);

const namespaceSelector = fc.constantFrom(
  "team == 'web'",
  "team != 'web'",
  "has(team)",
  "!has(team)",
  "all()",
  "global()",
  "projectcalico.org/name == 'shop'",
  "projectcalico.org/name not in {'ops'}",
);

const serviceAccounts = fc.constantFrom<JsonObject>(
  { names: ["one"] },
  { selector: "role == 'x'" },
  { selector: "!has(role)" },
  { names: ["two"], selector: "has(role)" },
);

const nets = fc.constantFrom(["10.0.0.0/8"], ["10.2.0.0/16"], ["10.1.0.1/32", "10.2.0.1/32"], ["192.168.0.0/16"]);

/** Absent `weight` times as often as present. */
const maybe = <T>(arbitrary: fc.Arbitrary<T>, weight: number): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

/** Present `weight` times as often as absent. */
const mostly = <T>(arbitrary: fc.Arbitrary<T>, weight: number): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight, arbitrary }, { weight: 1, arbitrary: fc.constant(undefined) });

const entity = fc
  .record({
    selector: mostly(selector, 2),
    notSelector: maybe(selector, 4),
    namespaceSelector: maybe(namespaceSelector, 4),
    serviceAccounts: maybe(serviceAccounts, 6),
    nets: maybe(nets, 6),
    notNets: maybe(nets, 8),
  })
  .map(defined);

const nearEntity = fc.record({ selector: maybe(leaf, 5) }).map(defined);

function defined(record: Readonly<Record<string, unknown>>): JsonObject {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as JsonObject;
}

const traffic = fc.constantFrom(
  {},
  { protocol: "TCP" },
  { protocol: "TCP", ports: [80] },
  { protocol: "TCP", notPorts: [80] },
  { protocol: "UDP" },
  { notProtocol: "UDP" },
  { ipVersion: 4 },
  { ipVersion: 6 },
);

interface RuleParts {
  readonly action: string;
  readonly far: JsonObject;
  readonly near: JsonObject;
  readonly traffic: Readonly<Record<string, unknown>>;
}

const MIXED = (far: JsonObject, version: unknown) => version === 6 && ("nets" in far || "notNets" in far);

function ruleOf(
  { action, far, near, traffic: { ports, notPorts, ipVersion, ...header } }: RuleParts,
  ingress: boolean,
): JsonObject {
  const dest = defined({ ports, notPorts });
  const version = MIXED(far, ipVersion) ? {} : defined({ ipVersion });
  const [source, destination] = ingress ? [far, { ...near, ...dest }] : [near, { ...far, ...dest }];
  return { action, ...header, ...version, source, destination } as JsonObject;
}

const rule = (ingress: boolean) =>
  fc
    .record({
      action: fc.constantFrom("Allow", "Allow", "Deny", "Deny", "Pass", "Log"),
      far: entity,
      near: nearEntity,
      traffic,
    })
    .map((parts) => ruleOf(parts, ingress));

const spec = (tier: fc.Arbitrary<string>) =>
  fc
    .record({
      tier,
      order: mostly(fc.integer({ min: 1, max: 3 }), 4),
      selector: maybe(leaf, 2),
      serviceAccountSelector: maybe(fc.constantFrom("role == 'x'", "!has(role)", "all()"), 6),
      types: maybe(fc.constantFrom(["Ingress"], ["Egress"], ["Ingress", "Egress"]), 3),
      ingress: fc.array(rule(true), { maxLength: 3, size: "max" }),
      egress: fc.array(rule(false), { maxLength: 3, size: "max" }),
    })
    .map(defined);

const KINDS = [
  "NetworkPolicy",
  "GlobalNetworkPolicy",
  "NetworkPolicy",
  "GlobalNetworkPolicy",
  "StagedNetworkPolicy",
  "StagedGlobalNetworkPolicy",
] as const;

const manifest = (tier: fc.Arbitrary<string>, name: string) =>
  fc
    .record({
      kind: fc.constantFrom(...KINDS),
      namespace: fc.constantFrom(...NAMESPACES),
      spec: spec(tier),
      nsSelector: maybe(fc.constantFrom("team == 'web'", "!has(team)", "all()"), 5),
    })
    .map(({ kind, namespace, spec: body, nsSelector }): JsonObject => {
      const global = kind.includes("Global");
      const metadata = global ? { name } : { name, namespace };
      return {
        apiVersion: CALICO,
        kind,
        metadata,
        spec: { ...body, ...(global && nsSelector && { namespaceSelector: nsSelector }) },
      };
    });

const labels = fc
  .record({ app: mostly(fc.constantFrom("a", "b", "c"), 5), extra: maybe(fc.constant("1"), 2) })
  .map((l) => defined(l) as Record<string, string>);

/** Pod number `index` of cluster number `at` (from 1): IPv4, and IPv6 for some. */
const pod = (at: number, index: number): fc.Arbitrary<MeshPod> =>
  fc
    .record({
      namespace: fc.constantFrom(...NAMESPACES),
      labels,
      serviceAccount: fc.constantFrom("one", "two", ""),
      workload: fc.constantFrom("w1", "w2"),
      dual: fc.boolean(),
    })
    .map(({ workload, dual, ...rest }) => ({
      ...rest,
      name: `pod-${at}-${index}`,
      addresses: [`10.${at}.0.${index}`, ...(dual ? [`fd00:${at}::${index}`] : [])],
      workload: { kind: "Deployment", name: workload },
    }));

const cluster = (at: number): fc.Arbitrary<MeshCluster> =>
  fc
    .record({
      network: fc.constantFrom("flat", "flat", "flat", "flat", "other"),
      teams: fc.tuple(mostly(fc.constantFrom("web", "data"), 2), mostly(fc.constantFrom("web", "data"), 2)),
      pods: fc.tuple(...[1, 2, 3, 4].map((index) => mostly(pod(at, index), 4))),
      unmanaged: fc.array(manifest(fc.constant("default"), `own-${at}`), { maxLength: 1 }),
    })
    .map(({ network, teams, pods, unmanaged }) => ({
      id: `c${at}`,
      name: `cluster-${at}`,
      labels: {},
      network,
      podCidrs: [`10.${at}.0.0/16`, `fd00:${at}::/64`],
      readOnly: false,
      namespaces: NAMESPACES.map((name, i) => ({
        name,
        labels: defined({ team: teams[i] }) as Record<string, string>,
      })),
      serviceAccounts: NAMESPACES.map((namespace) => ({ namespace, name: "one", labels: { role: "x" } })),
      pods: pods.filter((p) => p !== undefined),
      unmanagedPolicies: unmanaged,
      existingTiers: [],
    }));

const IDS = ["c1", "c2", "c3"] as const;

const managedPolicy = (index: number): fc.Arbitrary<MeshPolicy> =>
  fc
    .record({
      body: manifest(fc.constantFrom("one", "two"), `p${index}`),
      clusterIds: fc.subarray([...IDS], { minLength: 1 }),
    })
    .map(({ body, clusterIds }) => ({
      policyId: `p${index}`,
      revisionId: "r",
      applicationId: "a",
      manifest: body,
      clusterIds,
    }));

const publications = fc.subarray(
  IDS.flatMap((sourceClusterId) =>
    IDS.filter((id) => id !== sourceClusterId).flatMap((targetClusterId) =>
      NAMESPACES.map((namespace) => ({ sourceClusterId, namespace, targetClusterId })),
    ),
  ),
);

const CORP: JsonObject = {
  apiVersion: CALICO,
  kind: "GlobalNetworkSet",
  metadata: { name: "corp", labels: { set: "corp" } },
  spec: { nets: ["10.2.0.0/30", "10.1.0.0/31", "172.16.0.0/12"] },
};

/** Three clusters with pods, policies of ours and of theirs, publications and network sets of their own. */
export const randomMesh: fc.Arbitrary<RandomMesh> = fc
  .record({
    clusters: fc.tuple(cluster(1), cluster(2), cluster(3)),
    policies: fc.tuple(managedPolicy(0), managedPolicy(1), maybe(managedPolicy(2), 2)),
    publications,
    corp: fc.subarray([...IDS]),
    orders: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })),
    actions: fc.tuple(fc.constantFrom("Pass", "Deny"), fc.constantFrom("Pass", "Deny")),
  })
  .map(({ clusters, policies, publications: approved, corp, orders, actions }) => ({
    input: {
      clusters,
      tiers: [
        { name: "one", order: orders[0], defaultAction: actions[0] as "Pass" | "Deny" },
        { name: "two", order: orders[1], defaultAction: actions[1] as "Pass" | "Deny" },
      ],
      policies: policies.filter((p) => p !== undefined),
      publications: approved,
    },
    ownSets: new Map(corp.map((id) => [id, [CORP]])),
  }));
