import { describe, expect, it } from "vitest";
import { explainAccess, type AccessInput, type ExplainInput, type Permission, type Resource } from "./index";
import { bound, custom, ids, numbered, scoped, selector, subject } from "./testing/subjects";

const ada = (given: AccessInput): ExplainInput => ({
  ...given,
  subject: "Ada",
  providers: new Map([["p-okta", "Okta"]]),
});

const policy = (...clusterIds: readonly string[]): Resource => ({
  kind: "policy",
  tier: "edge",
  namespace: "shop",
  clusterIds,
});
const WEST: Resource = { kind: "cluster", clusterId: "c-west" };

const ofGroup = {
  ...bound("viewer", { ...selector("env == 'prod'"), namespaces: ["pay", "shop"], tiers: ["edge"] }),
  holder: { kind: "group", providerId: "p-okta", group: "ops" },
} as const;

describe("what grants", () => {
  it("is named with its holder and its scope", () => {
    const { allowed, grantedBy, missing } = explainAccess(ada(subject([ofGroup])), "flows.read", {
      kind: "place",
      clusterId: "c-east",
      namespace: "shop",
    });
    expect({ allowed, missing }).toEqual({ allowed: true, missing: [] });
    expect(grantedBy).toEqual([
      {
        bindingId: "b1",
        roleName: "Viewer",
        via: { kind: "group", name: "ops of Okta" },
        scope: 'clusters where env is "prod", namespaces `pay`, `shop`, tier `edge`',
        grants: "flows.read",
      },
    ]);
  });

  it("of a policy is told cluster by cluster, and the tier's reading with it", () => {
    const given = subject(
      numbered(
        bound("applies", ids("c-west")),
        bound("applies", selector("region == 'us'")),
        bound("applies", ids("c-north")),
        bound("tiers", { tiers: ["edge"] }),
      ),
      { roles: [custom("applies", "policies.apply"), custom("tiers", "tiers.read")] },
    );
    const { grantedBy } = explainAccess(ada(given), "policies.apply", policy("c-west", "c-east"));
    expect(grantedBy.map(({ bindingId, grants, clusterIds }) => ({ bindingId, grants, clusterIds }))).toEqual([
      { bindingId: "b1", grants: "policies.apply", clusterIds: ["c-west"] },
      { bindingId: "b2", grants: "policies.apply", clusterIds: ["c-east"] },
      { bindingId: "b4", grants: "tiers.read", clusterIds: undefined },
    ]);
  });
});

interface Row {
  readonly name: string;
  readonly given: AccessInput;
  readonly asked: Permission;
  readonly of: Resource;
  readonly missing: readonly string[];
}

const writes = [custom("writes", "policies.write")];

const refusals: readonly Row[] = [
  { name: "nobody", given: subject([]), asked: "clusters.read", of: WEST, missing: ["Ada holds no role"] },
  {
    name: "a role without it",
    given: subject([ofGroup]),
    asked: "clusters.delete",
    of: WEST,
    missing: ["Viewer, held by group ops of Okta, does not carry `clusters.delete`"],
  },
  {
    name: "a role that is gone",
    given: subject([bound("gone")]),
    asked: "clusters.read",
    of: WEST,
    missing: ["A role that does not exist, held by Ada, grants nothing"],
  },
  {
    name: "outside in every dimension",
    given: subject([bound("tier-editor", { ...ids("c-west"), namespaces: ["pay"], tiers: ["core"] })]),
    asked: "policies.apply",
    of: policy("c-west", "c-north"),
    missing: [
      "Tier editor, held by Ada, reaches cluster `eu-west`, namespace `pay`, tier `core`, and leaves out `eu-north`",
      "Tier editor, held by Ada, reaches cluster `eu-west`, namespace `pay`, tier `core`, and leaves out namespace `shop`",
      "Tier editor, held by Ada, reaches cluster `eu-west`, namespace `pay`, tier `core`, and leaves out tier `edge`",
      "Ada holds no role to see tier `edge`: who touches a policy must be able to see its tier (`tiers.read`)",
    ],
  },
  {
    name: "what has no namespace",
    given: subject([bound("viewer", { namespaces: ["shop"] })]),
    asked: "inventory.read",
    of: { kind: "place", clusterId: "c-west", namespace: "" },
    missing: ["Viewer, held by Ada, reaches every cluster, namespace `shop`, and leaves out what has no namespace"],
  },
  {
    name: "a whole",
    given: subject([bound("viewer", { namespaces: ["shop"] })]),
    asked: "inventory.read",
    of: WEST,
    missing: ["Viewer, held by Ada, reaches every cluster, namespace `shop`, and leaves out all namespaces"],
  },
  {
    name: "organisation-wide within limits",
    given: subject([bound("owner", { ...ids("c-west"), tiers: ["edge"] })]),
    asked: "members.manage",
    of: { kind: "organisation" },
    missing: [
      "Owner, held by Ada, is limited to some clusters, and `members.manage` is of the whole organisation",
      "Owner, held by Ada, is limited to some tiers, and `members.manage` is of the whole organisation",
    ],
  },
  {
    name: "a cluster's removal within a namespace",
    given: subject([bound("platform-operator", { namespaces: ["shop"] })]),
    asked: "clusters.delete",
    of: WEST,
    missing: ["Platform operator, held by Ada, is limited to some namespaces, and `clusters.delete` reaches further"],
  },
  {
    name: "the tier alone",
    given: subject([bound("writes")], { roles: writes }),
    asked: "policies.write",
    of: policy("c-west"),
    missing: ["Ada holds no role to see tier `edge`: who touches a policy must be able to see its tier (`tiers.read`)"],
  },
  {
    name: "the ceiling's role, scope and tier",
    given: subject([bound("owner")], {
      roles: writes,
      ceiling: { roleId: "writes", scope: scoped({ namespaces: ["pay"] }) },
    }),
    asked: "policies.write",
    of: policy("c-west"),
    missing: [
      "The token is not allowed to see tier `edge`: who touches a policy must be able to see its tier (`tiers.read`)",
      "Custom writes, to which the token is limited, reaches every cluster, namespace `pay`, and leaves out namespace `shop`",
    ],
  },
  {
    name: "binding and ceiling apart",
    given: subject([bound("viewer", ids("c-west"))], { ceiling: { roleId: "viewer", scope: scoped(ids("c-east")) } }),
    asked: "policies.read",
    of: policy("c-west", "c-east"),
    missing: ["Viewer, to which the token is limited, reaches cluster `us-east`, and leaves out `eu-west`"],
  },
  {
    name: "one of the clusters of a change, by the ceiling",
    given: subject([bound("owner")], { ceiling: { roleId: "owner", scope: scoped(ids("c-west")) } }),
    asked: "policies.apply",
    of: policy("c-west", "c-east"),
    missing: ["Owner, to which the token is limited, reaches cluster `eu-west`, and leaves out `us-east`"],
  },
  {
    name: "view as",
    given: subject([bound("owner")], { readOnly: true }),
    asked: "members.manage",
    of: { kind: "organisation" },
    missing: ["Looking at the product as Ada changes nothing"],
  },
  {
    name: "a selector that cannot be read, and one that is blank",
    given: subject(numbered(bound("viewer", selector("env = prod")), bound("viewer", selector(" ")))),
    asked: "clusters.read",
    of: WEST,
    missing: [
      "Viewer, held by Ada, grants nothing: its selector of clusters cannot be read: `=` alone is not an operator",
      "Viewer, held by Ada, grants nothing: its selector of clusters is blank; every cluster is written all()",
    ],
  },
  {
    name: "a cluster that is to join",
    given: subject([bound("platform-operator", selector("env == 'test'"))]),
    asked: "clusters.connect",
    of: { kind: "cluster", clusterId: "", name: "eu-south", labels: { env: "prod" } },
    missing: [
      'Platform operator, held by Ada, reaches clusters where env is "test", and leaves out `eu-south`, which is to join',
    ],
  },
  {
    name: "what is nearest first",
    given: subject(numbered(bound("viewer"), bound("platform-operator", ids("c-east")))),
    asked: "clusters.delete",
    of: WEST,
    missing: [
      "Platform operator, held by Ada, reaches cluster `us-east`, and leaves out `eu-west`",
      "Viewer, held by Ada, does not carry `clusters.delete`",
    ],
  },
];

describe("what is in the way", () => {
  it.each(refusals)("$name", ({ given, asked, of, missing }) => {
    const explained = explainAccess(ada(given), asked, of);
    expect(explained.allowed).toBe(false);
    expect(explained.grantedBy).toEqual([]);
    expect(explained.missing.map(({ sentence }) => sentence)).toEqual(missing);
  });
});

describe("roles that would grant", () => {
  const given = subject([], { roles: [...writes, custom("both", "policies.write", "tiers.read")] });
  it("carry the permission and what it needs beside it", () => {
    expect(explainAccess(ada(given), "policies.write", policy("c-west")).wouldGrant).toEqual([
      "Owner",
      "Security engineer",
      "Tier editor",
      "Custom both",
    ]);
  });

  it("are those of the kind of organisation", () => {
    const installation = { ...ada(given), organisation: "installation" } as const;
    const whole: Resource = { kind: "organisation" };
    expect(explainAccess(installation, "members.manage", whole).wouldGrant).toEqual(["Installation administrator"]);
    expect(explainAccess(ada(given), "members.manage", whole).wouldGrant).toEqual(["Owner"]);
    expect(explainAccess(ada(given), "installation.manage", whole).wouldGrant).toEqual([]);
  });
});
