import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startIdentityProvider, type IdentityProvider } from "./support/identity-provider";
import type { Server } from "../src/server/server";
import { startForgingProvider, type ForgingProvider } from "./support/forging-provider";
import { openBrowser, signedIn, type SignInBrowser } from "./support/sign-in-browser";
import {
  publicUrl,
  startSignInWorld,
  type GroupGrant,
  type ProviderOf,
  type SignInWorld,
} from "./support/sign-in-world";

let world: SignInWorld;
let server: Server;
let real: IdentityProvider;
let forging: ForgingProvider;
/** An organisation with an owner. */
let org: { readonly id: string; readonly personId: string };

beforeAll(async () => {
  [world, real, forging] = await Promise.all([
    startSignInWorld(),
    startIdentityProvider(publicUrl),
    startForgingProvider(),
  ]);
  server = world.server;
  org = await world.web.organisation("acme");
});
afterAll(async () => {
  await Promise.all([world?.stop(), real?.stop(), forging?.stop()]);
});

const addProvider = (provider: ProviderOf) => world.addProvider(provider);
const ask = <T extends object>(statement: string, values: readonly unknown[]) =>
  world.ask<T>(org.id, statement, values);
const bind = (organisation: string, grant: GroupGrant) => world.bind(organisation, grant);
const refusals = (organisation: string) => world.refusals(organisation);

/** Types the login at the provider's own page, and consents. */
async function signInAt(browser: SignInBrowser, providerId: string, login: string) {
  let page = await browser.open(`/sign-in/oidc/${providerId}?next=/flows`);
  for (let step = 0; step < 3 && page.url.pathname.startsWith("/interaction/"); step += 1) {
    const prompt = /name="prompt" value="(\w+)"/.exec(page.text)?.[1] ?? "";
    page = await browser.open(page.url.href, { method: "POST", form: { prompt, login, password: "any" } });
  }
  return page;
}

describe("a certified provider", () => {
  const accountOf = (login: string, more = {}) => {
    const account = {
      email: `${login}@acme.example`,
      emailVerified: true,
      name: `${login} of Acme`,
      groups: [] as string[],
      ...more,
    };
    real.accounts.set(login, account);
    return account;
  };

  it("signs a new person in where anyone may join, and the cookie holds a session that it proved", async () => {
    const provider = await addProvider({ organisationId: org.id, issuer: real.issuer, secret: real.clientSecret });
    accountOf("ann");
    const browser = openBrowser(server);
    expect((await signInAt(browser, provider, "ann")).url.href).toBe(`${publicUrl}/flows`);
    expect((await browser.query("signIn.me")).data).toMatchObject({
      email: "ann@acme.example",
      displayName: "ann of Acme",
      organisation: "acme",
      roles: [],
    });
    expect([...browser.cookies.keys()]).toEqual(["isthmus_session"]);
    expect(await ask("select proof, second_factor from sign_in_session where provider_id = $1", [provider])).toEqual([
      { proof: "provider", second_factor: false },
    ]);
    const [row] = await ask<{ sealed: Buffer }>(
      "select id_token_sealed as sealed from sign_in_session where provider_id = $1",
      [provider],
    );
    expect(row?.sealed.toString("latin1")).not.toContain("eyJ");
  });

  it("takes a person's groups anew at every sign-in, and their roles with them", async () => {
    const provider = await addProvider({ organisationId: org.id, issuer: real.issuer, secret: real.clientSecret });
    const account = accountOf("bea", { groups: ["sre", "all"] });
    await bind(org.id, { provider, group: "sre", role: "security-engineer" });
    await bind(org.id, { provider, group: "all", role: "viewer" });
    const browser = openBrowser(server);
    await signInAt(browser, provider, "bea");
    expect((await browser.query("signIn.me")).data).toMatchObject({ roles: ["Security engineer", "Viewer"] });
    account.groups = ["all"];
    expect((await browser.query("signIn.me")).data).toMatchObject({ roles: ["Security engineer", "Viewer"] });
    await signInAt(browser, provider, "bea");
    expect((await browser.query("signIn.me")).data).toMatchObject({ roles: ["Viewer"] });
    account.groups = [];
    await signInAt(browser, provider, "bea");
    expect((await browser.query("signIn.me")).data).toMatchObject({ roles: [] });
  });

  it("is asked to sign out, too, with the id token of the session", async () => {
    const provider = await addProvider({ organisationId: org.id, issuer: real.issuer, secret: real.clientSecret });
    accountOf("cid");
    const browser = openBrowser(server);
    await signInAt(browser, provider, "cid");
    const { providerUrl } = (await browser.mutate("signIn.signOut")).data as { readonly providerUrl: string };
    const url = new URL(providerUrl);
    expect(url.origin).toBe(real.issuer);
    expect(url.searchParams.get("post_logout_redirect_uri")).toBe(`${publicUrl}/sign-in`);
    expect(url.searchParams.get("id_token_hint")).toMatch(/^eyJ/);
    expect(await signedIn(browser)).toBe(false);
    // The provider takes the hint for what it is: its page asks whether to sign out there.
    const page = await browser.open(url.href);
    expect(page.url.pathname).toBe("/session/end");
    const xsrf = /name="xsrf" value="(\w+)"/.exec(page.text)?.[1] ?? "";
    const out = await browser.open(`${real.issuer}/session/end/confirm`, {
      method: "POST",
      form: { xsrf, logout: "yes" },
    });
    expect(out.url.pathname).toBe("/sign-in");
    expect((await browser.open(`/sign-in/oidc/${provider}`)).text).toContain('name="login"');
  });
});

describe("a provider that lies", () => {
  let provider: string;
  let browser: SignInBrowser;
  const claims = { sub: "eve-1", email: "eve@acme.example", email_verified: true, name: "Eve" };

  beforeAll(async () => {
    provider = await addProvider({ organisationId: org.id, issuer: forging.issuer, settings: { name: "Forging" } });
  });
  beforeEach(() => {
    forging.reset({ ...claims });
    browser = openBrowser(server);
  });

  const attempt = async () => (await browser.open(`/sign-in/oidc/${provider}?next=/flows`)).url;
  const now = Math.floor(Date.now() / 1_000);

  it("and one day does not is believed", async () => {
    expect((await attempt()).pathname).toBe("/flows");
    expect(await signedIn(browser)).toBe(true);
  });

  const lies: readonly { name: string; tell: () => void; reason?: string; problem?: string }[] = [
    { name: "another issuer in the id token", tell: () => (forging.behaviour.idToken["iss"] = "https://evil.example") },
    { name: "another audience", tell: () => (forging.behaviour.idToken["aud"] = "another-client") },
    {
      name: "several audiences, and authorised for another",
      tell: () => Object.assign(forging.behaviour.idToken, { aud: ["isthmus", "b"], azp: "b" }),
    },
    {
      name: "an id token that has expired",
      tell: () => Object.assign(forging.behaviour.idToken, { iat: now - 900, exp: now - 60 }),
    },
    { name: "an id token that never expires", tell: () => (forging.behaviour.idToken["exp"] = undefined) },
    { name: "another nonce", tell: () => (forging.behaviour.idToken["nonce"] = "another") },
    { name: "no nonce", tell: () => (forging.behaviour.idToken["nonce"] = undefined) },
    { name: "no subject", tell: () => (forging.behaviour.idToken["sub"] = undefined) },
    {
      name: "a key that it does not publish, in a published one's name",
      tell: () => (forging.behaviour.foreignKey = true),
    },
    { name: "a key that nobody knows", tell: () => (forging.behaviour.unknownKey = true) },
    { name: "no signature", tell: () => (forging.behaviour.unsigned = true) },
    { name: "userinfo of somebody else", tell: () => (forging.behaviour.userinfo = { sub: "adam-1" }) },
    {
      name: "another issuer in the response",
      tell: () => (forging.behaviour.response = { iss: "https://evil.example" }),
    },
    {
      name: "no issuer in the response, though it says that it names one",
      tell: () => (forging.behaviour.response = { iss: "" }),
    },
    {
      name: "another state",
      tell: () => (forging.behaviour.response = { state: "x".repeat(43) }),
      reason: "-",
      problem: "expired",
    },
    { name: "no state", tell: () => (forging.behaviour.response = { state: "" }), reason: "-", problem: "expired" },
    { name: "no code", tell: () => (forging.behaviour.response = { code: "" }) },
    {
      name: "that it refused",
      tell: () => (forging.behaviour.response = { code: "", error: "server_error" }),
      reason: "provider-refused",
      problem: "unavailable",
    },
    {
      name: "that the person said no",
      tell: () => (forging.behaviour.response = { code: "", error: "access_denied" }),
      reason: "cancelled",
      problem: "cancelled",
    },
    {
      name: "an e-mail address that it has not checked",
      tell: () => (forging.behaviour.idToken["email_verified"] = false),
      reason: "email-unverified",
      problem: "email",
    },
    {
      name: "the same as text",
      tell: () => (forging.behaviour.idToken["email_verified"] = "false"),
      reason: "email-unverified",
      problem: "email",
    },
    {
      name: "no e-mail address",
      tell: () => (forging.behaviour.idToken["email"] = undefined),
      reason: "no-email",
      problem: "email",
    },
    {
      name: "an error at its token endpoint",
      tell: () => (forging.behaviour.failing = { token: 503 }),
      reason: "provider-unavailable",
      problem: "unavailable",
    },
    {
      name: "nothing at its token endpoint",
      tell: () => (forging.behaviour.failing = { token: "silent" }),
      reason: "provider-unavailable",
      problem: "unavailable",
    },
    {
      name: "nothing at its userinfo endpoint",
      tell: () => (forging.behaviour.failing = { userinfo: "silent" }),
      reason: "provider-unavailable",
      problem: "unavailable",
    },
    {
      name: "an error at its userinfo endpoint",
      tell: () => (forging.behaviour.failing = { userinfo: 500 }),
      reason: "provider-unavailable",
      problem: "unavailable",
    },
  ];
  it.each(lies)(
    "says $name: nobody is signed in, and the audit log knows why",
    async ({ tell, reason = "answer-invalid", problem = "refused" }) => {
      const before = await refusals(org.id);
      tell();
      const url = await attempt();
      expect([url.pathname, url.searchParams.get("problem")]).toEqual(["/sign-in", problem]);
      expect(await signedIn(browser)).toBe(false);
      const after = await refusals(org.id);
      expect(after).toEqual(reason === "-" ? before : [reason, ...before]);
    },
  );
});

describe("a response", () => {
  let provider: string;
  beforeAll(async () => {
    provider = await addProvider({ organisationId: org.id, issuer: forging.issuer });
  });
  beforeEach(() => forging.reset({ sub: "fay-1", email: "fay@acme.example", email_verified: true }));

  const callbackOf = async (browser: SignInBrowser) =>
    (await browser.open(`/sign-in/oidc/${provider}`, { stop: (url) => url.pathname === "/sign-in/oidc/callback" })).url;

  it("is good once", async () => {
    const browser = openBrowser(server);
    const callback = await callbackOf(browser);
    const cookies = new Map(browser.cookies);
    expect((await browser.open(callback.href)).url.pathname).toBe("/");
    const thief = openBrowser(server);
    for (const [name, value] of cookies) (thief.cookies as Map<string, string>).set(name, value);
    const again = await thief.open(callback.href);
    expect([again.url.pathname, again.url.searchParams.get("problem")]).toEqual(["/sign-in", "expired"]);
    expect(await signedIn(thief)).toBe(false);
  });

  it("is good in the browser that began it alone, and then no more there either", async () => {
    const [victim, attacker] = [openBrowser(server), openBrowser(server)];
    const callback = await callbackOf(attacker);
    const pushed = await victim.open(callback.href);
    expect(pushed.url.searchParams.get("problem")).toBe("expired");
    expect((await refusals(org.id))[0]).toBe("other-browser");
    expect(await signedIn(victim)).toBe(false);
    await attacker.open(callback.href);
    expect(await signedIn(attacker)).toBe(false);
  });

  it("is good for ten minutes", async () => {
    const browser = openBrowser(server);
    const callback = await callbackOf(browser);
    world.web.clock.advance(10 * 60_000 + 1_000);
    expect((await browser.open(callback.href)).url.searchParams.get("problem")).toBe("expired");
  });

  it("is proven by the verifier of its own challenge", async () => {
    const browser = openBrowser(server);
    const page = await browser.open(`/sign-in/oidc/${provider}`, { stop: (url) => url.origin === forging.issuer });
    expect(page.url.searchParams.get("code_challenge_method")).toBe("S256");
    expect(page.url.searchParams.get("code_challenge")).toMatch(/^[\w-]{43}$/);
    expect(page.url.searchParams.get("nonce")).toMatch(/^[\w-]{43}$/);
    // The provider hears another challenge than ours, as when somebody's code is slipped in.
    page.url.searchParams.set("code_challenge", "x".repeat(43));
    expect((await browser.open(page.url.href)).url.searchParams.get("problem")).toBe("unavailable");
    expect(await signedIn(browser)).toBe(false);
  });

  it("leads to no other site, and ends the session that was there", async () => {
    const browser = openBrowser(server);
    for (const next of ["https://evil.example/", "//evil.example", "/\\evil.example", "/sign-in/oidc/x"]) {
      const { url } = await browser.open(`/sign-in/oidc/${provider}?${new URLSearchParams({ next }).toString()}`);
      expect(url.href).toBe(`${publicUrl}/`);
    }
    const former = new Map(browser.cookies);
    await browser.open(`/sign-in/oidc/${provider}`);
    const old = openBrowser(server);
    for (const [name, value] of former) (old.cookies as Map<string, string>).set(name, value);
    expect(former.get("isthmus_session")).not.toBe(browser.cookies.get("isthmus_session"));
    expect(await signedIn(old)).toBe(false);
    expect(await signedIn(browser)).toBe(true);
  });
});

describe("a provider away", () => {
  it("is said so, ends nothing that is there, and is heard again as soon as it is back", async () => {
    forging.reset({ sub: "gil-1", email: "gil@acme.example", email_verified: true });
    forging.behaviour.failing = { discovery: "silent" };
    const provider = await addProvider({ organisationId: org.id, issuer: forging.issuer });
    const browser = openBrowser(server);
    const { url } = await browser.open(`/sign-in/oidc/${provider}`);
    expect([url.pathname, url.searchParams.get("problem")]).toEqual(["/sign-in", "unavailable"]);
    expect((await refusals(org.id))[0]).toBe("provider-unavailable");
    forging.behaviour.failing = { discovery: 404 };
    expect((await browser.open(`/sign-in/oidc/${provider}`)).url.searchParams.get("problem")).toBe("unavailable");
    forging.behaviour.failing = {};
    forging.behaviour.discoveredIssuer = "https://another.example";
    expect((await browser.open(`/sign-in/oidc/${provider}`)).url.searchParams.get("problem")).toBe("unavailable");
    forging.behaviour.discoveredIssuer = undefined;
    expect((await browser.open(`/sign-in/oidc/${provider}`)).url.pathname).toBe("/");
  });

  it("by decision signs nobody in, and nobody it signed in stays", async () => {
    forging.reset({ sub: "hal-1", email: "hal@acme.example", email_verified: true });
    const provider = await addProvider({ organisationId: org.id, issuer: forging.issuer });
    const browser = openBrowser(server);
    await browser.open(`/sign-in/oidc/${provider}`);
    expect(await signedIn(browser)).toBe(true);
    const { url: callback } = await browser.open(`/sign-in/oidc/${provider}`, {
      stop: (url) => url.pathname === "/sign-in/oidc/callback",
    });
    await ask("update identity_provider set enabled = false where id = $1", [provider]);
    expect(await signedIn(browser)).toBe(false);
    expect((await browser.open(callback.href)).url.searchParams.get("problem")).toBe("refused");
    expect((await refusals(org.id))[0]).toBe("provider-disabled");
    expect((await browser.open(`/sign-in/oidc/${provider}`)).url.searchParams.get("problem")).toBe("refused");
    expect((await browser.open(`/sign-in/oidc/${randomUUID()}`)).url.searchParams.get("problem")).toBe("refused");
    expect((await browser.open("/sign-in/oidc/nonsense")).url.searchParams.get("problem")).toBe("refused");
  });
});
