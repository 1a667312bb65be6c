import { installationId } from "@isthmus/db";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startForgingProvider, type ForgingProvider } from "../support/forging-provider";
import { openBrowser, type SignInBrowser } from "../support/sign-in-browser";
import { startSignInWorld, type SignInWorld } from "../support/sign-in-world";

// Whoever connects a provider's account of theirs with the account of somebody else is that person from then on.

const password = "a password of twelve";
let world: SignInWorld;
let forging: ForgingProvider;
let acme: string;
let umbrella: string;
let company: string;
let forAll: string;
let victim: SignInBrowser;
let attacker: SignInBrowser;
let round = 0;

beforeAll(async () => {
  [world, forging] = await Promise.all([startSignInWorld(), startForgingProvider()]);
  acme = (await world.web.organisation("acme")).id;
  umbrella = (await world.web.organisation("umbrella")).id;
  const { issuer } = forging;
  company = await world.addProvider({ organisationId: acme, issuer, settings: { joinRule: "invited" } });
  forAll = await world.addProvider({ organisationId: installationId, issuer, settings: { joinRule: "invited" } });
});
afterAll(async () => {
  await Promise.all([world?.stop(), forging?.stop()]);
});
beforeEach(async () => {
  round += 1;
  for (const who of ["victim", "attacker"]) {
    await world.addPerson(acme, { email: `${who}-${round}@example.org`, password, role: "viewer" });
  }
  victim = await signedInAs("victim");
  attacker = await signedInAs("attacker");
  forging.reset({ sub: `attacker-${round}`, email: `a-${round}@attacker.example`, email_verified: true });
});

async function signedInAs(who: string): Promise<SignInBrowser> {
  const browser = openBrowser(world.server);
  await browser.mutate("signIn.signIn", { email: `${who}-${round}@example.org`, password });
  return browser;
}

const begin = async (browser: SignInBrowser, id = company) => {
  const { data, error } = await browser.mutate("account.connect", { id, password });
  if (error !== undefined) throw new Error(error.message);
  return (data as { readonly url: string }).url;
};
/** The address of the callback with the code, that the browser has not opened. */
const upToCallback = async (browser: SignInBrowser, url: string) =>
  (await browser.open(url, { stop: ({ pathname }) => pathname.endsWith("/callback") })).url.href;
const connected = () =>
  world.ask<{ email: string }>(
    acme,
    `select p.email from person_identity i join person p on p.id = i.person_id where i.subject = $1`,
    [`attacker-${round}`],
  );
const reason = async () => {
  const [row] = await world.ask<{ reason: string }>(
    acme,
    `select detail -> 'after' ->> 'reason' as reason from audit_entry where action = 'account.refuse-connection'
     order by id desc limit 1`,
  );
  return row?.reason;
};

describe("an attacker's provider account", () => {
  it("is not connected by a callback that the victim's browser is led to", async () => {
    const callback = await upToCallback(attacker, await begin(attacker));
    expect((await victim.open(callback)).url.searchParams.get("connection")).toBe("expired");
    expect(await reason()).toBe("other-browser");
    // Nor is it by the attacker any more: the answer is used up.
    expect((await attacker.open(callback)).url.searchParams.get("problem")).toBe("expired");
    expect(await connected()).toEqual([]);
  });

  it("is not connected by the answer of another begun connection, nor with a state of the victim's", async () => {
    const state = new URL(await begin(victim)).searchParams.get("state") ?? "";
    const callback = new URL(await upToCallback(attacker, await begin(attacker)));
    callback.searchParams.set("state", state);
    // Verifier and nonce are those of the victim's ticket.
    expect((await victim.open(callback.href)).url.searchParams.get("connection")).toMatch(/unavailable|refused/);
    expect(await connected()).toEqual([]);
  });

  it("is not connected in another session of the same browser than the one that began", async () => {
    const shared = await signedInAs("attacker");
    const callback = await upToCallback(shared, await begin(shared));
    await shared.mutate("signIn.signIn", { email: `victim-${round}@example.org`, password });
    expect((await shared.open(callback)).url.searchParams.get("connection")).toBe("expired");
    expect(await reason()).toBe("other-session");
    expect(await connected()).toEqual([]);
  });

  it("is not connected in a later session of the same person, nor in one that went on elsewhere", async () => {
    await world.addPerson(umbrella, { email: `attacker-${round}@example.org`, role: "viewer" });
    const later = [
      () => attacker.mutate("signIn.signIn", { email: `attacker-${round}@example.org`, password }),
      () => attacker.mutate("signIn.switchOrganisation", { id: umbrella }),
    ];
    for (const change of later) {
      const callback = await upToCallback(attacker, await begin(attacker, forAll));
      expect((await change()).status).toBe(200);
      expect((await attacker.open(callback)).url.searchParams.get("connection")).toBe("expired");
    }
    expect(await connected()).toEqual([]);
  });

  it("is not confirmed in another session, nor by another person, nor shown to them", async () => {
    const shared = await signedInAs("attacker");
    const token = (await shared.open(await begin(shared))).url.searchParams.get("connect") ?? "";
    expect(token).toHaveLength(43);
    expect((await victim.query("account.offeredConnection", { token })).error?.code).toBe("not-found");
    expect((await victim.mutate("account.confirmConnection", { token })).error?.code).toBe("not-found");
    // Whoever it is not for has not used it up.
    expect((await shared.query("account.offeredConnection", { token })).status).toBe(200);
    await shared.mutate("signIn.signIn", { email: `victim-${round}@example.org`, password });
    expect((await shared.query("account.offeredConnection", { token })).error?.code).toBe("not-found");
    expect((await victim.mutate("account.confirmConnection", { token })).error?.code).toBe("not-found");
    expect((await shared.mutate("account.confirmConnection", { token })).error?.code).toBe("not-found");
    expect(await connected()).toEqual([]);
  });

  it("is not connected by a sign-in or a test that was begun, nor does a connection sign anybody in", async () => {
    const signIn = (await attacker.open(`/sign-in/oidc/${company}`)).url;
    expect(signIn.searchParams.get("problem")).toBe("no-membership");
    const callback = await upToCallback(attacker, await begin(attacker));
    await attacker.mutate("signIn.signOut");
    expect((await attacker.open(callback)).url.searchParams.get("connection")).toBe("expired");
    expect((await attacker.query("signIn.me")).status).toBe(401);
    expect(await connected()).toEqual([]);
  });

  it("waits for its owner to say yes, since the victim's browser may be signed in there as the attacker", async () => {
    const url = (await victim.open(await begin(victim))).url;
    const token = url.searchParams.get("connect") ?? "";
    expect((await victim.query("account.offeredConnection", { token })).data).toMatchObject({
      email: `a-${round}@attacker.example`,
    });
    expect(await connected()).toEqual([]);
  });
});

describe("a provider's subject that is somebody's", () => {
  it("is nobody else's, at the callback or when both were shown it", async () => {
    const confirm = async (browser: SignInBrowser) => {
      const token = (await browser.open(await begin(browser))).url.searchParams.get("connect") ?? "";
      return () => browser.mutate("account.confirmConnection", { token });
    };
    const [first, second] = [await confirm(victim), await confirm(attacker)];
    const both = await Promise.all([first(), second()]);
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
    expect(await connected()).toHaveLength(1);
    const loser = both[0].status === 200 ? attacker : victim;
    expect((await loser.open(await begin(loser))).url.searchParams.get("connection")).toBe("taken");
    expect(await reason()).toBe("of-another-person");
    expect(await connected()).toHaveLength(1);
  });
});

describe("a session that an organisation's own provider proved", () => {
  let confined: SignInBrowser;

  // Whoever runs the provider can say that they are the victim, who belongs to umbrella, too.
  beforeEach(async () => {
    await world.addPerson(umbrella, { email: `victim-${round}@example.org`, role: "viewer" });
    forging.reset({ sub: `victim-${round}`, email: `victim-${round}@example.org`, email_verified: true });
    confined = openBrowser(world.server);
    await confined.open(`/sign-in/oidc/${company}`);
    forging.reset({ sub: `attacker-${round}`, email: `a-${round}@attacker.example`, email_verified: true });
  });

  it("connects nothing, and disconnects nothing, also with the password", async () => {
    for (const id of [forAll, company]) {
      expect((await confined.mutate("account.connect", { id, password })).error?.code).toBe("forbidden");
      expect((await confined.mutate("account.disconnect", { id, password })).error?.code).toBe("forbidden");
    }
    expect(await connected()).toEqual([]);
  });

  it("connects nothing, and disconnects nothing, of an account without a password", async () => {
    await world.addPerson(acme, { email: `only-${round}@example.org`, role: "viewer" });
    forging.reset({ sub: `only-${round}`, email: `only-${round}@example.org`, email_verified: true });
    confined = openBrowser(world.server);
    await confined.open(`/sign-in/oidc/${company}`);
    await openBrowser(world.server).open(`/sign-in/oidc/${forAll}`);
    for (const id of [forAll, company]) {
      expect((await confined.mutate("account.connect", { id })).error?.code).toBe("forbidden");
      expect((await confined.mutate("account.disconnect", { id })).error?.code).toBe("forbidden");
    }
  });

  it("does not see as whom the account is connected elsewhere", async () => {
    await victim.mutate("account.connect", { id: forAll, password });
    const { data } = await confined.query("account.connections");
    const { providers, confined: said } = data as { providers: readonly { id: string }[]; confined: boolean };
    expect(said).toBe(true);
    expect(providers.map(({ id }) => id)).toEqual([company]);
  });
});

describe("who may not connect", () => {
  it("an API token", async () => {
    const everywhere = { clusters: { kind: "all" }, namespaces: "all", tiers: "all" };
    const owner = `owner-${round}`;
    await world.addPerson(acme, { email: `${owner}@example.org`, password, role: "owner" });
    const browser = await signedInAs("owner");
    const made = await browser.mutate("tokens.create", { name: "t", roleId: "owner", scope: everywhere });
    const as = world.web.withToken((made.data as { readonly secret: string }).secret);
    await expect(as.account.connect({ id: company, password })).rejects.toThrow(/not for an API token/);
    await expect(as.account.confirmConnection({ token: "x" })).rejects.toThrow(/not for an API token/);
    await expect(as.account.disconnect({ id: company, password })).rejects.toThrow(/not for an API token/);
    await expect(as.account.connections()).rejects.toThrow(/not for an API token/);
  });

  it("an owner who looks with the victim's eyes, for the victim or for themselves", async () => {
    await world.addPerson(acme, { email: `owner-${round}@example.org`, password, role: "owner" });
    const owner = await signedInAs("owner");
    const token = (await owner.open(await begin(owner))).url.searchParams.get("connect") ?? "";
    const personId = ((await victim.query("signIn.me")).data as { readonly id: string }).id;
    expect((await owner.mutate("signIn.viewAs", { personId })).status).toBe(200);
    expect((await owner.mutate("account.confirmConnection", { token })).error?.code).toBe("forbidden");
    expect((await owner.mutate("account.connect", { id: company, password })).error?.code).toBe("forbidden");
    expect(await connected()).toEqual([]);
  });

  it("a provider of an organisation that the session is not in", async () => {
    const elsewhere = await world.addProvider({ organisationId: umbrella, issuer: forging.issuer, settings: {} });
    expect((await victim.mutate("account.connect", { id: elsewhere, password })).error?.code).toBe("not-found");
  });
});
