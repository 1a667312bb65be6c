import { describe, expect, it } from "vitest";
import { compileAccess, permissions, widens, type AccessInput, type BindingScope, type Permission } from "./index";
import { bound, custom, ids, MESH, numbered, scoped, selector, subject } from "./testing/subjects";

const roles = [
  custom("writes", "policies.write"),
  custom("inventory", "inventory.read"),
  custom("access", "roles.manage"),
];

const of = (bindings: AccessInput["bindings"], more: Partial<AccessInput> = {}) =>
  compileAccess(subject(bindings, { roles, ...more }));

interface Row {
  readonly name: string;
  readonly giver: AccessInput["bindings"];
  readonly given: readonly [roleId: string, limits: Partial<BindingScope>];
  readonly gained: readonly Permission[];
}

const inventory = (limits: Partial<BindingScope>) => bound("inventory", limits);

const rows: readonly Row[] = [
  { name: "an owner gives anything of the organisation", giver: [bound("owner")], given: ["owner", {}], gained: [] },
  {
    name: "an owner does not give the installation",
    giver: [bound("owner")],
    given: ["installation-administrator", {}],
    gained: ["installation.manage"],
  },
  {
    name: "less of one's own",
    giver: [inventory(ids("c-west", "c-east"))],
    given: ["inventory", ids("c-east")],
    gained: [],
  },
  {
    name: "more clusters",
    giver: [inventory(ids("c-west"))],
    given: ["inventory", ids("c-west", "c-east")],
    gained: ["inventory.read"],
  },
  {
    name: "every cluster by name is less than all",
    giver: [inventory(ids("c-west", "c-north", "c-east"))],
    given: ["inventory", {}],
    gained: ["inventory.read"],
  },
  {
    name: "another namespace",
    giver: [inventory({ namespaces: ["shop"] })],
    given: ["inventory", { namespaces: ["shop", "pay"] }],
    gained: ["inventory.read"],
  },
  {
    name: "namespaces joined from two bindings",
    giver: numbered(inventory({ namespaces: ["shop"] }), inventory({ namespaces: ["pay"] })),
    given: ["inventory", { namespaces: ["shop", "pay"] }],
    gained: [],
  },
  {
    name: "a corner that neither of two bindings reaches",
    giver: numbered(
      inventory({ ...ids("c-west"), namespaces: ["shop"] }),
      inventory({ ...ids("c-east"), namespaces: ["pay"] }),
    ),
    given: ["inventory", { ...ids("c-west", "c-east"), namespaces: ["shop", "pay"] }],
    gained: ["inventory.read"],
  },
  {
    name: "a selector that matches the same today and more tomorrow",
    giver: [inventory(ids("c-west", "c-east"))],
    given: ["inventory", selector("env == 'prod'")],
    gained: ["inventory.read"],
  },
  {
    name: "a selector that matches nothing yet",
    giver: [bound("access")],
    given: ["inventory", selector("env == 'staging'")],
    gained: ["inventory.read"],
  },
  {
    name: "a selector that no cluster can match, since each has a name",
    giver: [bound("access")],
    given: ["inventory", selector("!has(name)")],
    gained: [],
  },
  {
    name: "a narrower selector",
    giver: [inventory(selector("env in {'prod', 'test'}"))],
    given: ["inventory", selector("env == 'prod' && region == 'eu'")],
    gained: [],
  },
  {
    name: "a wider selector",
    giver: [inventory(selector("env == 'prod' && region == 'eu'"))],
    given: ["inventory", selector("region == 'eu'")],
    gained: ["inventory.read"],
  },
  {
    name: "a selector that two others make up",
    giver: numbered(inventory(selector("env == 'prod'")), inventory(selector("env != 'prod'"))),
    given: ["inventory", selector("all()")],
    gained: [],
  },
  {
    name: "a verb on policies that can do nothing alone",
    giver: [bound("viewer")],
    given: ["writes", {}],
    gained: ["policies.write"],
  },
  { name: "what cannot be read gives nothing", giver: [], given: ["owner", selector("env ==")], gained: [] },
];

describe("giving a role", () => {
  it.each(rows)("$name", ({ giver, given: [roleId, limits], gained }) => {
    const found = widens(of(giver), of([bound(roleId, limits)]));
    expect(found.map(({ permission }) => permission)).toEqual(gained);
  });

  it("says where it would reach too far", () => {
    const where = (giver: Partial<BindingScope>, given: Partial<BindingScope>) =>
      widens(of([inventory(giver)]), of([inventory(given)]))[0];
    expect(where(ids("c-west"), ids("c-west", "c-east"))).toEqual({
      permission: "inventory.read",
      cluster: { kind: "known", clusterId: "c-east" },
    });
    expect(where({ namespaces: ["shop"] }, { namespaces: ["pay"] })).toEqual({
      permission: "inventory.read",
      cluster: { kind: "all" },
      namespace: "pay",
    });
    expect(where(ids("c-west", "c-east"), selector("env == 'prod'"))).toEqual({
      permission: "inventory.read",
      cluster: { kind: "joining", selector: 'env == "prod"' },
    });
  });

  it("by a token is bound by its ceiling", () => {
    const ceiling = { roleId: "owner", scope: scoped(ids("c-west")) };
    const token = of([bound("owner")], { ceiling });
    expect(widens(token, of([inventory(ids("c-west"))]))).toEqual([]);
    expect(widens(token, of([inventory(ids("c-east"))]))).toHaveLength(1);
  });

  it("while viewing as another gives no changes", () => {
    const viewing = of([bound("owner")], { readOnly: true });
    expect(widens(viewing, of([bound("viewer")]))).toEqual([]);
    expect(widens(viewing, of([bound("writes")])).map(({ permission }) => permission)).toEqual(["policies.write"]);
  });
});

describe("labels of a cluster", () => {
  const relabelled = (id: string, labels: Readonly<Record<string, string>>): Partial<AccessInput> => ({
    clusters: MESH.map((cluster) => (cluster.id === id ? { ...cluster, labels } : cluster)),
  });
  const operator = [bound("platform-operator", selector("env == 'test'"))];

  it("widen who gains the cluster by them", () => {
    const found = widens(of(operator), of(operator, relabelled("c-east", { env: "test" })));
    expect(found.map(({ permission }) => permission)).toEqual(
      permissions.filter((permission) => /^(clusters|inventory|flows|publications|policies\.read)/.test(permission)),
    );
    expect(found.every(({ cluster }) => cluster.kind === "known" && cluster.clusterId === "c-east")).toBe(true);
  });

  it("do not widen who loses it by them, nor who reaches it anyway", () => {
    expect(widens(of(operator), of(operator, relabelled("c-north", { env: "prod" })))).toEqual([]);
    const both = [...operator, bound("platform-operator", {}, "b2")];
    expect(widens(of(both), of(both, relabelled("c-east", { env: "test" })))).toEqual([]);
  });

  it("do not widen by verbs on policies that were held before", () => {
    const held = [bound("writes"), bound("viewer", { ...selector("env == 'test'"), tiers: ["edge"] }, "b2")];
    expect(widens(of(held), of(held))).toEqual([]);
  });
});
