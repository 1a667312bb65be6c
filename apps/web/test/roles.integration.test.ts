import { randomUUID } from "node:crypto";
import { createCluster, listAudit } from "@isthmus/db";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startTestWeb, type TestWeb } from "./people";

let web: TestWeb;
let acme: Awaited<ReturnType<TestWeb["organisation"]>>;
let eu: string;
let us: string;

beforeAll(async () => {
  web = await startTestWeb();
});
afterAll(async () => web?.stop());
beforeEach(async () => {
  acme = await web.organisation(`acme-${randomUUID().slice(0, 8)}`);
  eu = await cluster(acme.id, "eu");
  us = await cluster(acme.id, "us");
});

async function cluster(organisationId: string, name: string): Promise<string> {
  const id = randomUUID();
  await web.database
    .forOrganisation(organisationId)
    .transaction((tx) =>
      createCluster(tx, { id, name, labels: { region: name }, createdBy: randomUUID(), at: new Date(web.clock.now()) }),
    );
  return id;
}

const everywhere = { clusters: { kind: "all" as const }, namespaces: "all" as const, tiers: "all" as const };
const at = (...ids: string[]) => ({ ...everywhere, clusters: { kind: "ids" as const, ids } });
const holder = (personId: string) => ({ kind: "person" as const, personId });

describe("a role of one's own", () => {
  it("counts for whoever holds it, and at once when it changes", async () => {
    const { id } = await acme.as.roles.create({ name: "Host", permissions: ["clusters.read"] });
    const kim = await web.member(acme.id, "kim", id);
    expect((await kim.as.frame.access()).permissions).toEqual(["clusters.read"]);
    await acme.as.roles.update({ id, name: "Host", permissions: ["clusters.read", "members.read"] });
    expect((await kim.as.frame.access()).permissions).toEqual(["members.read", "clusters.read"]);
    await expect(acme.as.roles.delete({ id })).rejects.toThrow(/used by 1 bindings/);
    await acme.as.members.remove({ personId: kim.personId });
    await acme.as.roles.delete({ id });
    expect((await acme.as.roles.list()).map(({ name }) => name)).not.toContain("Host");
  });

  it.each([
    { name: "an unknown permission", permissions: ["clusters.fly"], error: /no permission/ },
    { name: "none", permissions: [], error: /at least one permission/ },
    { name: "the installation's", permissions: ["installation.manage"], error: /can carry installation.manage/ },
  ])("is refused with $name", async ({ permissions, error }) => {
    await expect(acme.as.roles.create({ name: "Odd", permissions })).rejects.toThrow(error);
  });

  it("has a name that no other has", async () => {
    await acme.as.roles.create({ name: "Host", permissions: ["clusters.read"] });
    await expect(acme.as.roles.create({ name: "Host", permissions: ["clusters.read"] })).rejects.toMatchObject({
      code: "CONFLICT",
    });
    await expect(acme.as.roles.create({ name: "owner", permissions: ["clusters.read"] })).rejects.toMatchObject({
      code: "CONFLICT",
    });
    const both = await Promise.allSettled(
      [1, 2].map(() => acme.as.roles.create({ name: "Twin", permissions: ["clusters.read"] })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  it("is not raised by who would gain by it, or would give what they have not", async () => {
    const { id } = await acme.as.roles.create({ name: "Roles", permissions: ["roles.read", "roles.manage"] });
    const kim = await web.member(acme.id, "kim", id);
    const raise = { id, name: "Roles", permissions: ["roles.read", "roles.manage", "policies.apply"] };
    await expect(kim.as.roles.update(raise)).rejects.toThrow(/more than you may do yourself/);
    await expect(
      kim.as.roles.bind({ roleId: "owner", scope: everywhere, holder: holder(kim.personId) }),
    ).rejects.toThrow(/more than you may do yourself/);
    await kim.as.roles.update({ id, name: "Roles again", permissions: ["roles.read", "roles.manage"] });
    await acme.as.roles.update(raise);
  });
});

describe("a binding", () => {
  it("gives a role where it says, shown with how many clusters that is", async () => {
    const kim = await web.member(acme.id, "kim", null);
    const scope = { ...everywhere, clusters: { kind: "selector" as const, selector: 'region == "eu"' } };
    const { id } = await acme.as.roles.bind({ roleId: "viewer", scope, holder: holder(kim.personId) });
    const listed = (await acme.as.roles.bindings()).find((binding) => binding.id === id);
    expect(listed).toMatchObject({
      roleName: "Viewer",
      clustersNow: 1,
      holder: { kind: "person", displayName: "kim", email: kim.email },
      createdByName: expect.stringContaining("owner of") as string,
    });
    expect(await kim.as.frame.access()).toMatchObject({ limited: true });
    await acme.as.roles.unbind({ id });
    await expect(kim.as.clusters.list()).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(acme.as.roles.unbind({ id })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it.each([
    {
      name: "a selector that cannot be read",
      clusters: { kind: "selector", selector: "region ==" },
      error: /cannot be read/,
    },
    { name: "a cluster of nobody", clusters: { kind: "ids", ids: [randomUUID()] }, error: /not there any more/ },
    { name: "no cluster", clusters: { kind: "ids", ids: [] }, error: /./ },
  ] as const)("is refused with $name", async ({ clusters, error }) => {
    const kim = await web.member(acme.id, "kim", null);
    const scope = { ...everywhere, clusters: "ids" in clusters ? { ...clusters, ids: [...clusters.ids] } : clusters };
    await expect(acme.as.roles.bind({ roleId: "viewer", scope, holder: holder(kim.personId) })).rejects.toThrow(error);
  });

  it("is refused with another organisation's cluster, role or person", async () => {
    const other = await web.organisation(`other-${randomUUID().slice(0, 8)}`);
    const theirs = await cluster(other.id, "theirs");
    const { id: roleId } = await other.as.roles.create({ name: "Theirs", permissions: ["clusters.read"] });
    const mine = holder(acme.personId);
    await expect(acme.as.roles.bind({ roleId: "viewer", scope: at(theirs), holder: mine })).rejects.toThrow(
      /not there/,
    );
    await expect(acme.as.roles.bind({ roleId, scope: everywhere, holder: mine })).rejects.toThrow(/no such role/);
    await expect(
      acme.as.roles.bind({ roleId: "viewer", scope: everywhere, holder: holder(other.personId) }),
    ).rejects.toThrow(/not a member/);
    const [binding] = await other.as.roles.bindings();
    await expect(acme.as.roles.unbind({ id: binding!.id })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("why", () => {
  it("is explained for oneself always, for another by who may see roles", async () => {
    const kim = await web.member(acme.id, "kim", null);
    await acme.as.roles.bind({ roleId: "viewer", scope: at(eu), holder: holder(kim.personId) });
    const question = { permission: "clusters.read", resource: { kind: "cluster" as const, clusterId: eu } };
    expect(await kim.as.roles.explain(question)).toMatchObject({
      allowed: true,
      grantedBy: [{ roleName: "Viewer", sentence: expect.stringContaining("Viewer, held by kim") as string }],
      missing: [],
    });
    await expect(
      kim.as.roles.explain({ ...question, resource: { kind: "cluster", clusterId: us } }),
    ).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(kim.as.roles.explain({ ...question, personId: acme.personId })).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
    const no = await acme.as.roles.explain({
      ...question,
      resource: { kind: "cluster", clusterId: us },
      personId: kim.personId,
    });
    expect(no).toMatchObject({ allowed: false, granters: [expect.stringContaining("owner of") as string] });
    expect(no.missing[0]?.sentence).toMatch(/us/);
  });
});

describe("an API token", () => {
  const viewer = { roleId: "viewer", scope: everywhere };

  it("does what its role allows and never more than its owner may at that moment", async () => {
    const kim = await web.member(acme.id, "kim", null);
    const binding = await acme.as.roles.bind({
      roleId: "platform-operator",
      scope: at(eu, us),
      holder: holder(kim.personId),
    });
    await acme.as.roles.bind({ roleId: "tier-editor", scope: everywhere, holder: holder(kim.personId) });
    const { secret, id } = await kim.as.tokens.create({ name: "ci", roleId: "platform-operator", scope: at(eu) });
    expect(secret).toMatch(/^isthmus_[A-Za-z0-9_-]{43}$/);
    const token = web.withToken(secret);
    expect(await token.frame.access()).toMatchObject({ limited: true });
    await token.clusters.setLabels({ clusterId: eu, labels: { env: "test" } });
    const [entry] = await web.database
      .forOrganisation(acme.id)
      .transaction((tx) => listAudit(tx, { limit: 1, actionPrefix: "cluster.label" }));
    expect(entry?.actor).toMatchObject({ kind: "person", id: kim.personId, name: "kim (token ci)" });
    await acme.as.roles.unbind({ id: binding.id });
    await expect(token.clusters.setLabels({ clusterId: eu, labels: {} })).rejects.toMatchObject({ code: "FORBIDDEN" });
    expect(await kim.as.tokens.list({})).toMatchObject([{ id, own: true, lastUsedIp: "192.0.2.8" }]);
    await kim.as.tokens.revoke({ id });
    await expect(token.clusters.list()).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  });

  it("makes no other tokens, changes no password, views as nobody, and ends with its time", async () => {
    const { secret } = await acme.as.tokens.create({ name: "ci", days: 1, roleId: "owner", scope: everywhere });
    const token = web.withToken(secret);
    expect((await token.frame.access()).permissions).toContain("members.manage");
    await expect(token.tokens.create({ name: "more", ...viewer })).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(token.tokens.list({})).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(token.signIn.viewAs({ personId: acme.personId })).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(token.providers.remove({ id: randomUUID() })).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(token.members.leave()).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(token.signIn.changePassword({ current: "x", next: "a long enough password" })).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
    web.clock.advance(86_400_000 + 1);
    await expect(token.frame.access()).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  });

  it("is seen and revoked by others with the permission alone", async () => {
    const kim = await web.member(acme.id, "kim", "tier-editor");
    const ann = await web.member(acme.id, "ann", "auditor");
    const { id } = await kim.as.tokens.create({ name: "ci", ...viewer });
    await expect(kim.as.tokens.list({ whose: "all" })).rejects.toMatchObject({ code: "FORBIDDEN" });
    expect((await ann.as.tokens.list({ whose: "all" })).map((token) => token.id)).toEqual([id]);
    await expect(ann.as.tokens.revoke({ id })).rejects.toMatchObject({ code: "FORBIDDEN" });
    const other = await web.member(acme.id, "bob", "tier-editor");
    await expect(other.as.tokens.revoke({ id })).rejects.toMatchObject({ code: "NOT_FOUND" });
    await acme.as.tokens.revoke({ id });
    await expect(acme.as.tokens.create({ name: "x", days: 366, ...viewer })).rejects.toThrow(/at most a year/);
  });

  it("has a last use that is noted once a minute", async () => {
    const { secret } = await acme.as.tokens.create({ name: "ci", ...viewer });
    const token = web.withToken(secret);
    const used = async () => (await acme.as.tokens.list({}))[0]?.lastUsedAt?.getTime();
    await token.frame.access();
    const first = await used();
    web.clock.advance(30_000);
    await token.frame.access();
    expect(await used()).toBe(first);
    web.clock.advance(31_000);
    await token.frame.access();
    expect(await used()).toBe((first ?? 0) + 61_000);
  });
});
