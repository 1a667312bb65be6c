import { randomUUID } from "node:crypto";
import { disconnectIdentity, installationId } from "@isthmus/db";
import { Secret, TOTP } from "otpauth";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startForgingProvider, type ForgingProvider } from "./support/forging-provider";
import { openBrowser, signedIn, type SignInBrowser } from "./support/sign-in-browser";
import { startSignInWorld, type SignInWorld } from "./support/sign-in-world";

const password = "a password of twelve";
let world: SignInWorld;
let forging: ForgingProvider;
let acme: string;
let company: string;
let forAll: string;
let browser: SignInBrowser;
let email: string;
let subject: string;
let people = 0;

beforeAll(async () => {
  [world, forging] = await Promise.all([startSignInWorld(), startForgingProvider()]);
  acme = (await world.web.organisation("acme")).id;
  const { issuer } = forging;
  company = await world.addProvider({ organisationId: acme, issuer, settings: { name: "Company" } });
  forAll = await world.addProvider({
    organisationId: installationId,
    issuer,
    settings: { name: "For all", joinRule: "invited" },
  });
  const umbrella = await world.web.organisation("umbrella");
  await world.addProvider({ organisationId: umbrella.id, issuer, settings: { name: "Elsewhere" } });
});
afterAll(async () => {
  await Promise.all([world?.stop(), forging?.stop()]);
});
beforeEach(async () => {
  people += 1;
  email = `person-${people}@example.org`;
  subject = `s-${people}`;
  await world.addPerson(acme, { email, password, role: "viewer" });
  browser = openBrowser(world.server);
  await browser.mutate("signIn.signIn", { email, password });
  // Another address than the account's, checked by the provider.
  forging.reset({ sub: subject, email: `private-${people}@example.net`, email_verified: true, name: "P" });
});

interface Listed {
  readonly id: string;
  readonly name: string;
  readonly connectedAs: readonly string[];
}
const listed = async (at = browser) =>
  (await at.query("account.connections")).data as {
    readonly providers: readonly Listed[];
    readonly asks: string;
    readonly confined: boolean;
  };
const connectedAs = async (id: string) => (await listed()).providers.find((each) => each.id === id)?.connectedAs;

/** Goes to the provider and back, up to the settings that ask whether that is it. */
async function roundTrip(id: string, proof: object = { password }): Promise<URL> {
  const begun = await browser.mutate("account.connect", { id, ...proof });
  if (begun.error !== undefined) throw new Error(begun.error.message);
  return (await browser.open((begun.data as { readonly url: string }).url)).url;
}

async function connect(id: string, proof?: object): Promise<void> {
  const token = (await roundTrip(id, proof)).searchParams.get("connect") ?? "";
  const confirmed = await browser.mutate("account.confirmConnection", { token });
  if (confirmed.error !== undefined) throw new Error(confirmed.error.message);
}

describe("a provider that a person connects", () => {
  it("is shown with its address, confirmed, and opens the account from then on", async () => {
    expect((await listed()).providers.map(({ name }) => name)).toEqual(["For all", "Company"]);
    expect(await connectedAs(company)).toEqual([]);
    const back = await roundTrip(company);
    expect(back.pathname).toBe("/settings");
    const token = back.searchParams.get("connect") ?? "";
    expect((await browser.query("account.offeredConnection", { token })).data).toEqual({
      provider: "Company",
      email: `private-${people}@example.net`,
    });
    expect(await connectedAs(company)).toEqual([]);
    expect((await browser.mutate("account.confirmConnection", { token })).status).toBe(200);
    expect(await connectedAs(company)).toEqual([`private-${people}@example.net`]);
    expect((await world.actions(acme))[0]).toBe("account.connect");
    const other = openBrowser(world.server);
    expect((await other.open(`/sign-in/oidc/${company}`)).url.pathname).toBe("/");
    expect((await other.query("signIn.me")).data).toMatchObject({ email, displayName: email });
    expect((await browser.mutate("account.confirmConnection", { token })).error?.code).toBe("not-found");
  });

  it("that the sign-in page shows nobody is there for its domain's people, and for whom it is connected with", async () => {
    const hidden = async (name: string, domains: readonly string[]) =>
      world.addProvider({ organisationId: acme, issuer: forging.issuer, settings: { name, domains, shown: false } });
    const [foreign, own] = [
      await hidden(`Foreign ${people}`, ["else.example"]),
      await hidden(`Own ${people}`, ["example.org"]),
    ];
    expect(await connectedAs(foreign)).toBeUndefined();
    expect(await connectedAs(own)).toEqual([]);
    expect((await browser.mutate("account.connect", { id: foreign, password })).error?.code).toBe("not-found");
    await world.ask(
      acme,
      "insert into person_identity (provider_id, subject, organisation_id, person_id, email) select $1, 'x', $2, id, 'x@else.example' from person where email = $3",
      [foreign, acme, email],
    );
    expect(await connectedAs(foreign)).toEqual(["x@else.example"]);
    await world.ask(acme, "update identity_provider set enabled = false where id in ($1, $2)", [foreign, own]);
  });

  it("that is for all is written into both audit logs", async () => {
    await connect(forAll);
    expect((await world.actions(installationId))[0]).toBe("account.connect");
    expect((await world.actions(acme))[0]).toBe("account.connect");
    expect((await browser.mutate("account.disconnect", { id: forAll, password })).status).toBe(200);
    expect((await world.actions(installationId))[0]).toBe("account.disconnect");
    expect((await world.actions(acme))[0]).toBe("account.disconnect");
  });

  it("is asked for the password, and where a second factor is on for its code", async () => {
    expect((await browser.mutate("account.connect", { id: company })).error?.code).toBe("sign-in-refused");
    expect((await browser.mutate("account.connect", { id: company, password: "wrong" })).error?.code).toBe(
      "sign-in-refused",
    );
    const { secret } = (await browser.mutate("signIn.beginSecondFactor", { password })).data as {
      readonly secret: string;
    };
    const code = () => new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: world.web.clock.now() });
    await browser.mutate("signIn.confirmSecondFactor", { code: code() });
    world.web.clock.advance(30_000);
    expect((await listed()).asks).toBe("password-and-code");
    expect((await browser.mutate("account.connect", { id: company, password })).error?.code).toBe("sign-in-refused");
    await connect(company, { password, code: code() });
    expect(await connectedAs(company)).toHaveLength(1);
  });

  it("asks who has no password for a sign-in of the last ten minutes, which a switch is not", async () => {
    const only = `only-${people}@example.org`;
    await world.addPerson(acme, { email: only, role: "viewer" });
    const umbrella = await world.web.organisation(`umbrella-${people}`);
    await world.addPerson(umbrella.id, { email: only, role: "viewer" });
    forging.reset({ sub: `only-${people}`, email: only, email_verified: true, name: "P" });
    browser = openBrowser(world.server);
    await browser.open(`/sign-in/oidc/${forAll}`);
    expect((await listed()).asks).toBe("nothing");
    world.web.clock.advance(10 * 60_000 + 1);
    await browser.mutate("signIn.switchOrganisation", { id: umbrella.id });
    await browser.mutate("signIn.switchOrganisation", { id: acme });
    expect((await listed()).asks).toBe("sign-in");
    expect((await browser.mutate("account.connect", { id: company })).error?.message).toMatch(/Sign in again/);
    await browser.open(`/sign-in/oidc/${forAll}`);
    if (((await browser.query("signIn.me")).data as { organisation: string }).organisation !== "acme")
      await browser.mutate("signIn.switchOrganisation", { id: acme });
    await connect(company, {});
    expect(await connectedAs(company)).toEqual([only]);
  });

  it("must say an address, and not that it has not checked it, as for a sign-in", async () => {
    for (const claims of [{ email: undefined }, { email: "x@example.net", email_verified: false }]) {
      forging.reset({ sub: subject, ...claims });
      expect((await roundTrip(company)).searchParams.get("connection")).toBe("email");
    }
    expect((await world.actions(acme))[0]).toBe("account.refuse-connection");
  });

  it("may fail, be stopped, be switched off or be gone meanwhile, and nothing is connected", async () => {
    forging.behaviour.response = { error: "access_denied", code: "" };
    expect((await roundTrip(company)).searchParams.get("connection")).toBe("cancelled");
    forging.reset({ sub: subject, email, email_verified: true });
    forging.behaviour.foreignKey = true;
    expect((await roundTrip(company)).searchParams.get("connection")).toBe("refused");
    forging.reset({ sub: subject, email, email_verified: true });
    const brief = await world.addProvider({ organisationId: acme, issuer: forging.issuer, settings: {} });
    const token = (await roundTrip(brief)).searchParams.get("connect") ?? "";
    await world.ask(acme, "update identity_provider set enabled = false where id = $1", [brief]);
    expect((await browser.mutate("account.confirmConnection", { token })).error?.code).toBe("not-found");
    expect(await connectedAs(company)).toEqual([]);
  });

  it("with another issuer than the person was shown is not connected", async () => {
    const moved = await world.addProvider({ organisationId: acme, issuer: forging.issuer, settings: {} });
    const token = (await roundTrip(moved)).searchParams.get("connect") ?? "";
    await world.ask(acme, "update identity_provider set issuer = 'https://other.example' where id = $1", [moved]);
    expect((await browser.mutate("account.confirmConnection", { token })).error?.code).toBe("not-found");
  });
});

describe("a provider that is disconnected", () => {
  it("opens the account no more, with its groups gone and its sessions ended but for this one", async () => {
    await connect(company);
    forging.reset({ sub: subject, email: "p@example.net", email_verified: true, groups: ["sre"] });
    const [other, third] = [openBrowser(world.server), openBrowser(world.server)];
    await other.open(`/sign-in/oidc/${company}`);
    await third.mutate("signIn.signIn", { email, password });
    const groups = () =>
      world.ask(acme, "select from person_group where person_id = (select id from person where email = $1)", [email]);
    expect(await groups()).toHaveLength(1);
    expect((await browser.mutate("account.disconnect", { id: company, password: "wrong" })).error?.code).toBe(
      "sign-in-refused",
    );
    expect((await browser.mutate("account.disconnect", { id: company, password })).status).toBe(200);
    expect(await groups()).toHaveLength(0);
    expect([await signedIn(other), await signedIn(third), await signedIn(browser)]).toEqual([false, true, true]);
    expect((await world.actions(acme))[0]).toBe("account.disconnect");
    expect(await connectedAs(company)).toEqual([]);
    await other.open(`/sign-in/oidc/${company}`);
    expect((await other.query("signIn.me")).data).not.toMatchObject({ email });
    expect((await browser.mutate("account.disconnect", { id: company, password })).error?.code).toBe("not-found");
  });

  it("stays where nothing else opens an organisation, whichever of two is asked first or both at once", async () => {
    const only = `two-${people}@example.org`;
    await world.addPerson(acme, { email: only, role: "viewer" });
    forging.reset({ sub: `two-${people}`, email: only, email_verified: true, name: "P" });
    browser = openBrowser(world.server);
    await browser.open(`/sign-in/oidc/${forAll}`);
    const last = await browser.mutate("account.disconnect", { id: forAll });
    expect(last.error).toMatchObject({ code: "conflict", message: expect.stringContaining("acme") as string });
    await connect(company, {});
    const both = await Promise.all([company, forAll].map((id) => browser.mutate("account.disconnect", { id })));
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
  });

  it("stays where a password does not open the organisation, or the other provider is switched off", async () => {
    const strict = (await world.web.organisation(`strict-${people}`)).id;
    await world.addPerson(strict, { email, role: "viewer" });
    const [first, second] = await Promise.all(
      [1, 2].map(() => world.addProvider({ organisationId: strict, issuer: forging.issuer, settings: {} })),
    );
    await browser.mutate("signIn.switchOrganisation", { id: strict });
    await connect(first!);
    await world.ask(strict, "update organisation set requires_own_provider = true");
    // The rule ends this session, a password being no proof there, and so Postgres itself is asked.
    const { personId = "" } = (await world.web.database.lookups.findPersonByEmail(email)) ?? {};
    const of = { personId, providerId: first!, sessionId: randomUUID(), at: new Date() };
    const state = async () =>
      (await world.web.database.forOrganisation(strict).transaction((tx) => disconnectIdentity(tx, of))).state;
    expect(await state()).toBe("last");
    await world.ask(
      strict,
      "insert into person_identity (provider_id, subject, organisation_id, person_id) values ($1, 'x', $2, $3)",
      [second, strict, personId],
    );
    await world.ask(strict, "update identity_provider set enabled = false where id = $1", [second]);
    expect(await state()).toBe("last");
    await world.ask(strict, "update identity_provider set enabled = true where id = $1", [second]);
    expect(await state()).toBe("done");
  });
});
