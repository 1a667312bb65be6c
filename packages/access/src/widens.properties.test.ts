import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { authorize, compileAccess, permissions, widens, type AccessInput, type Permission } from "./index";
import { naiveHolds, type Point } from "./testing/naive";
import { change, pointsOf, RESOURCES } from "./testing/universe";

const POINTS = new Map(permissions.map((permission) => [permission, pointsOf(permission)]));

const gains = (before: AccessInput, after: AccessInput): readonly Permission[] =>
  permissions.filter((permission) =>
    POINTS.get(permission)?.some(
      (point) => naiveHolds(after, permission, point) && !naiveHolds(before, permission, point),
    ),
  );

describe("what a change widens", () => {
  it("is found for a permission if and only if some point is gained", () => {
    fc.assert(
      fc.property(change, ({ before, after }) => {
        const found = widens(compileAccess(before), compileAccess(after));
        expect(found.map(({ permission }) => permission)).toEqual(gains(before, after));
      }),
      { numRuns: 80 },
    );
  });

  it("is shown by a place that is gained", () => {
    fc.assert(
      fc.property(change, ({ before, after }) => {
        for (const { permission, cluster, ...names } of widens(compileAccess(before), compileAccess(after))) {
          if (cluster.kind === "joining") continue;
          const point: Point = cluster.kind === "known" ? { ...names, cluster: cluster.clusterId } : names;
          expect(naiveHolds(after, permission, point)).toBe(true);
          expect(naiveHolds(before, permission, point)).toBe(false);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("is nothing only where nothing more is authorized", () => {
    fc.assert(
      fc.property(change, (given) => {
        const [before, after] = [compileAccess(given.before), compileAccess(given.after)];
        fc.pre(widens(before, after).length === 0);
        const gained = permissions.filter((permission) =>
          RESOURCES.some(
            (resource) => authorize(after, permission, resource) && !authorize(before, permission, resource),
          ),
        );
        expect(gained).toEqual([]);
      }),
      { numRuns: 80 },
    );
  });
});
