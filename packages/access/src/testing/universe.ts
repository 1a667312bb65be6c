import { labelMap } from "@isthmus/policy-engine";
import fc from "fast-check";
import {
  builtInRoles,
  permissions,
  permissionSpecs,
  type AccessCluster,
  type AccessInput,
  type BindingScope,
  type Ceiling,
  type Permission,
  type Resource,
  type RoleBinding,
  type StoredRole,
} from "../index";
import type { Point } from "./naive";

/** A small world in which every question can be asked. */
export const CLUSTERS: readonly AccessCluster[] = [
  { id: "c1", name: "eu-west", labels: { env: "prod", region: "eu" } },
  { id: "c2", name: "us-east", labels: { env: "dev" } },
  { id: "c3", name: "bare", labels: {} },
];

/** Names that scopes use, one that none of them uses, and none at all. */
const NAMESPACES = ["shop", "pay", "fresh", ""];
const TIERS = ["edge", "core", "fresh"];
const CLUSTER_IDS = ["c1", "c2", "c3", "fresh"];

const JOINING: readonly Resource[] = [
  { kind: "cluster", clusterId: "", name: "eu-north", labels: { env: "prod", region: "eu" } },
  { kind: "cluster", clusterId: "", name: "new", labels: { env: "dev" } },
  { kind: "cluster", clusterId: "", name: "bare", labels: {} },
  { kind: "cluster", clusterId: "", name: "eu-west", labels: { env: "test" } },
  { kind: "cluster", clusterId: "", name: "odd", labels: { region: "eu" } },
  { kind: "cluster", clusterId: "" },
];

const PLACEMENTS: readonly (readonly string[])[] = [
  [],
  ["c1"],
  ["c2"],
  ["c3"],
  ["fresh"],
  ["c1", "c2"],
  ["c2", "c3"],
  ["c1", "c2", "c3"],
  ["c1", "fresh"],
];

/** Every resource of the world. */
export const RESOURCES: readonly Resource[] = [
  { kind: "organisation" },
  ...CLUSTER_IDS.map((clusterId): Resource => ({ kind: "cluster", clusterId })),
  ...JOINING,
  ...CLUSTER_IDS.flatMap((clusterId) =>
    NAMESPACES.map((namespace): Resource => ({ kind: "place", clusterId, namespace })),
  ),
  ...TIERS.map((tier): Resource => ({ kind: "tier", tier })),
  ...TIERS.flatMap((tier) =>
    NAMESPACES.flatMap((namespace) =>
      PLACEMENTS.map((clusterIds): Resource => ({ kind: "policy", tier, namespace, clusterIds })),
    ),
  ),
];

const values = (name: string, known: readonly string[]): readonly Readonly<Record<string, string>>[] => [
  {},
  ...known.map((value) => ({ [name]: value })),
];

/** Labels of clusters that may join: enough of them that any two selectors of this file that differ do so on one. */
const JOINING_LABELS = values("env", ["prod", "dev", "other"]).flatMap((env) =>
  values("region", ["eu", "other"]).flatMap((region) =>
    values("none", ["yes"]).flatMap((none) =>
      ["eu-west", "eu-other", "other"].map((name) => labelMap({ ...env, ...region, ...none, name })),
    ),
  ),
);

const CLUSTER_POINTS: readonly Pick<Point, "cluster">[] = [
  {},
  ...[...CLUSTERS.map(({ id }) => id), "fresh"].map((cluster) => ({ cluster })),
  ...JOINING_LABELS.map((labels) => ({ cluster: { labels } })),
];
const NAMESPACE_POINTS: readonly Pick<Point, "namespace">[] = [{}, { namespace: "shop" }, { namespace: "pay" }];
const TIER_POINTS: readonly Pick<Point, "tier">[] = [{}, { tier: "edge" }, { tier: "core" }];

/** Every point at which two scopes of the world can differ. */
export function pointsOf(permission: Permission): readonly Point[] {
  const { dimensions } = permissionSpecs[permission];
  return (dimensions.includes("cluster") ? CLUSTER_POINTS : [{}]).flatMap((cluster) =>
    (dimensions.includes("namespace") ? NAMESPACE_POINTS : [{}]).flatMap((namespace) =>
      (dimensions.includes("tier") ? TIER_POINTS : [{}]).map((tier) => ({ ...cluster, ...namespace, ...tier })),
    ),
  );
}

const SELECTORS = [
  "env == 'prod'",
  "env in {'prod', 'dev'}",
  "has(env)",
  "!has(env)",
  "region == 'eu'",
  "env == 'prod' && region == 'eu'",
  "env == 'prod' || region == 'eu'",
  "name == 'eu-west'",
  "name starts with 'eu-'",
  "all()",
  "has(none)",
  "!has(name)",
  "env ==",
  "  ",
];

const clusterScope = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ kind: "all" } as const) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(...SELECTORS).map((selector) => ({ kind: "selector", selector }) as const),
  },
  {
    weight: 3,
    arbitrary: fc.subarray(["c1", "c2", "c3", "gone"]).map((ids) => ({ kind: "ids", ids }) as const),
  },
);

const names = (known: readonly string[]) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant("all" as const) },
    { weight: 3, arbitrary: fc.subarray([...known, ""]) },
  );

/** Scopes of every kind, those that mean nothing included. */
export const scope: fc.Arbitrary<BindingScope> = fc.record({
  clusters: clusterScope,
  namespaces: names(["shop", "pay"]),
  tiers: names(["edge", "core"]),
});

const CUSTOM = ["r1", "r2", "r3"];

const roleId = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...CUSTOM) },
  { weight: 2, arbitrary: fc.constantFrom(...builtInRoles.map(({ id }) => id)) },
  { weight: 1, arbitrary: fc.constant("nowhere") },
);

const ofMesh = permissions.filter((permission) => /^(clusters|inventory|publications|tiers|policies)/.test(permission));

const stored: fc.Arbitrary<readonly StoredRole[]> = fc
  .tuple(...CUSTOM.map(() => fc.oneof(fc.subarray([...ofMesh]), fc.subarray([...permissions, "no.such"]))))
  .map((held) => held.map((of, at) => ({ id: CUSTOM[at] ?? "", name: `Role ${at}`, permissions: of })));

const binding = fc.record({ roleId, scope });

const ceiling: fc.Arbitrary<Ceiling> = binding;

/** Bindings with ids in order. */
const bindings: fc.Arbitrary<readonly RoleBinding[]> = fc
  .array(fc.record({ given: binding, isGroup: fc.boolean() }), { maxLength: 5 })
  .map((all) =>
    all.map(({ given, isGroup }, at) => ({
      ...given,
      id: `b${at}`,
      holder: isGroup ? { kind: "group", providerId: "okta", group: "ops" } : { kind: "person", personId: "ada" },
    })),
  );

/** Subjects with and without ceilings and "view as". */
export const input: fc.Arbitrary<AccessInput> = fc
  .record({
    bindings,
    roles: stored,
    ceiling: fc.option(ceiling, { nil: undefined, freq: 3 }),
    readOnly: fc.oneof(fc.constant(false), fc.constant(false), fc.boolean()),
  })
  .map(({ ceiling: most, ...rest }) => ({ ...rest, clusters: CLUSTERS, ...(most ? { ceiling: most } : {}) }));

/** What may happen to a subject: bindings go, one comes, and clusters are given other labels. */
export const change: fc.Arbitrary<{ readonly before: AccessInput; readonly after: AccessInput }> = fc
  .record({
    before: input,
    kept: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
    added: fc.array(binding, { maxLength: 1 }),
    labels: fc.subarray(["c1", "c2"]),
    isOpen: fc.boolean(),
  })
  .map(({ before, kept, added, labels, isOpen }) => {
    const { ceiling: most, ...open } = before;
    const more = added.map((given) => ({ ...given, id: "new", holder: { kind: "person", personId: "ada" } as const }));
    const after: AccessInput = {
      ...open,
      bindings: [...before.bindings.filter((_, at) => kept[at]), ...more],
      clusters: CLUSTERS.map((cluster) =>
        labels.includes(cluster.id) ? { ...cluster, labels: { env: "dev" } } : cluster,
      ),
    };
    return { before, after: most && !isOpen ? { ...after, ceiling: most } : after };
  });

/** A resource of the world. */
export const resource = fc.constantFrom(...RESOURCES);

/** Any permission. */
export const permission = fc.constantFrom(...permissions);
