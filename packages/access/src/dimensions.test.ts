import { describe, expect, it } from "vitest";
import { authorize, compileAccess, permissions, type BindingScope, type Permission, type Resource } from "./index";
import { bound, custom, ids, subject } from "./testing/subjects";

/**
 * What a limit does to a permission: `within` grants it inside the limit alone, `ignored` grants it all the same,
 * `nothing` grants it nowhere. Written by hand.
 */
type Effect = "within" | "ignored" | "nothing";

interface Row {
  readonly cluster: Effect;
  readonly namespace: Effect;
  readonly tier: Effect;
}

const WIDE: Row = { cluster: "nothing", namespace: "nothing", tier: "nothing" };
const EXPECTED: Readonly<Record<Permission, Row>> = {
  "organisation.manage": WIDE,
  "organisation.view-as": WIDE,
  "members.read": WIDE,
  "members.manage": WIDE,
  "roles.read": WIDE,
  "roles.manage": WIDE,
  "providers.read": WIDE,
  "providers.manage": WIDE,
  "tokens.create": WIDE,
  "tokens.read": WIDE,
  "tokens.manage": WIDE,
  "audit.read": WIDE,
  "audit.export": WIDE,
  "clusters.read": { cluster: "within", namespace: "ignored", tier: "ignored" },
  "clusters.connect": { cluster: "within", namespace: "nothing", tier: "nothing" },
  "clusters.manage": { cluster: "within", namespace: "nothing", tier: "nothing" },
  "clusters.delete": { cluster: "within", namespace: "nothing", tier: "nothing" },
  "inventory.read": { cluster: "within", namespace: "within", tier: "ignored" },
  "flows.read": { cluster: "within", namespace: "within", tier: "ignored" },
  "publications.read": { cluster: "within", namespace: "within", tier: "ignored" },
  "publications.approve": { cluster: "within", namespace: "within", tier: "nothing" },
  "tiers.read": { cluster: "ignored", namespace: "ignored", tier: "within" },
  "tiers.manage": { cluster: "nothing", namespace: "nothing", tier: "within" },
  "policies.read": { cluster: "within", namespace: "within", tier: "within" },
  "policies.write": { cluster: "within", namespace: "within", tier: "within" },
  "policies.apply": { cluster: "within", namespace: "within", tier: "within" },
  "installation.manage": WIDE,
};

const LIMITS: Readonly<Record<keyof Row, Partial<BindingScope>>> = {
  cluster: ids("c-west"),
  namespace: { namespaces: ["shop"] },
  tier: { tiers: ["edge"] },
};

interface Place {
  readonly clusterId: string;
  readonly namespace: string;
  readonly tier: string;
}

const INSIDE: Place = { clusterId: "c-west", namespace: "shop", tier: "edge" };
const OUTSIDE: Readonly<Record<keyof Row, readonly Place[]>> = {
  cluster: [
    { ...INSIDE, clusterId: "c-east" },
    { ...INSIDE, clusterId: "c-that-joined-later" },
  ],
  namespace: [
    { ...INSIDE, namespace: "pay" },
    { ...INSIDE, namespace: "" },
  ],
  tier: [{ ...INSIDE, tier: "core" }],
};

/** A permission's own kind of resource at a place. */
function at(permission: Permission, { clusterId, namespace, tier }: Place): Resource {
  const [noun] = permission.split(".");
  if (noun === "policies") return { kind: "policy", tier, namespace, clusterIds: [clusterId] };
  if (noun === "tiers") return { kind: "tier", tier };
  if (noun === "clusters") return { kind: "cluster", clusterId };
  if (noun === "inventory" || noun === "flows" || noun === "publications") {
    return { kind: "place", clusterId, namespace };
  }
  return { kind: "organisation" };
}

/** A limited holder of one permission, who may read tiers wherever the tier rule would ask. */
function limited(permission: Permission, limits: Partial<BindingScope>) {
  if (permission === "installation.manage") {
    return compileAccess(subject([bound("installation-administrator", limits)]));
  }
  return compileAccess(
    subject([bound("r", limits), bound("t", {}, "b2")], {
      roles: [custom("r", permission), custom("t", ...(permission.startsWith("policies.") ? ["tiers.read"] : []))],
    }),
  );
}

const rows = permissions.flatMap((permission) =>
  (["cluster", "namespace", "tier"] as const).map((dimension) => ({
    name: `${permission} limited by ${dimension}: ${EXPECTED[permission][dimension]}`,
    permission,
    dimension,
    effect: EXPECTED[permission][dimension],
  })),
);

describe("a limit in one dimension", () => {
  it.each(rows)("$name", ({ permission, dimension, effect }) => {
    const access = limited(permission, LIMITS[dimension]);
    expect(authorize(access, permission, at(permission, INSIDE))).toBe(effect !== "nothing");
    expect(access.may(permission)).toBe(effect !== "nothing");
    for (const place of OUTSIDE[dimension]) {
      expect(authorize(access, permission, at(permission, place))).toBe(effect === "ignored");
    }
    expect(authorize(access, permission, { kind: "organisation" })).toBe(effect === "ignored");
    expect(access.places(permission) === "all").toBe(effect === "ignored");
  });

  it.each(permissions.map((permission) => ({ name: permission, permission })))(
    "$name is granted everywhere without a limit",
    ({ permission }) => {
      const access = limited(permission, {});
      for (const place of [INSIDE, ...Object.values(OUTSIDE).flat()]) {
        expect(authorize(access, permission, at(permission, place))).toBe(true);
      }
      expect(authorize(access, permission, { kind: "organisation" })).toBe(true);
      expect([access.clusters(permission), access.places(permission), access.tiers(permission)]).toEqual([
        "all",
        "all",
        "all",
      ]);
    },
  );
});
