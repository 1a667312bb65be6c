import { randomBytes, randomUUID } from "node:crypto";
import { addMember, createSignInSession, installationId, listAudit } from "@isthmus/db";
import { EVERYWHERE } from "@isthmus/access";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { passwordFits } from "../src/features/sign-in/server/password";
import { startTestWeb, type TestWeb } from "./people";

let web: TestWeb;
let acme: Awaited<ReturnType<TestWeb["organisation"]>>;

beforeAll(async () => {
  web = await startTestWeb();
});
afterAll(async () => web?.stop());
beforeEach(async () => {
  acme = await web.organisation(`acme-${randomUUID().slice(0, 8)}`);
});

const everywhere = { clusters: { kind: "all" as const }, namespaces: "all" as const, tiers: "all" as const };
const viewer = { roleId: "viewer", scope: everywhere };
const tokenOf = ({ url }: { readonly url: string }) => url.split("/").at(-1) ?? "";
const password = "a long enough password";

const actions = async (organisationId: string) =>
  (await web.database.forOrganisation(organisationId).transaction((tx) => listAudit(tx, { limit: 100 })))
    .map(({ action }) => action)
    .reverse();

/** A link for somebody new. */
async function invited(email = `${randomUUID()}@example.org`, days = 7) {
  const link = await acme.as.members.invite({ email, days, ...viewer });
  return { email, token: tokenOf(link), link };
}

describe("an invitation", () => {
  it("lets in whoever has its link, once, with its role, and its secret is stored nowhere", async () => {
    const { email, token, link } = await invited();
    expect(link.url).toBe(`http://localhost:7400/join/${token}`);
    const nobody = web.withToken("isthmus_nobody");
    expect(await nobody.members.invitation({ token })).toMatchObject({ email, state: "open", hasAccount: false });
    expect(await nobody.members.joinWithPassword({ token, displayName: "Kim", password })).toEqual({ email });
    const found = await web.database.lookups.findPersonByEmail(email);
    expect(found).toMatchObject({ displayName: "Kim", memberships: [{ organisationId: acme.id }] });
    expect(await passwordFits(found?.passwordHash, password)).toBe(true);
    const { members } = await acme.as.members.list();
    expect(members.find((member) => member.email === email)).toMatchObject({
      joinedBy: "invitation",
      bindings: [{ roleName: "Viewer", via: null, scope: EVERYWHERE }],
    });
    expect(await nobody.members.invitation({ token })).toMatchObject({ state: "accepted" });
    await expect(nobody.members.joinWithPassword({ token, displayName: "Kim", password })).rejects.toThrow(
      /used already/,
    );
    expect(await actions(acme.id)).toEqual(expect.arrayContaining(["member.invite", "member.join"]));
  });

  it("is taken by one of two who race for it", async () => {
    const { token } = await invited();
    const nobody = web.withToken("isthmus_nobody");
    const both = await Promise.allSettled(
      ["One", "Two"].map((displayName) => nobody.members.joinWithPassword({ token, displayName, password })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect((await acme.as.members.list()).members).toHaveLength(2);
  });

  it("ends with its time, when it is withdrawn, and when another is made for the address", async () => {
    const nobody = web.withToken("isthmus_nobody");
    const join = (token: string) => nobody.members.joinWithPassword({ token, displayName: "Kim", password });
    const [late, withdrawn, first] = [await invited(undefined, 1), await invited(), await invited()];
    await acme.as.members.withdrawInvitation({ id: withdrawn.link.id });
    await expect(join(withdrawn.token)).rejects.toThrow(/withdrawn/);
    await expect(acme.as.members.withdrawInvitation({ id: withdrawn.link.id })).rejects.toThrow(/already/);
    await invited(first.email);
    await expect(join(first.token)).rejects.toThrow(/withdrawn/);
    web.clock.advance(86_400_000 + 1);
    await expect(join(late.token)).rejects.toThrow(/has ended/);
    await expect(join("x".repeat(43))).rejects.toThrow(/not one of ours/);
  });

  it("asks a person with an account to sign in, and for nobody else", async () => {
    const other = await web.organisation(`other-${randomUUID().slice(0, 8)}`);
    const kim = await web.member(other.id, "kim", "viewer");
    const { token } = await invited(kim.email.toUpperCase());
    const nobody = web.withToken("isthmus_nobody");
    expect(await nobody.members.invitation({ token })).toMatchObject({ hasAccount: true });
    await expect(nobody.members.joinWithPassword({ token, displayName: "Kim", password })).rejects.toThrow(/Sign in/);
    await expect(nobody.members.accept({ token })).rejects.toThrow(/Sign in/);
    await expect(other.as.members.accept({ token })).rejects.toThrow(/you are signed in as/);
    expect(await kim.as.members.accept({ token })).toMatchObject({ organisationId: acme.id });
    await expect(kim.as.members.accept({ token })).rejects.toThrow(/used already/);
    await expect(invited(kim.email)).rejects.toThrow(/is a member already/);
  });

  it("is not made by who does not hold what it gives, in its whole scope", async () => {
    const owner = acme.as;
    const { id: roleId } = await owner.roles.create({ name: "Host", permissions: ["members.manage", "clusters.read"] });
    const host = await web.member(acme.id, "host", roleId);
    await expect(
      host.as.members.invite({ email: "a@example.org", roleId: "owner", scope: everywhere }),
    ).rejects.toThrow(/more than you may do yourself/);
    await expect(
      host.as.members.invite({ email: "a@example.org", roleId: "viewer", scope: everywhere }),
    ).rejects.toThrow(/more than you may do yourself/);
    await expect(host.as.members.invite({ email: "a@example.org", roleId, scope: everywhere })).resolves.toMatchObject({
      url: expect.stringContaining("/join/") as string,
    });
    const viewing = await web.member(acme.id, "vera", "viewer");
    await expect(viewing.as.members.invite({ email: "b@example.org", ...viewer })).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
  });

  it("dies with whoever made it", async () => {
    const second = await web.member(acme.id, "second", "owner");
    const link = await second.as.members.invite({ email: "late@example.org", ...viewer });
    await acme.as.members.remove({ personId: second.personId });
    expect(await acme.as.members.invitation({ token: tokenOf(link) })).toMatchObject({ state: "withdrawn" });
  });
});

describe("a member", () => {
  it("that is shut out can do nothing at once, and everything again when let in", async () => {
    const kim = await web.member(acme.id, "kim", "platform-operator");
    const { secret } = await kim.as.tokens.create({ name: "ci", ...viewer });
    expect(await web.withToken(secret).frame.access()).toBeDefined();
    await acme.as.members.disable({ personId: kim.personId });
    await expect(kim.as.frame.access()).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    await expect(web.withToken(secret).frame.access()).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    await acme.as.members.enable({ personId: kim.personId });
    // The session has ended for good.
    await expect(kim.as.frame.access()).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    expect(await web.withToken(secret).frame.access()).toBeDefined();
    expect(await actions(acme.id)).toEqual(expect.arrayContaining(["member.disable", "member.enable"]));
  });

  it("that is removed takes tokens and sessions along, and may be invited again", async () => {
    const kim = await web.member(acme.id, "kim", "platform-operator");
    const { secret } = await kim.as.tokens.create({ name: "ci", ...viewer });
    await acme.as.members.remove({ personId: kim.personId });
    await expect(kim.as.frame.access()).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    await expect(web.withToken(secret).frame.access()).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    const { token } = await invited(kim.email);
    await web
      .withToken("isthmus_nobody")
      .members.joinWithPassword({ token, displayName: "Kim", password: "another long password" });
    const found = await web.database.lookups.findPersonByEmail(kim.email);
    expect(found?.personId).toBe(kim.personId);
    expect(await passwordFits(found?.passwordHash, "another long password")).toBe(true);
    await expect(web.withToken(secret).frame.access()).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  });

  it("has sessions that are shown with how they began, and ended one by one, in this organisation alone", async () => {
    const kim = await web.member(acme.id, "kim", "viewer");
    const other = await web.organisation(`other-${randomUUID().slice(0, 8)}`);
    const owner = acme.personId;
    const at = new Date(web.clock.now());
    const ids = [randomUUID(), randomUUID()];
    for (const [index, organisation] of [acme, other].entries()) {
      await web.database.forOrganisation(organisation.id).transaction(async (tx) => {
        if (organisation === other) {
          const { email } = kim;
          const given = {
            personId: kim.personId,
            email,
            displayName: "",
            passwordHash: null,
            mustChangePassword: false,
          };
          await addMember(tx, { ...given, role: null });
        }
        await createSignInSession(tx, {
          id: ids[index]!,
          personId: kim.personId,
          tokenHash: randomBytes(32),
          createdAt: at,
          expiresAt: new Date(at.getTime() + 60_000),
          ip: "192.0.2.9",
          userAgent: "another browser",
          proof: { kind: "password", secondFactor: true },
        });
      });
    }
    const listed = await acme.as.members.sessions({ personId: kim.personId });
    expect(listed).toHaveLength(2);
    expect(listed.find(({ id }) => id === ids[0])).toEqual({
      id: ids[0],
      proof: "password",
      providerName: null,
      secondFactor: true,
      createdAt: at,
      lastSeenAt: at,
      expiresAt: new Date(at.getTime() + 60_000),
      ip: "192.0.2.9",
      userAgent: "another browser",
    });
    const end = (personId: string, id: string) => acme.as.members.endSession({ personId, id });
    await expect(end(kim.personId, ids[1]!)).rejects.toThrow(/ended already/);
    await expect(end(owner, ids[0]!)).rejects.toThrow(/ended already/);
    await end(kim.personId, ids[0]!);
    expect(await kim.as.frame.access()).toBeDefined();
    expect((await acme.as.members.sessions({ personId: kim.personId })).map(({ id }) => id)).not.toContain(ids[0]);
    await expect(end(kim.personId, ids[0]!)).rejects.toThrow(/ended already/);
    expect((await actions(acme.id)).at(-1)).toBe("member.end-session");
    web.clock.advance(60_001);
    expect(await other.as.members.sessions({ personId: kim.personId })).toEqual([]);
  });

  it("has sessions that can be ended", async () => {
    const kim = await web.member(acme.id, "kim", "viewer");
    expect(await acme.as.members.sessions({ personId: kim.personId })).toHaveLength(1);
    expect(await acme.as.members.endSessions({ personId: kim.personId })).toBe(1);
    await expect(kim.as.frame.access()).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  });
});

describe("the last owner", () => {
  const refused = /last owner/;

  it("stays: not shut out, not removed, not without the role", async () => {
    const { bindings } = (await acme.as.members.list()).members[0]!;
    await expect(acme.as.members.leave()).rejects.toThrow(refused);
    await expect(acme.as.members.remove({ personId: acme.personId })).rejects.toThrow(refused);
    await expect(acme.as.roles.unbind({ id: bindings[0]!.id })).rejects.toThrow(refused);
    expect((await acme.as.members.list()).members[0]).toMatchObject({
      disabledAt: null,
      bindings: [{ roleName: "Owner" }],
    });
  });

  it("is not who owns a part, or who is shut out", async () => {
    const second = await web.member(acme.id, "second", null);
    const scope = { ...everywhere, namespaces: ["shop"] };
    const holder = { kind: "person" as const, personId: second.personId };
    await acme.as.roles.bind({ roleId: "owner", scope, holder });
    await expect(acme.as.members.leave()).rejects.toThrow(refused);
    await acme.as.roles.bind({ roleId: "owner", scope: everywhere, holder });
    await acme.as.members.disable({ personId: second.personId });
    await expect(acme.as.members.leave()).rejects.toThrow(refused);
    await acme.as.members.enable({ personId: second.personId });
    await acme.as.members.leave();
  });

  it("is left over when the last two leave at the same time", async () => {
    for (let round = 0; round < 5; round += 1) {
      const place = await web.organisation(`pair-${randomUUID().slice(0, 8)}`);
      const second = await web.member(place.id, "second", "owner");
      const both = await Promise.allSettled([place.as.members.leave(), second.as.members.leave()]);
      expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    }
  });

  it("is left over when two shut each other out at the same time", async () => {
    const second = await web.member(acme.id, "second", "owner");
    const both = await Promise.allSettled([
      acme.as.members.disable({ personId: second.personId }),
      second.as.members.disable({ personId: acme.personId }),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  it("of the installation is its last administrator", async () => {
    const admin = await web.member(installationId, "admin", "installation-administrator");
    await expect(admin.as.members.leave()).rejects.toThrow(/last installation administrator/);
  });
});
