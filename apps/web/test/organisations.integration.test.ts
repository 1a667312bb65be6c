import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { createChainVerifier, readEntry, readHeader } from "@isthmus/audit";
import { addMember, installationId, listAudit, type OrganisationTransaction } from "@isthmus/db";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openAuditExport } from "../src/features/audit/server";
import { openOrganisationExport } from "../src/features/organisations/server";
import { download } from "../src/server/download";
import { startTestWeb, type TestMember, type TestWeb } from "./people";

let web: TestWeb;
let admin: TestMember;

beforeAll(async () => {
  web = await startTestWeb();
  admin = await web.member(installationId, "admin", "installation-administrator");
});
afterAll(async () => web?.stop());

const everywhere = { clusters: { kind: "all" as const }, namespaces: "all" as const, tiers: "all" as const };
const named = () => `org-${randomUUID().slice(0, 8)}`;
const day = 86_400_000;

describe("the installation", () => {
  it("makes an organisation whose first owner joins by a link, and sees nothing inside it", async () => {
    const name = named();
    const link = await admin.as.organisations.create({ name, ownerEmail: "First@example.org" });
    const token = link.url.split("/").at(-1) ?? "";
    const nobody = web.withToken("isthmus_nobody");
    await nobody.members.joinWithPassword({ token, displayName: "First", password: "a long enough password" });
    const listed = (await admin.as.organisations.list()).find((each) => each.name === name);
    expect(listed).toMatchObject({ members: 1, deletionDueAt: null });
    const found = await web.database.lookups.findPersonByEmail("first@example.org");
    expect(found?.memberships).toMatchObject([{ organisationId: listed?.id }]);
    await expect(admin.as.clusters.list()).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(
      admin.as.organisations.inviteFirstOwner({ organisationId: listed?.id ?? "", email: "me@example.org" }),
    ).rejects.toThrow(/decided by its owners/);
  });

  it("makes another link for an owner who has not come, and every earlier one ends", async () => {
    const name = named();
    const wrong = await admin.as.organisations.create({ name, ownerEmail: "wrong@example.org" });
    const { id = "" } = (await admin.as.organisations.list()).find((each) => each.name === name) ?? {};
    const right = await admin.as.organisations.inviteFirstOwner({ organisationId: id, email: "right@example.org" });
    const nobody = web.withToken("isthmus_nobody");
    const join = ({ url }: { readonly url: string }) =>
      nobody.members.joinWithPassword({
        token: url.split("/").at(-1) ?? "",
        displayName: "First",
        password: "a long enough password",
      });
    await expect(join(wrong)).rejects.toThrow(/withdrawn/);
    await join(right);
    expect((await admin.as.organisations.list()).find((each) => each.id === id)).toMatchObject({ members: 1 });
    for (const [organisation, action] of [
      [id, "member.invite"],
      [installationId, "organisation.invite-owner"],
    ] as const) {
      const lines = await web.database.forOrganisation(organisation).transaction((tx) => listAudit(tx, { limit: 50 }));
      expect(lines.map((each) => each.action)).toContain(action);
    }
  });

  /** An organisation without members, and what makes somebody its member in another way than by its first owner's link. */
  async function empty() {
    const name = named();
    const link = await admin.as.organisations.create({ name, ownerEmail: `${name}@example.org` });
    const { id = "" } = (await admin.as.organisations.list()).find((each) => each.name === name) ?? {};
    const organisation = web.database.forOrganisation(id);
    const email = `other-${name}@example.org`;
    const other = { personId: randomUUID(), email, displayName: "Other", passwordHash: null, role: null };
    const join = (tx: OrganisationTransaction) => addMember(tx, { ...other, mustChangePassword: false });
    return { id, link, organisation, join };
  }

  it("has no first owner's link taken once there is a member", async () => {
    const { link, organisation, join } = await empty();
    await organisation.transaction(join);
    const taking = web.withToken("isthmus_nobody").members.joinWithPassword({
      token: link.url.split("/").at(-1) ?? "",
      displayName: "Late",
      password: "a long enough password",
    });
    await expect(taking).rejects.toThrow(/withdrawn/);
  });

  it("makes no link for a first owner while somebody else is joining", async () => {
    const { id, organisation, join } = await empty();
    const inviting = await organisation.transaction(async (tx) => {
      await join(tx);
      const asked = admin.as.organisations.inviteFirstOwner({ organisationId: id, email: "me@example.org" }).then(
        () => "invited",
        (error: unknown) => String(error),
      );
      await Promise.race([asked, setTimeout(500)]);
      return { asked };
    });
    expect(await inviting.asked).toMatch(/decided by its owners/);
  });

  it("renames and deletes from outside, in both audit logs, with time to keep it", async () => {
    const org = await web.organisation(named());
    await admin.as.organisations.renameOther({ organisationId: org.id, name: "Renamed" });
    expect(await org.as.organisations.current()).toMatchObject({ name: "Renamed" });
    await expect(
      admin.as.organisations.requestDeletionOf({ organisationId: org.id, confirmName: "renamed" }),
    ).rejects.toThrow(/Type Renamed/);
    await admin.as.organisations.requestDeletionOf({ organisationId: org.id, confirmName: "Renamed" });
    expect(await org.as.organisations.current()).toMatchObject({ deletionDueAt: new Date(web.clock.now() + 7 * day) });
    await admin.as.organisations.cancelDeletionOf({ organisationId: org.id });
    expect(await org.as.organisations.current()).toMatchObject({ deletionDueAt: null });
    for (const id of [org.id, installationId]) {
      const lines = await web.database.forOrganisation(id).transaction((tx) => listAudit(tx, { limit: 50 }));
      expect(lines.map(({ action }) => action)).toEqual(
        expect.arrayContaining(["organisation.rename", "organisation.request-deletion", "organisation.keep"]),
      );
    }
  });

  it("is nobody else's: an owner is refused, and Postgres refuses every other organisation's transaction", async () => {
    const org = await web.organisation(named());
    await expect(org.as.organisations.list()).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(org.as.organisations.create({ name: "x", ownerEmail: "a@example.org" })).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
    await expect(admin.as.organisations.requestDeletion({ confirmName: "Installation" })).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
  });
});

describe("an organisation", () => {
  it("is deleted in seven days, by its name, and kept until then", async () => {
    const name = named();
    const org = await web.organisation(name);
    await expect(org.as.organisations.requestDeletion({ confirmName: "" })).rejects.toThrow(/Type org-/);
    await org.as.organisations.requestDeletion({ confirmName: name });
    await expect(org.as.organisations.requestDeletion({ confirmName: name })).rejects.toThrow(/already/);
    await org.as.organisations.rename({ name: `${name} still works` });
    await org.as.organisations.cancelDeletion();
    await expect(org.as.organisations.cancelDeletion()).rejects.toThrow(/not to be deleted/);
  });

  it("demands its own sign-on only of those who came in by it", async () => {
    const org = await web.organisation(named());
    await expect(org.as.organisations.setSignInRule({ requiresOwnProvider: true })).rejects.toThrow(
      /own single sign-on/,
    );
    expect(await org.as.organisations.current()).toMatchObject({ requiresOwnProvider: false });
  });
});

describe("downloads", () => {
  const request = (path: string, headers: Readonly<Record<string, string>>) =>
    new Request(`http://localhost:7400${path}`, { headers });
  const audit = (query: string, headers: Readonly<Record<string, string>>) =>
    download(web.server, request(`/api/export/audit?${query}`, headers), {
      permission: "audit.export",
      open: openAuditExport,
    });

  it("are the audit log as JSON Lines that verify, with the export itself in the log", async () => {
    const org = await web.organisation(named());
    for (let n = 0; n < 5; n += 1) await org.as.roles.create({ name: `Role ${n}`, permissions: ["clusters.read"] });
    const response = await audit("", org.headers);
    expect(response.headers.get("content-disposition")).toMatch(/^attachment; filename="audit-org-.*\.jsonl"$/);
    const [first = "", ...lines] = (await response.text()).trimEnd().split("\n");
    const header = readHeader(first);
    if (!header.ok) throw new Error(header.error);
    const verifier = createChainVerifier({ head: header.value.head ?? { seq: 0, hash: "" } });
    for (const line of lines) {
      const entry = readEntry(line);
      if (!entry.ok) throw new Error(entry.error);
      verifier.push(entry.value);
    }
    expect(verifier.finish()).toMatchObject({ entries: 5, problemCount: 0 });
    expect(await org.as.audit.verify()).toMatchObject({ intact: true, entries: 6, head: { seq: 6 } });
    const [written] = (await org.as.audit.list({})).lines;
    expect(written).toMatchObject({ action: "audit.export", detail: { after: { lines: 5, filter: {}, through: 5 } } });
  });

  it("are a selection as CSV", async () => {
    const org = await web.organisation(named());
    await org.as.roles.create({ name: "=cmd()", permissions: ["clusters.read"] });
    const text = await (await audit("format=csv&action=role.", org.headers)).text();
    expect(text.split("\r\n")[0]).toMatch(/^seq,at,/);
    expect(text).toContain(`"'=cmd()"`);
    expect(text).not.toContain("audit.export");
    expect((await audit("format=xml", org.headers)).status).toBe(400);
  });

  it("are refused without the permission, without a session, and from pages of others", async () => {
    const org = await web.organisation(named());
    const viewer = await web.member(org.id, "vera", "viewer");
    const refused = await audit("", viewer.headers);
    expect([refused.status, await refused.json()]).toMatchObject([403, { code: "forbidden", retryable: false }]);
    expect((await audit("", {})).status).toBe(401);
    expect((await audit("", { ...org.headers, "sec-fetch-site": "cross-site" })).status).toBe(403);
    const { secret } = await org.as.tokens.create({ name: "siem", roleId: "auditor", scope: everywhere });
    expect((await audit("", { authorization: `Bearer ${secret}` })).status).toBe(200);
  });

  it("are everything of an organisation, and nothing secret", async () => {
    const org = await web.organisation(named());
    const { secret } = await org.as.tokens.create({ name: "ci", roleId: "viewer", scope: everywhere });
    const link = await org.as.members.invite({ email: "a@example.org", roleId: "viewer", scope: everywhere });
    await org.as.tiers.create({ name: "security", order: 100 });
    const response = await download(web.server, request("/api/export/organisation", org.headers), {
      permission: "organisation.manage",
      open: openOrganisationExport,
    });
    const text = await response.text();
    const records = text
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { record: string }).record);
    expect(new Set(records)).toEqual(
      new Set(["organisation", "tier", "member", "binding", "invitation", "token", "audit-entry"]),
    );
    expect(text).not.toContain(secret);
    expect(text).not.toContain(link.url.split("/").at(-1));
    expect(text).not.toMatch(/secret|passwordHash|token_hash/i);
  });
});
