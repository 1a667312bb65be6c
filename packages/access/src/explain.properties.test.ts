import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  authorize,
  compileAccess,
  EVERYWHERE,
  explainAccess,
  type AccessInput,
  type BindingScope,
  type Ceiling,
  type ExplainInput,
  type MissingReason,
  type Permission,
  type Resource,
  type RoleBinding,
} from "./index";
import { input, permission, resource, RESOURCES } from "./testing/universe";

const holder = { kind: "person", personId: "ada" } as const;

const everywhere = (id: string, roleId: string): RoleBinding => ({ id, roleId, holder, scope: EVERYWHERE });

const almighty = (asked: Permission): string =>
  asked === "installation.manage" ? "installation-administrator" : "owner";

const named = (given: AccessInput): ExplainInput => ({ ...given, subject: "Ada" });

const OPEN: Readonly<Record<string, Partial<BindingScope>>> = {
  cluster: { clusters: EVERYWHERE.clusters },
  namespace: { namespaces: "all" },
  tier: { tiers: "all" },
};

function cured<T extends Ceiling>(given: T, { code, dimension = "cluster" }: MissingReason, asked: Permission): T {
  if (code === "role-unknown" || code === "role-lacks-permission") return { ...given, roleId: almighty(asked) };
  if (code === "tier-cannot-be-read") return { ...given, roleId: "owner", scope: EVERYWHERE };
  return { ...given, scope: { ...given.scope, ...OPEN[dimension] } };
}

/** The input without the one thing that a reason names. */
function cure(given: ExplainInput, reason: MissingReason, asked: Permission): ExplainInput {
  if (reason.code === "view-as-is-read-only") return { ...given, readOnly: false };
  if (reason.at === "ceiling" && given.ceiling) return { ...given, ceiling: cured(given.ceiling, reason, asked) };
  if (reason.at === "binding") {
    const bindings = given.bindings.map((one) => (one.id === reason.bindingId ? cured(one, reason, asked) : one));
    return { ...given, bindings };
  }
  const added = everywhere("cure", reason.code === "no-binding" ? almighty(asked) : "viewer");
  return { ...given, bindings: [...given.bindings, added] };
}

const sameReason = (a: MissingReason, b: MissingReason): boolean =>
  a.code === b.code && a.at === b.at && a.bindingId === b.bindingId && a.dimension === b.dimension;

const runs = { numRuns: 250 };

describe("an explanation", () => {
  it("says what authorize says, and reasons if and only if it is no", () => {
    fc.assert(
      fc.property(input, permission, resource, (given, asked, of) => {
        const explained = explainAccess(named(given), asked, of);
        expect(explained.allowed).toBe(authorize(compileAccess(given), asked, of));
        expect(explained.missing.length === 0).toBe(explained.allowed);
        expect(explained.grantedBy.length > 0).toBe(explained.allowed);
      }),
      runs,
    );
  });

  it("tells of no more bindings than asked for, of the same ones, and how many it leaves out", () => {
    fc.assert(
      fc.property(input, permission, resource, fc.integer({ min: 1, max: 3 }), (given, asked, of, atMost) => {
        const whole = explainAccess(named(given), asked, of);
        const part = explainAccess({ ...named(given), atMost }, asked, of);
        expect(whole.untold).toEqual({ grantedBy: 0, missing: 0 });
        expect(part.allowed).toBe(whole.allowed);
        for (const list of ["grantedBy", "missing"] as const) {
          expect(part[list].length + part.untold[list]).toBe(whole[list].length);
          expect(whole[list]).toEqual(expect.arrayContaining([...part[list]]));
        }
        for (const granted of [asked, "tiers.read"])
          expect(part.grantedBy.filter(({ grants }) => grants === granted).length).toBeLessThanOrEqual(atMost);
        expect(part.missing.filter(({ at }) => at === "binding").length).toBeLessThanOrEqual(atMost);
      }),
      runs,
    );
  });

  it("names bindings that grant their part each by itself, all of it together, and nothing without them", () => {
    fc.assert(
      fc.property(input, permission, fc.nat(), (given, asked, pick) => {
        const access = compileAccess(given);
        const granted = RESOURCES.filter((each) => authorize(access, asked, each));
        const of = granted[pick % granted.length];
        if (!of) return;
        const { grantedBy } = explainAccess(named(given), asked, of);
        const ids = new Set(grantedBy.map(({ bindingId }) => bindingId));
        const may = (bindings: readonly RoleBinding[], [each, part]: readonly [Permission, Resource]): boolean =>
          authorize(compileAccess({ ...given, bindings }), each, part);
        for (const { bindingId, grants, clusterIds } of grantedBy) {
          const alone = given.bindings.filter(({ id }) => id === bindingId);
          const part: Resource = of.kind === "policy" && clusterIds ? { ...of, clusterIds } : of;
          // What a verb on policies needs beside it is named by an entry of its own.
          expect(may([...alone, ...(grants === "tiers.read" ? [] : [everywhere("t", "viewer")])], [grants, part])).toBe(
            true,
          );
        }
        expect(
          may(
            given.bindings.filter(({ id }) => ids.has(id)),
            [asked, of],
          ),
        ).toBe(true);
        expect(
          may(
            given.bindings.filter(({ id }) => !ids.has(id)),
            [asked, of],
          ),
        ).toBe(false);
      }),
      runs,
    );
  });

  it("names reasons that are gone when they are cured, until it is allowed", () => {
    fc.assert(
      fc.property(input, permission, resource, (given, asked, of) => {
        let current = named(given);
        for (let turn = 0; turn < 40; turn += 1) {
          const { missing } = explainAccess(current, asked, of);
          for (const reason of missing) {
            const left = explainAccess(cure(current, reason, asked), asked, of).missing;
            expect(left.filter((other) => sameReason(other, reason))).toEqual([]);
          }
          const [first] = missing;
          if (!first) return;
          current = cure(current, first, asked);
        }
        throw new Error("curing one reason after the other led nowhere");
      }),
      { numRuns: 100 },
    );
  });

  it("proposes roles that would grant it", () => {
    fc.assert(
      fc.property(input, permission, resource, (given, asked, of) => {
        const { ceiling: _, ...open } = given;
        const organisation = asked === "installation.manage" ? "installation" : "ordinary";
        const { wouldGrant } = explainAccess({ ...named(given), organisation }, asked, of);
        expect(wouldGrant.length).toBeGreaterThan(0);
        const ids = new Map([...given.roles].map(({ id, name }) => [name, id]));
        for (const name of wouldGrant) {
          const roleId = ids.get(name) ?? name.toLowerCase().replaceAll(" ", "-");
          const bindings = [everywhere("b", roleId)];
          expect(authorize(compileAccess({ ...open, bindings, readOnly: false }), asked, of)).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });
});
