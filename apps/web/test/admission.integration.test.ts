import { installationId } from "@isthmus/db";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { signInAgain } from "../src/features/sign-in/server";
import { identify } from "../src/server/identity";
import type { Server } from "../src/server/server";
import { startForgingProvider, type ForgingProvider } from "./support/forging-provider";
import { openBrowser, signedIn, type SignInBrowser } from "./support/sign-in-browser";
import { startSignInWorld, type SignInWorld } from "./support/sign-in-world";

let world: SignInWorld;
let server: Server;
let forging: ForgingProvider;
let acme: string;
let umbrella: string;
let browser: SignInBrowser;
let people = 0;

beforeAll(async () => {
  [world, forging] = await Promise.all([startSignInWorld(), startForgingProvider()]);
  server = world.server;
  acme = (await world.web.organisation("acme")).id;
  umbrella = (await world.web.organisation("umbrella")).id;
});
afterAll(async () => {
  await Promise.all([world?.stop(), forging?.stop()]);
});
beforeEach(() => {
  browser = openBrowser(server);
});

/** Has the provider speak of a person whom no test has spoken of. */
function speakOf(more: Record<string, unknown> = {}) {
  people += 1;
  const claims = {
    sub: `s-${people}`,
    email: `person-${people}@example.org`,
    email_verified: true,
    name: "P",
    ...more,
  };
  forging.reset(claims);
  return claims;
}

const provider = (organisationId: string, settings = {}) =>
  world.addProvider({ organisationId, issuer: forging.issuer, settings });
const problemOf = async (id: string) =>
  (await browser.open(`/sign-in/oidc/${id}`)).url.searchParams.get("problem") ?? "none";
const here = async () =>
  (await browser.query("signIn.me")).data as { readonly id: string; readonly organisation: string };
const places = async () =>
  ((await browser.query("signIn.organisations")).data as readonly { readonly name: string }[]).map(({ name }) => name);

describe("who joins", () => {
  it("where only the invited do: nobody new, and whoever is a member", async () => {
    const { email } = speakOf();
    const id = await provider(acme, { joinRule: "invited" });
    expect(await problemOf(id)).toBe("no-membership");
    expect((await world.refusals(acme))[0]).toBe("no-membership");
    const person = await world.addPerson(acme, { email, role: "viewer" });
    expect(await problemOf(id)).toBe("none");
    expect(await here()).toMatchObject({ id: person, organisation: "acme" });
  });

  const member = "(select person_id from membership where organisation_id = $1 limit 1)";
  const century = "now() + interval '100 years'";
  const invite = (organisation: string, email: string, more = century, by = member) =>
    world.ask(
      organisation,
      `insert into invitation (id, organisation_id, email, role_id, scope, secret_hash, expires_at, created_by)
       values (gen_random_uuid(), $1, $2, 'security-engineer', everywhere(), sha256(random()::text::bytea), ${more}, ${by})`,
      [organisation, email],
    );

  it("by an invitation of their address, which the sign-in takes, with its role, once", async () => {
    const { email } = speakOf();
    const id = await provider(acme, { joinRule: "invited" });
    await invite(umbrella, email);
    await invite(acme, email, "'2020-01-01'");
    expect(await problemOf(id)).toBe("no-membership");
    await invite(acme, email);
    expect(await problemOf(id)).toBe("none");
    expect((await browser.query("signIn.me")).data).toMatchObject({
      organisation: "acme",
      roles: ["Security engineer"],
    });
    const [taken] = await world.ask(
      acme,
      "select count(*)::int as n from invitation where email = $1 and accepted_at is not null",
      [email],
    );
    expect(taken).toEqual({ n: 1 });
    expect(await places()).toEqual(["acme"]);
  });

  it("by no invitation of a first owner, once there is a member: those who belong to it give its roles", async () => {
    const { email } = speakOf();
    await invite(acme, email, undefined, "null");
    expect(await problemOf(await provider(acme, { joinRule: "invited" }))).toBe("no-membership");
    expect(await problemOf(await provider(acme, { joinRule: "anyone" }))).toBe("none");
    const bound = "select from role_binding b join person p on p.id = b.person_id where p.email = $1";
    expect(await world.ask(acme, bound, [email])).toEqual([]);
  });

  it("by no invitation of an address that the provider has not checked", async () => {
    const { email } = speakOf({ email_verified: undefined });
    await invite(acme, email);
    expect(await problemOf(await provider(acme, { joinRule: "invited" }))).toBe("no-membership");
  });

  it("where groups do: whoever is in a group that holds a role, of an own provider there alone", async () => {
    speakOf({ groups: ["sre"] });
    const id = await provider(acme, { joinRule: "groups" });
    await world.bind(umbrella, { provider: id, group: "sre", role: "owner" });
    expect(await problemOf(id)).toBe("no-membership");
    await world.bind(acme, { provider: id, group: "sre", role: "viewer" });
    expect(await problemOf(id)).toBe("none");
    expect(await places()).toEqual(["acme"]);
  });

  it("where groups do, of a provider for all: every organisation where they hold a role", async () => {
    speakOf({ groups: ["sre", "platform"] });
    const id = await provider(installationId, { joinRule: "groups" });
    await world.bind(acme, { provider: id, group: "sre", role: "viewer" });
    await world.bind(umbrella, { provider: id, group: "platform", role: "viewer" });
    expect(await problemOf(id)).toBe("none");
    expect(await places()).toEqual(["acme", "umbrella"]);
  });

  it("nowhere by anyone's rule of a provider for all, where there are several organisations", async () => {
    speakOf();
    expect(await problemOf(await provider(installationId))).toBe("no-membership");
    expect((await world.refusals(installationId))[0]).toBe("no-membership");
  });

  it("never again who was shut out", async () => {
    speakOf({ groups: ["sre"] });
    const id = await provider(acme);
    await problemOf(id);
    const { id: person } = await here();
    await world.ask(acme, "update membership set disabled_at = now() where person_id = $1", [person]);
    expect(await signedIn(browser)).toBe(false);
    expect(await problemOf(id)).toBe("disabled");
    expect((await world.refusals(acme))[0]).toBe("membership-disabled");
    const all = await provider(installationId, { joinRule: "groups" });
    await world.bind(acme, { provider: all, group: "sre", role: "owner" });
    expect(await problemOf(all)).toBe("disabled");
  });
});

describe("whom an e-mail address means", () => {
  it("is the account that has it, where the provider checked it", async () => {
    const { email } = speakOf();
    const person = await world.addPerson(acme, { email, password: "a password of twelve", role: "viewer" });
    expect(await problemOf(await provider(acme))).toBe("none");
    expect((await here()).id).toBe(person);
  });

  it("is nobody's account where the provider does not say that it checked it", async () => {
    const { email } = speakOf({ email_verified: undefined });
    await world.addPerson(umbrella, { email, role: "owner" });
    const id = await provider(acme);
    expect(await problemOf(id)).toBe("refused");
    expect((await world.refusals(acme))[0]).toBe("email-of-another-account");
    expect(await problemOf(await provider(acme, { emailsVerified: true }))).toBe("none");
    // Whom nobody has an account for is made one, and is found again by the subject.
    speakOf({ email_verified: undefined });
    expect(await problemOf(id)).toBe("none");
    expect(await problemOf(id)).toBe("none");
  });

  it("is asked once: afterwards the subject says who it is, whatever address the provider says", async () => {
    const { sub } = speakOf();
    const id = await provider(acme);
    await problemOf(id);
    const { id: person } = await here();
    const victim = speakOf({ sub });
    await world.addPerson(acme, { email: victim.email, role: "owner" });
    await problemOf(id);
    expect((await here()).id).toBe(person);
  });
});

describe("a session of an organisation's own provider", () => {
  const password = "a password of twelve";
  let victim: { readonly id: string; readonly email: string };

  beforeEach(async () => {
    const { email } = speakOf();
    const id = await world.addPerson(umbrella, { email, password, role: "owner" });
    await world.addPerson(acme, { email, role: "viewer" });
    victim = { id, email };
    await openBrowser(server).mutate("signIn.signIn", { email, password });
    await problemOf(await provider(acme));
  });

  it("reaches no other organisation of the person", async () => {
    expect(await here()).toMatchObject({ id: victim.id, organisation: "acme" });
    expect(await places()).toEqual(["acme"]);
    const moved = await browser.mutate("signIn.switchOrganisation", { id: umbrella });
    expect(moved.error).toMatchObject({
      code: "forbidden",
      message: expect.stringContaining("good there alone") as string,
    });
    expect((await here()).organisation).toBe("acme");
  });

  it("sees and ends no session elsewhere", async () => {
    const seen = (await browser.query("signIn.sessions")).data as readonly { readonly organisationName: string }[];
    expect(seen.map((each) => each.organisationName)).toEqual(["acme"]);
    expect((await browser.mutate("signIn.revokeOtherSessions")).data).toBe(0);
    const [other] = await world.ask<{ id: string }>(
      umbrella,
      "select id from sign_in_session where person_id = $1 and organisation_id = $2 and revoked_at is null",
      [victim.id, umbrella],
    );
    expect((await browser.mutate("signIn.revokeSession", { id: other?.id })).data).toBe(0);
  });

  it("changes neither password nor second factor", async () => {
    const next = "another password of twelve";
    const acts = [
      ["signIn.changePassword", { current: password, next }],
      ["signIn.beginSecondFactor", { password }],
      ["signIn.confirmSecondFactor", { code: "123456" }],
      ["signIn.disableSecondFactor", { password, code: "123456" }],
      ["signIn.renewRecoveryCodes", { code: "123456" }],
    ] as const;
    for (const [path, input] of acts) expect((await browser.mutate(path, input)).error?.code).toBe("forbidden");
  });
});

describe("whoever has an account and an invitation's link", () => {
  const invited = async (email: string) => {
    const { as } = await world.web.member(umbrella, "inviting", "owner");
    const scope = { clusters: { kind: "all" as const }, namespaces: "all" as const, tiers: "all" as const };
    const { url } = await as.members.invite({ email, roleId: "viewer", scope });
    return { token: url.slice(url.lastIndexOf("/") + 1) };
  };

  it("accepts it in the installation, where a provider for all is the place's own and good everywhere", async () => {
    const { email } = speakOf();
    await world.addPerson(installationId, { email, role: "installation-administrator" });
    expect(await problemOf(await provider(installationId))).toBe("none");
    expect(await browser.mutate("members.accept", await invited(email))).toMatchObject({ status: 200 });
    expect(await places()).toContain("umbrella");
  });

  it("does not where an organisation's own provider proved who they are", async () => {
    const { email } = speakOf();
    await world.addPerson(acme, { email, role: "viewer" });
    expect(await problemOf(await provider(acme))).toBe("none");
    const refused = await browser.mutate("members.accept", await invited(email));
    expect(refused.error).toMatchObject({
      code: "forbidden",
      message: expect.stringContaining("good there alone") as string,
    });
  });
});

describe("organisations that want their own provider", () => {
  beforeAll(() =>
    world.ask(umbrella, "update organisation set requires_own_provider = true where id = $1", [umbrella]),
  );
  afterAll(() =>
    world.ask(umbrella, "update organisation set requires_own_provider = false where id = $1", [umbrella]),
  );

  it("are entered by it alone", async () => {
    const { email } = speakOf();
    const password = "a password of twelve";
    await world.addPerson(umbrella, { email, password, role: "viewer" });
    const refused = await browser.mutate("signIn.signIn", { email, password });
    expect(refused.error?.message).toMatch(/own provider/);
    expect((await world.refusals(umbrella))[0]).toBe("own-provider-required");
    const all = await provider(installationId);
    expect(await problemOf(all)).toBe("own-provider");
    await world.addPerson(acme, { email });
    expect(await problemOf(all)).toBe("none");
    expect((await here()).organisation).toBe("acme");
    expect((await browser.mutate("signIn.switchOrganisation", { id: umbrella })).error?.code).toBe("barred");
    expect(await problemOf(await provider(umbrella))).toBe("none");
    expect((await here()).organisation).toBe("umbrella");
  });

  it("are offered with their providers to a member who is signed in elsewhere, and to nobody else", async () => {
    const { email } = speakOf();
    const password = "a password of twelve";
    await world.addPerson(acme, { email, password, role: "viewer" });
    await world.addPerson(umbrella, { email, role: "viewer" });
    await browser.mutate("signIn.signIn", { email, password });
    const own = await provider(umbrella, { name: `Own ${email}`, shown: false });
    await provider(umbrella, { name: `Off ${email}`, enabled: false });
    const again = async (organisationId: string, at = browser) => {
      const token = at.cookies.get("isthmus_session") ?? "";
      return signInAgain(server, await identify(server.database, token, server.clock.now()), organisationId);
    };
    const offered = await again(umbrella);
    expect(offered).toMatchObject({ organisation: "umbrella", present: "acme", email });
    const names = offered?.providers.map(({ name }) => name);
    expect(names).toContain(`Own ${email}`);
    expect(names).not.toContain(`Off ${email}`);
    for (const id of [acme, installationId, "x", crypto.randomUUID()]) expect(await again(id)).toBeUndefined();
    const stranger = openBrowser(server);
    expect(await again(umbrella, stranger)).toBeUndefined();
    // What goes wrong at the provider is said there, and the session goes on.
    forging.behaviour.response = { error: "access_denied", code: "" };
    const back = (await browser.open(`/sign-in/oidc/${own}?next=/clusters`)).url.searchParams;
    expect([back.get("problem"), back.get("organisation"), back.get("next")]).toEqual([
      "cancelled",
      umbrella,
      "/clusters",
    ]);
    expect((await here()).organisation).toBe("acme");
    speakOf({ email });
    expect((await browser.open(`/sign-in/oidc/${own}?next=/clusters`)).url.pathname).toBe("/clusters");
    expect((await here()).organisation).toBe("umbrella");
    // Its session is good there alone, and so is it asked for nothing else.
    await world.ask(acme, "update organisation set requires_own_provider = true where id = $1", [acme]);
    expect(await again(acme)).toBeUndefined();
    await world.ask(acme, "update organisation set requires_own_provider = false where id = $1", [acme]);
  });
});

describe("a switch of organisation", () => {
  it("goes on under a new token, ends the former session, and lands there at the next sign-in", async () => {
    const { email } = speakOf();
    const password = "a password of twelve";
    await world.addPerson(acme, { email, password, role: "viewer" });
    await world.addPerson(umbrella, { email });
    await browser.mutate("signIn.signIn", { email, password });
    expect((await here()).organisation).toBe("acme");
    const before = browser.cookies.get("isthmus_session") ?? "";
    world.web.clock.advance(1_000);
    expect((await browser.mutate("signIn.switchOrganisation", { id: umbrella })).status).toBe(200);
    expect((await here()).organisation).toBe("umbrella");
    expect(browser.cookies.get("isthmus_session")).not.toBe(before);
    const old = openBrowser(server);
    (old.cookies as Map<string, string>).set("isthmus_session", before);
    expect(await signedIn(old)).toBe(false);
    expect((await world.actions(umbrella))[0]).toBe("sign-in.switch");
    expect((await world.actions(acme))[0]).toBe("sign-in.end");
    const again = openBrowser(server);
    await again.mutate("signIn.signIn", { email, password });
    expect((await again.query("signIn.me")).data).toMatchObject({ organisation: "umbrella" });
    expect((await browser.mutate("signIn.switchOrganisation", { id: installationId })).error?.code).toBe("not-found");
  });
});
