import { describe, expect, it } from "vitest";
import {
  authorize,
  compileAccess,
  mayMovePolicy,
  type AccessInput,
  type Permission,
  type PolicyResource,
  type Resource,
} from "./index";
import { bound, custom, ids, numbered, selector, subject } from "./testing/subjects";

interface Row {
  readonly name: string;
  readonly given: AccessInput;
  readonly asked: Permission;
  readonly of: Resource;
  readonly expected: boolean;
}

const check = ({ given, asked, of, expected }: Row): void => {
  expect(authorize(compileAccess(given), asked, of)).toBe(expected);
};

const policy = (clusterIds: readonly string[], more: Partial<PolicyResource> = {}): PolicyResource => ({
  kind: "policy",
  tier: "edge",
  namespace: "shop",
  clusterIds,
  ...more,
});

const roles = [
  custom("writes", "policies.write"),
  custom("applies", "policies.apply"),
  custom("sees", "policies.read"),
  custom("tiers", "tiers.read"),
  custom("connects", "clusters.connect"),
];

const edgeOnly = subject(numbered(bound("applies", { tiers: ["edge", "core"] }), bound("tiers", { tiers: ["edge"] })), {
  roles,
});

const tierRule: readonly Row[] = [
  {
    name: "a verb alone, without reading the tier, grants nothing",
    given: subject([bound("applies")], { roles }),
    asked: "policies.apply",
    of: policy(["c-west"]),
    expected: false,
  },
  {
    name: "reading the tier alone grants no verb",
    given: subject([bound("tiers")], { roles }),
    asked: "policies.apply",
    of: policy(["c-west"]),
    expected: false,
  },
  {
    name: "two bindings grant it together",
    given: edgeOnly,
    asked: "policies.apply",
    of: policy(["c-west"]),
    expected: true,
  },
  {
    name: "two bindings over different tiers do not",
    given: edgeOnly,
    asked: "policies.apply",
    of: policy(["c-west"], { tier: "core" }),
    expected: false,
  },
  {
    name: "even reading a policy needs its tier",
    given: subject([bound("sees")], { roles }),
    asked: "policies.read",
    of: policy(["c-west"]),
    expected: false,
  },
  {
    name: "a tier is read by a binding in one namespace of one cluster",
    given: subject(numbered(bound("applies"), bound("tiers", { ...ids("c-east"), namespaces: ["pay"] })), { roles }),
    asked: "policies.apply",
    of: policy(["c-west"]),
    expected: true,
  },
  {
    name: "a ceiling must let the tier be read as well",
    given: subject([bound("owner")], { roles, ceiling: { roleId: "applies", scope: bound("x").scope } }),
    asked: "policies.apply",
    of: policy(["c-west"]),
    expected: false,
  },
];

describe("the tier rule", () => {
  it.each(tierRule)("$name", check);

  it("narrows the tiers of boxes", () => {
    const access = compileAccess(edgeOnly);
    expect(access.tiers("policies.apply")).toEqual(new Set(["edge"]));
    expect(access.boxes("policies.apply")).toEqual([{ clusters: "all", namespaces: "all", tiers: new Set(["edge"]) }]);
  });
});

const apart = subject(
  numbered(bound("tier-editor", ids("c-west")), bound("tier-editor", selector("name == 'us-east'"))),
);
const shopOnly = subject([bound("tier-editor", { ...ids("c-west", "c-east"), namespaces: ["shop"] })]);

const placements: readonly Row[] = [
  {
    name: "read in one of its clusters",
    given: apart,
    asked: "policies.read",
    of: policy(["c-west", "c-north"]),
    expected: true,
  },
  {
    name: "not read in none of its clusters",
    given: apart,
    asked: "policies.read",
    of: policy(["c-north"]),
    expected: false,
  },
  {
    name: "written in all, each by another binding",
    given: apart,
    asked: "policies.write",
    of: policy(["c-west", "c-east"]),
    expected: true,
  },
  {
    name: "not written where one is left out",
    given: apart,
    asked: "policies.write",
    of: policy(["c-west", "c-north"]),
    expected: false,
  },
  {
    name: "not applied where one is left out",
    given: apart,
    asked: "policies.apply",
    of: policy(["c-north", "c-west"]),
    expected: false,
  },
  {
    name: "placed nowhere, not read within limits of clusters",
    given: apart,
    asked: "policies.read",
    of: policy([]),
    expected: false,
  },
  {
    name: "placed nowhere, not written within limits of clusters",
    given: apart,
    asked: "policies.write",
    of: policy([]),
    expected: false,
  },
  {
    name: "placed nowhere, written without limits of clusters",
    given: subject([bound("tier-editor", { namespaces: ["shop"], tiers: ["edge"] })]),
    asked: "policies.write",
    of: policy([]),
    expected: true,
  },
  {
    name: "in its namespace",
    given: shopOnly,
    asked: "policies.apply",
    of: policy(["c-west", "c-east"]),
    expected: true,
  },
  {
    name: "not in another namespace",
    given: shopOnly,
    asked: "policies.apply",
    of: policy(["c-west"], { namespace: "pay" }),
    expected: false,
  },
  {
    name: "not a global policy within limits of namespaces",
    given: shopOnly,
    asked: "policies.apply",
    of: policy(["c-west"], { namespace: "" }),
    expected: false,
  },
  {
    name: "not a global policy where the empty namespace is listed",
    given: subject([bound("tier-editor", { namespaces: ["", "shop"] })]),
    asked: "policies.read",
    of: policy(["c-west"], { namespace: "" }),
    expected: false,
  },
  {
    name: "a global policy without limits of namespaces",
    given: apart,
    asked: "policies.apply",
    of: policy(["c-west"], { namespace: "" }),
    expected: true,
  },
  {
    name: "not where one binding has the cluster and another the namespace",
    given: subject(
      numbered(
        bound("tier-editor", { ...ids("c-west"), namespaces: ["pay"] }),
        bound("tier-editor", { ...ids("c-east"), namespaces: ["shop"] }),
      ),
    ),
    asked: "policies.write",
    of: policy(["c-west"]),
    expected: false,
  },
];

describe("policies over clusters", () => {
  it.each(placements)("$name", check);
});

const fullScope = subject([bound("connects", selector("env == 'prod'"))], { roles });
const joining = (labels: Readonly<Record<string, string>>, name = "new"): Resource => ({
  kind: "cluster",
  clusterId: "",
  name,
  labels,
});

const joins: readonly Row[] = [
  {
    name: "a selector reaches it by its labels",
    given: fullScope,
    asked: "clusters.connect",
    of: joining({ env: "prod" }),
    expected: true,
  },
  {
    name: "a selector leaves it out by its labels",
    given: fullScope,
    asked: "clusters.connect",
    of: joining({ env: "test" }),
    expected: false,
  },
  {
    name: "a selector reaches it by its name",
    given: subject([bound("connects", selector("name starts with 'eu-'"))], { roles }),
    asked: "clusters.connect",
    of: joining({}, "eu-south"),
    expected: true,
  },
  {
    name: "a label called name is not its name",
    given: subject([bound("connects", selector("name starts with 'eu-'"))], { roles }),
    asked: "clusters.connect",
    of: joining({ name: "eu-south" }, "us-west"),
    expected: false,
  },
  {
    name: "a list of clusters never reaches it",
    given: subject([bound("connects", ids("c-west", "c-north", "c-east", ""))], { roles }),
    asked: "clusters.connect",
    of: joining({ env: "prod" }),
    expected: false,
  },
  {
    name: "no limit reaches it",
    given: subject([bound("connects")], { roles }),
    asked: "clusters.connect",
    of: joining({}),
    expected: true,
  },
  {
    name: "without labels it is reached only without a limit",
    given: subject([bound("connects", selector("!has(env)"))], { roles }),
    asked: "clusters.connect",
    of: { kind: "cluster", clusterId: "" },
    expected: false,
  },
  {
    name: "a cluster that is there does not speak for itself",
    given: fullScope,
    asked: "clusters.connect",
    of: { kind: "cluster", clusterId: "c-north", name: "eu-north", labels: { env: "prod" } },
    expected: false,
  },
  {
    name: "an unknown cluster does not speak for itself",
    given: fullScope,
    asked: "clusters.connect",
    of: { kind: "cluster", clusterId: "c-of-others", name: "x", labels: { env: "prod" } },
    expected: false,
  },
  {
    name: "the ceiling's selector must reach it too",
    given: { ...fullScope, ceiling: { roleId: "connects", scope: bound("x", selector("region == 'eu'")).scope } },
    asked: "clusters.connect",
    of: joining({ env: "prod", region: "us" }),
    expected: false,
  },
];

describe("a cluster that is yet to join", () => {
  it.each(joins)("$name", check);
});

const inShop = subject([bound("viewer", { ...ids("c-west"), namespaces: ["shop"] })]);

const wholes: readonly Row[] = [
  {
    name: "a namespace's reader reads the place",
    given: inShop,
    asked: "inventory.read",
    of: { kind: "place", clusterId: "c-west", namespace: "shop" },
    expected: true,
  },
  {
    name: "and not the whole cluster",
    given: inShop,
    asked: "inventory.read",
    of: { kind: "cluster", clusterId: "c-west" },
    expected: false,
  },
  {
    name: "and not what has no namespace",
    given: inShop,
    asked: "inventory.read",
    of: { kind: "place", clusterId: "c-west", namespace: "" },
    expected: false,
  },
  {
    name: "but sees the cluster",
    given: inShop,
    asked: "clusters.read",
    of: { kind: "place", clusterId: "c-west", namespace: "pay" },
    expected: true,
  },
  {
    name: "all() is every cluster",
    given: subject([bound("viewer", selector("all()"))]),
    asked: "flows.read",
    of: { kind: "cluster", clusterId: "c-north" },
    expected: true,
  },
  {
    name: "all() is a limit, and grants nothing organisation-wide",
    given: subject([bound("owner", selector("all()"))]),
    asked: "members.read",
    of: { kind: "organisation" },
    expected: false,
  },
];

describe("parts and wholes", () => {
  it.each(wholes)("$name", check);
});

describe("moving a policy", () => {
  const both = numbered(bound("tier-editor", { tiers: ["edge"] }), bound("writes", { tiers: ["core"] }));
  const reads = bound("tiers", { tiers: ["core"] }, "b3");
  const rows = [
    {
      name: "reads and writes here, writes there",
      bindings: [...both, reads],
      from: "edge",
      to: "core",
      expected: true,
    },
    { name: "writes there without seeing the tier", bindings: both, from: "edge", to: "core", expected: false },
    { name: "writes here without reading", bindings: [...both, reads], from: "core", to: "edge", expected: false },
    { name: "no rights there", bindings: both, from: "edge", to: "other", expected: false },
  ];
  it.each(rows)("$name: $expected", ({ bindings, from, to, expected }) => {
    const access = compileAccess(subject(bindings, { roles }));
    expect(mayMovePolicy(access, policy(["c-west"], { tier: from }), policy(["c-west"], { tier: to }))).toBe(expected);
  });
});
