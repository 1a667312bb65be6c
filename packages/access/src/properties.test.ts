import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  authorize,
  compileAccess,
  EVERYWHERE,
  permissions,
  type Access,
  type AccessInput,
  type Permission,
  type Resource,
} from "./index";
import { naiveAuthorize, naiveGrants } from "./testing/naive";
import { CLUSTERS, input, pointsOf, RESOURCES, scope } from "./testing/universe";

interface Asked {
  readonly permission: Permission;
  readonly resource: Resource;
}

const POINTS = new Map(permissions.map((permission) => [permission, pointsOf(permission)]));

const QUESTIONS: readonly Asked[] = permissions.flatMap((permission) =>
  RESOURCES.map((resource) => ({ permission, resource })),
);

const spelled = ({ permission, resource }: Asked): string => `${permission} ${JSON.stringify(resource)}`;

/** The questions that are answered yes, in text; a list of texts is compared quickly and shown readably. */
const granted = (access: Access): readonly string[] =>
  QUESTIONS.filter(({ permission, resource }) => authorize(access, permission, resource)).map(spelled);

const NAMESPACES = ["shop", "pay", "fresh", ""];
const TIERS = ["edge", "core", "fresh"];
const within = (limit: "all" | ReadonlySet<string>, name: string): boolean => limit === "all" || limit.has(name);

/** The resource that means just these in the dimensions that a permission has. */
function point(permission: Permission, [clusterId, namespace, tier]: readonly [string, string, string]): Resource {
  if (permission.startsWith("tiers.")) return { kind: "tier", tier };
  if (permission.startsWith("policies.")) return { kind: "policy", tier, namespace, clusterIds: [clusterId] };
  if (permission.startsWith("clusters.")) return { kind: "cluster", clusterId };
  return /^(inventory|flows|publications)\./.test(permission)
    ? { kind: "place", clusterId, namespace }
    : { kind: "organisation" };
}

const some = <T>(items: readonly T[], holds: (item: T) => boolean): boolean => items.some(holds);

describe("a compiled access", () => {
  it("answers what a plain walk over the bindings answers", () => {
    fc.assert(
      fc.property(input, (given) => {
        const access = compileAccess(given);
        const expected = QUESTIONS.filter(({ permission, resource }) => naiveAuthorize(given, permission, resource));
        expect(granted(access)).toEqual(expected.map(spelled));
      }),
      { numRuns: 40 },
    );
  });

  it("lists clusters, places, tiers and boxes as it authorizes each of them", () => {
    const ids = CLUSTERS.map(({ id }) => id);
    fc.assert(
      fc.property(input, fc.constantFrom(...permissions), (given, permission) => {
        const access = compileAccess(given);
        const has = (cluster: string, namespace: string, tier: string): boolean =>
          authorize(access, permission, point(permission, [cluster, namespace, tier]));
        const [clusters, places, tiers] = [
          access.clusters(permission),
          access.places(permission),
          access.tiers(permission),
        ];
        for (const id of ids) {
          const anywhere = some(NAMESPACES, (namespace) => some(TIERS, (tier) => has(id, namespace, tier)));
          expect(within(clusters, id)).toBe(anywhere);
          for (const namespace of NAMESPACES) {
            const limit = places === "all" ? places : (places.get(id) ?? new Set<string>());
            expect(within(limit, namespace)).toBe(some(TIERS, (tier) => has(id, namespace, tier)));
            for (const tier of TIERS) {
              const inBox = access
                .boxes(permission)
                .some(
                  (box) => within(box.clusters, id) && within(box.namespaces, namespace) && within(box.tiers, tier),
                );
              expect(inBox).toBe(has(id, namespace, tier));
            }
          }
        }
        for (const tier of TIERS) {
          // A tier may be granted where there is no cluster yet: the unknown one stands for those.
          const anywhere = some([...ids, "fresh"], (id) => some(NAMESPACES, (namespace) => has(id, namespace, tier)));
          expect(within(tiers, tier)).toBe(anywhere);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("says that all is granted only where the whole is, and may where anything is", () => {
    fc.assert(
      fc.property(input, (given) => {
        const access = compileAccess(given);
        for (const permission of permissions) {
          const whole = authorize(access, permission, { kind: "organisation" });
          expect(access.clusters(permission) === "all").toBe(whole);
          expect(access.places(permission) === "all").toBe(whole);
          const anywhere = POINTS.get(permission)?.some((each) => naiveGrants(given, permission, each));
          expect(access.may(permission)).toBe(anywhere);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("does not depend on the order of anything", () => {
    const shuffled = input.chain((given) =>
      fc
        .tuple(
          fc.shuffledSubarray([...given.bindings], { minLength: given.bindings.length }),
          fc.shuffledSubarray([...given.roles], { minLength: given.roles.length }),
          fc.shuffledSubarray([...given.clusters], { minLength: given.clusters.length }),
        )
        .map(([bindings, roles, clusters]) => ({ given, other: { ...given, bindings, roles, clusters } })),
    );
    fc.assert(
      fc.property(shuffled, ({ given, other }) => {
        const [a, b] = [compileAccess(given), compileAccess(other)];
        expect(granted(b)).toEqual(granted(a));
        expect(b.problems).toEqual(a.problems);
        for (const permission of permissions) {
          expect(b.boxes(permission)).toEqual(a.boxes(permission));
          expect(b.places(permission)).toEqual(a.places(permission));
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe("a ceiling", () => {
  const asBinding = ({ ceiling }: AccessInput): AccessInput["bindings"] =>
    ceiling ? [{ ...ceiling, id: "ceiling", holder: { kind: "person", personId: "ada" } }] : [];

  it("leaves what both it and the bindings grant, point by point", () => {
    const withCeiling = input.filter(({ ceiling }) => ceiling !== undefined);
    fc.assert(
      fc.property(withCeiling, (given) => {
        const { ceiling: _, ...open } = given;
        const [both, holder] = [compileAccess(given), compileAccess(open)];
        const token = compileAccess({ ...open, bindings: asBinding(given) });
        // What is read of several clusters is read where one point is in both, so points are compared.
        const points = QUESTIONS.filter(({ resource }) => resource.kind !== "policy" || resource.clusterIds.length < 2);
        const wrong = points.filter(({ permission, resource }) => {
          const expected = [holder, token].every((access) => authorize(access, permission, resource));
          return authorize(both, permission, resource) !== expected;
        });
        expect(wrong).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it("of an owner everywhere is that of the ceiling alone, whatever its scope", () => {
    fc.assert(
      fc.property(scope, (limited) => {
        const owner = { id: "b", roleId: "owner", holder: { kind: "person", personId: "ada" } as const };
        const ceiling = { roleId: "tier-editor", scope: limited };
        const base = { roles: [], clusters: CLUSTERS };
        const both = compileAccess({ ...base, bindings: [{ ...owner, scope: EVERYWHERE }], ceiling });
        const alone = compileAccess({ ...base, bindings: [{ ...owner, roleId: "tier-editor", scope: limited }] });
        expect(granted(both)).toEqual(granted(alone));
      }),
      { numRuns: 40 },
    );
  });
});
