import { describe, expect, it } from "vitest";
import { authorize, compileAccess, permissions, permissionSpecs, type AccessInput } from "./index";
import { bound, custom, ids, MESH, numbered, scoped, selector, subject } from "./testing/subjects";

const set = (...names: readonly string[]): ReadonlySet<string> => new Set(names);

describe("a subject without bindings", () => {
  const empty: readonly (AccessInput & { readonly name: string })[] = [
    { name: "nobody", ...subject([]) },
    { name: "nobody, with clusters to come", ...subject([], { clusters: [] }) },
    { name: "nobody under an owner's ceiling", ...subject([], { ceiling: { roleId: "owner", scope: scoped({}) } }) },
    { name: "an unknown role", ...subject([bound("no-such-role")]) },
    { name: "an empty role", ...subject([bound("r")], { roles: [custom("r")] }) },
    {
      name: "an owner under a ceiling of an unknown role",
      ...subject([bound("owner")], { ceiling: { roleId: "gone", scope: scoped({}) } }),
    },
    {
      name: "an owner under a ceiling that cannot be read",
      ...subject([bound("owner")], { ceiling: { roleId: "owner", scope: scoped(selector("env ==")) } }),
    },
  ];
  it.each(empty)("$name may nothing", (given) => {
    const access = compileAccess(given);
    expect(permissions.filter((permission) => access.may(permission))).toEqual([]);
    expect(permissions.flatMap((permission) => access.boxes(permission))).toEqual([]);
    expect(permissions.some((permission) => access.places(permission) === "all")).toBe(false);
    expect(authorize(access, "clusters.read", { kind: "cluster", clusterId: "c-west" })).toBe(false);
  });
});

describe("unions", () => {
  it("of bindings over clusters are one box where nothing else differs", () => {
    const access = compileAccess(
      subject(numbered(bound("viewer", ids("c-west")), bound("viewer", selector("env == 'test'")))),
    );
    expect(access.boxes("flows.read")).toEqual([
      { clusters: set("c-west", "c-north"), namespaces: "all", tiers: "all" },
    ]);
    expect(access.clusters("clusters.read")).toEqual(set("c-west", "c-north"));
  });

  it("of namespaces in different clusters stay apart", () => {
    const access = compileAccess(
      subject(
        numbered(
          bound("viewer", { ...ids("c-west"), namespaces: ["shop"] }),
          bound("viewer", { ...ids("c-east"), namespaces: ["pay"] }),
        ),
      ),
    );
    expect(access.places("flows.read")).toEqual(
      new Map([
        ["c-west", set("shop")],
        ["c-east", set("pay")],
      ]),
    );
  });

  it("of every cluster by name are not all clusters", () => {
    const access = compileAccess(subject([bound("viewer", ids(...MESH.map(({ id }) => id)))]));
    expect(access.clusters("clusters.read")).toEqual(set("c-west", "c-north", "c-east"));
    expect(authorize(access, "clusters.read", { kind: "cluster", clusterId: "c-that-joined-later" })).toBe(false);
  });

  it("of a namespace everywhere name the clusters that there are", () => {
    const access = compileAccess(subject([bound("viewer", { namespaces: ["shop"] })]));
    expect(access.places("flows.read")).toEqual(new Map(MESH.map(({ id }) => [id, set("shop")])));
    expect(access.clusters("flows.read")).toEqual(set("c-west", "c-north", "c-east"));
    expect(access.boxes("flows.read")).toEqual([{ clusters: "all", namespaces: set("shop"), tiers: "all" }]);
  });

  it("with something unlimited are unlimited", () => {
    const access = compileAccess(subject(numbered(bound("viewer", ids("c-west")), bound("viewer"))));
    expect(access.boxes("policies.read")).toEqual([{ clusters: "all", namespaces: "all", tiers: "all" }]);
  });

  it("of roles do not lend a role the scope of another", () => {
    const access = compileAccess(
      subject(numbered(bound("platform-operator", ids("c-west")), bound("viewer", ids("c-east")))),
    );
    expect(access.clusters("clusters.delete")).toEqual(set("c-west"));
    expect(access.clusters("clusters.read")).toEqual(set("c-west", "c-east"));
  });
});

describe("many bindings", () => {
  it("are told apart, each in its own cluster and namespace", () => {
    const numbers = Array.from({ length: 70 }, (_, at) => at);
    const clusters = numbers.map((at) => ({ id: `c${at}`, name: `cluster-${at}`, labels: {} }));
    const bindings = numbered(...numbers.map((at) => bound("viewer", { ...ids(`c${at}`), namespaces: [`n${at}`] })));
    const access = compileAccess(subject(bindings, { clusters }));
    const crossed = numbers.flatMap((of) =>
      numbers.filter((at) =>
        authorize(access, "flows.read", { kind: "place", clusterId: `c${of}`, namespace: `n${at}` }),
      ),
    );
    expect(crossed).toEqual(numbers);
    expect(access.boxes("flows.read")).toHaveLength(70);
  });
});

describe("clusters that join later", () => {
  const later = [...MESH, { id: "c-new", name: "eu-south", labels: { env: "prod", region: "eu" } }];
  const rows = [
    { name: "are in an unlimited scope", limits: {}, before: true, after: true },
    {
      name: "are in a selector's scope once they are known",
      limits: selector("region == 'eu'"),
      before: false,
      after: true,
    },
    {
      name: "are not in a selector's scope that does not match",
      limits: selector("region == 'us'"),
      before: false,
      after: false,
    },
    { name: "are not in a list", limits: ids("c-west"), before: false, after: false },
    { name: "are in a list that names them once they are known", limits: ids("c-new"), before: false, after: true },
  ];
  it.each(rows)("$name", ({ limits, before, after }) => {
    const bindings = [bound("viewer", limits)];
    const resource = { kind: "cluster", clusterId: "c-new" } as const;
    expect(authorize(compileAccess(subject(bindings)), "clusters.read", resource)).toBe(before);
    expect(authorize(compileAccess(subject(bindings, { clusters: later })), "clusters.read", resource)).toBe(after);
  });

  it("let who waits for them in", () => {
    const waiting = compileAccess(subject([bound("platform-operator", selector("env == 'staging'"))]));
    expect(waiting.may("clusters.connect")).toBe(true);
    expect(waiting.may("flows.read")).toBe(true);
    expect(waiting.clusters("flows.read")).toEqual(set());
  });

  it("let nobody in who could never match", () => {
    const ceiling = { roleId: "platform-operator", scope: scoped(selector("env == 'prod'")) };
    const token = compileAccess(subject([bound("platform-operator", selector("env == 'staging'"))], { ceiling }));
    expect(token.may("clusters.connect")).toBe(false);
    expect(compileAccess(subject([bound("viewer", ids("c-gone"))])).may("flows.read")).toBe(false);
  });
});

describe("a ceiling", () => {
  const within = (bindings: AccessInput["bindings"], ceiling: NonNullable<AccessInput["ceiling"]>) =>
    compileAccess(subject(bindings, { ceiling }));

  it("intersects boxes exactly", () => {
    const access = within(
      numbered(
        bound("tier-editor", { ...selector("region == 'eu'"), namespaces: ["shop", "pay"], tiers: ["edge"] }),
        bound("viewer", { ...ids("c-east"), tiers: ["core", "edge"] }),
      ),
      { roleId: "tier-editor", scope: scoped({ ...selector("env == 'prod'"), namespaces: ["shop", "ops"] }) },
    );
    expect(access.boxes("policies.read")).toEqual([
      { clusters: set("c-east"), namespaces: set("shop", "ops"), tiers: set("core", "edge") },
      { clusters: set("c-west"), namespaces: set("shop"), tiers: set("edge") },
    ]);
    expect(access.boxes("policies.write")).toEqual([
      { clusters: set("c-west"), namespaces: set("shop"), tiers: set("edge") },
    ]);
  });

  it("never grants what the holder has not", () => {
    const access = within([bound("viewer")], { roleId: "owner", scope: scoped({}) });
    expect(permissions.filter((permission) => access.may(permission))).toEqual(
      permissions.filter((permission) => compileAccess(subject([bound("viewer")])).may(permission)),
    );
  });

  it("with any limit leaves nothing organisation-wide", () => {
    const access = within([bound("owner")], { roleId: "owner", scope: scoped({ tiers: ["edge"] }) });
    const wide = permissions.filter((permission) => permissionSpecs[permission].dimensions.length === 0);
    expect(wide.filter((permission) => access.may(permission))).toEqual([]);
    expect(access.may("tiers.manage")).toBe(true);
  });
});

describe("view as", () => {
  it("leaves every read and no change", () => {
    const [open, viewed] = [subject([bound("owner")]), subject([bound("owner")], { readOnly: true })].map(
      compileAccess,
    );
    for (const permission of permissions.filter((each) => open?.may(each))) {
      const isRead = permissionSpecs[permission].verb === "read";
      expect(viewed?.may(permission)).toBe(isRead);
      expect(viewed?.places(permission) === "all").toBe(isRead);
    }
  });

  it("is no read of its own, so that nobody looks on through somebody who looks", () => {
    expect(permissionSpecs["organisation.view-as"].verb).toBe("change");
  });
});

describe("what is stored and means nothing", () => {
  const rows = [
    {
      name: "a role that is not there",
      given: subject([bound("gone")]),
      problem: { code: "role-unknown", bindingId: "b1", roleId: "gone" },
    },
    {
      name: "a permission that is none",
      given: subject([], { roles: [custom("r", "policies.dance", "flows.read")] }),
      problem: { code: "permission-unknown", roleId: "r" },
    },
    {
      name: "the installation's permission in a custom role",
      given: subject([], { roles: [custom("r", "installation.manage")] }),
      problem: { code: "permission-reserved", roleId: "r" },
    },
    {
      name: "a selector that cannot be read",
      given: subject([bound("owner", selector("env = prod ||"))]),
      problem: { code: "selector-unreadable", bindingId: "b1" },
    },
    {
      name: "a blank selector",
      given: subject([bound("owner", selector("  "))]),
      problem: { code: "selector-blank", bindingId: "b1" },
    },
    { name: "no clusters", given: subject([bound("owner", ids())]), problem: { code: "scope-empty", bindingId: "b1" } },
    {
      name: "no namespaces",
      given: subject([bound("owner", { namespaces: [] })]),
      problem: { code: "scope-empty", bindingId: "b1" },
    },
    {
      name: "only the empty namespace",
      given: subject([bound("owner", { namespaces: [""] })]),
      problem: { code: "scope-empty", bindingId: "b1" },
    },
    {
      name: "no tiers",
      given: subject([bound("owner", { tiers: [] })]),
      problem: { code: "scope-empty", bindingId: "b1" },
    },
    {
      name: "a ceiling's selector",
      given: subject([], { ceiling: { roleId: "owner", scope: scoped(selector("(")) } }),
      problem: { code: "selector-unreadable", roleId: "owner" },
    },
  ];
  it.each(rows)("$name is reported and grants nothing", ({ given, problem }) => {
    const access = compileAccess(given);
    expect(access.problems).toEqual([expect.objectContaining(problem)]);
    expect(permissions.filter((permission) => access.may(permission))).toEqual([]);
  });

  it("does not take what does mean something with it", () => {
    const access = compileAccess(
      subject(numbered(bound("r", ids("c-west")), bound("gone"), bound("owner", selector(")"))), {
        roles: [custom("r", "flows.read", "flows.dance")],
      }),
    );
    expect(access.problems.map(({ code }) => code)).toEqual([
      "permission-unknown",
      "role-unknown",
      "selector-unreadable",
    ]);
    expect(permissions.filter((permission) => access.may(permission))).toEqual(["flows.read"]);
    expect(access.clusters("flows.read")).toEqual(set("c-west"));
  });

  it("is no problem for clusters that are gone", () => {
    expect(compileAccess(subject([bound("viewer", ids("c-gone", "c-west"))])).problems).toEqual([]);
  });

  it("does not let a stored role pass for a built-in one", () => {
    const access = compileAccess(subject([bound("viewer")], { roles: [custom("viewer", ...permissions)] }));
    expect(access.may("organisation.manage")).toBe(false);
    expect(access.may("flows.read")).toBe(true);
  });
});
