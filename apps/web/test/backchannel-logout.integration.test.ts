import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { installationId } from "@isthmus/db";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { backchannelLogout } from "../src/features/sign-in/server";
import { contextOf } from "../src/server/request";
import { startForgingProvider, type ForgingProvider } from "./support/forging-provider";
import { startIdentityProvider } from "./support/identity-provider";
import { openBrowser, signedIn, type SignInBrowser } from "./support/sign-in-browser";
import { publicUrl, startSignInWorld, type SignInWorld } from "./support/sign-in-world";

let world: SignInWorld;
let forging: ForgingProvider;
let acme: string;
let company: string;
let browser: SignInBrowser;
let subject: string;
let people = 0;

beforeAll(async () => {
  [world, forging] = await Promise.all([startSignInWorld(), startForgingProvider()]);
  acme = (await world.web.organisation("acme")).id;
  company = await world.addProvider({ organisationId: acme, issuer: forging.issuer });
});
afterAll(async () => {
  await Promise.all([world?.stop(), forging?.stop()]);
});
beforeEach(async () => {
  people += 1;
  subject = `s-${people}`;
  browser = await signInAs(subject, `session-${people}`);
});

async function signInAs(sub: string, sid?: string, id = company): Promise<SignInBrowser> {
  forging.reset({ sub, email: `${sub}@example.org`, email_verified: true, sid });
  const at = openBrowser(world.server);
  await at.open(`/sign-in/oidc/${id}`);
  return at;
}

let peer = "203.0.113.9";
async function send(body: string | URLSearchParams, id = company, type = "application/x-www-form-urlencoded") {
  const headers = { "content-type": type, "x-isthmus-peer": peer };
  const request = new Request(`${publicUrl}/auth/backchannel/${id}`, { method: "POST", body, headers });
  const response = await backchannelLogout(await contextOf(world.server, request, new Headers()), id, request);
  expect(response.headers.get("cache-control")).toBe("no-store");
  return response.status;
}
const logout = (token: string, id?: string) => send(new URLSearchParams({ logout_token: token }), id);

describe("a provider that says that somebody signed out", () => {
  it("ends the one session by its name there, and the others stay", async () => {
    const [other, another] = [await signInAs(subject, "another session"), await signInAs("somebody-else", "x")];
    expect(await logout(forging.logoutToken({ sub: subject, sid: `session-${people}` }))).toBe(200);
    expect([await signedIn(browser), await signedIn(other), await signedIn(another)]).toEqual([false, true, true]);
    expect((await world.actions(acme))[0]).toBe("sign-in.end-by-provider");
    expect(await logout(forging.logoutToken({ sid: "another session" }))).toBe(200);
    expect([await signedIn(other), await signedIn(another)]).toEqual([false, true]);
  });

  it("ends all sessions of a subject that it proved where it names none of its own", async () => {
    const [other, nameless] = [await signInAs(subject, "b"), await signInAs(subject)];
    expect(await logout(forging.logoutToken({ sub: subject }))).toBe(200);
    expect([await signedIn(browser), await signedIn(other), await signedIn(nameless)]).toEqual([false, false, false]);
  });

  it("ends a session that names none with its subject, also where the provider names one", async () => {
    const nameless = await signInAs(subject);
    expect(await logout(forging.logoutToken({ sub: subject, sid: "unknown here" }))).toBe(200);
    expect([await signedIn(browser), await signedIn(nameless)]).toEqual([true, false]);
  });

  it("ends a session that went on in another organisation, and none that something else proved", async () => {
    const forAll = await world.addProvider({ organisationId: installationId, issuer: forging.issuer });
    const umbrella = await world.web.organisation(`umbrella-${people}`);
    await world.addPerson(umbrella.id, { email: `${subject}@example.org`, role: "viewer" });
    const switched = await signInAs(subject, "of the other provider", forAll);
    const { data } = await switched.query("signIn.me");
    const here = (data as { readonly organisation: string }).organisation;
    await switched.mutate("signIn.switchOrganisation", { id: here === "acme" ? umbrella.id : acme });
    expect(await logout(forging.logoutToken({ sid: "of the other provider" }), company)).toBe(200);
    expect(await signedIn(switched)).toBe(true);
    expect(await logout(forging.logoutToken({ sid: "of the other provider" }), forAll)).toBe(200);
    expect([await signedIn(switched), await signedIn(browser)]).toEqual([false, true]);
  });
});

describe("a certified provider", () => {
  it("ends by its logout token the session that a browser left there, and no other", async () => {
    const real = await startIdentityProvider(publicUrl);
    const id = await world.addProvider({ organisationId: acme, issuer: real.issuer, secret: real.clientSecret });
    real.accounts.set("ann", { email: "ann@acme.example", emailVerified: true, name: "Ann", groups: [] });
    const received: number[] = [];
    const door = createServer((request, response) => {
      void (async () => {
        let body = "";
        for await (const part of request) body += String(part);
        received.push(await send(body, id, request.headers["content-type"]));
        response.writeHead(received.at(-1) ?? 500).end();
      })();
    });
    await new Promise<void>((resolve) => door.listen(0, "127.0.0.1", resolve));
    real.forwardLogoutTo = `http://127.0.0.1:${(door.address() as AddressInfo).port}`;
    const signInThere = async () => {
      const at = openBrowser(world.server);
      let page = await at.open(`/sign-in/oidc/${id}`);
      for (let step = 0; step < 3 && page.url.pathname.startsWith("/interaction/"); step += 1) {
        const prompt = /name="prompt" value="(\w+)"/.exec(page.text)?.[1] ?? "";
        page = await at.open(page.url.href, { method: "POST", form: { prompt, login: "ann", password: "any" } });
      }
      return at;
    };
    const [leaving, staying] = [await signInThere(), await signInThere()];
    expect([await signedIn(leaving), await signedIn(staying)]).toEqual([true, true]);
    const { text } = await leaving.open(`${real.issuer}/session/end`);
    const xsrf = /name="xsrf" value="(\w+)"/.exec(text)?.[1] ?? "";
    await leaving.open(`${real.issuer}/session/end/confirm`, { method: "POST", form: { xsrf, logout: "yes" } });
    expect(received).toEqual([200]);
    expect([await signedIn(leaving), await signedIn(staying)]).toEqual([false, true]);
    door.close();
    await real.stop();
  });
});

describe("a logout token is refused, and no session ends,", () => {
  const now = () => Math.floor(Date.now() / 1_000);
  const wrong: readonly (readonly [string, () => string])[] = [
    ["of another issuer", () => forging.logoutToken({ sub: subject, iss: "https://other.example" })],
    ["for another client", () => forging.logoutToken({ sub: subject, aud: "another" })],
    ["that is old", () => forging.logoutToken({ sub: subject, iat: now() - 620, exp: now() + 60 })],
    ["that has expired", () => forging.logoutToken({ sub: subject, exp: now() - 20 })],
    ["of the future", () => forging.logoutToken({ sub: subject, iat: now() + 60 })],
    ["without a time", () => forging.logoutToken({ sub: subject, iat: undefined })],
    ["without an id of its own", () => forging.logoutToken({ sub: subject, jti: undefined })],
    ["without the event", () => forging.logoutToken({ sub: subject, events: {} })],
    ["without events", () => forging.logoutToken({ sub: subject, events: undefined })],
    ["with a nonce, as an id token has", () => forging.logoutToken({ sub: subject, nonce: "n" })],
    ["that names nobody", () => forging.logoutToken()],
    ["that is no logout token by its type", () => forging.logoutToken({ sub: subject }, { typ: "at+jwt" })],
    ["that is not signed", () => forging.logoutToken({ sub: subject }, { alg: "none" })],
    ["that names a key nobody knows", () => forging.logoutToken({ sub: subject }, { kid: "another" })],
    ["signed with a secret", () => forging.logoutToken({ sub: subject }, { alg: "HS256" })],
    [
      "signed with another key",
      () => {
        forging.behaviour.foreignKey = true;
        return forging.logoutToken({ sub: subject });
      },
    ],
    ["that is none", () => "a.b.c"],
  ];
  it.each(wrong)("%s", async (_, token) => {
    expect(await logout(token())).toBe(400);
    expect(await signedIn(browser)).toBe(true);
  });

  it("that comes twice", async () => {
    const token = forging.logoutToken({ sub: subject, sid: "elsewhere" });
    expect(await logout(token)).toBe(200);
    expect(await logout(token)).toBe(400);
  });

  it("that comes twice at once", async () => {
    const token = forging.logoutToken({ sub: subject });
    const both = await Promise.all([logout(token), logout(token)]);
    expect(both.toSorted((a, b) => a - b)).toEqual([200, 400]);
  });

  it("that comes to another provider's address, to one that is switched off or that there is not", async () => {
    const off = await world.addProvider({ organisationId: acme, issuer: forging.issuer, settings: { enabled: false } });
    for (const id of [off, crypto.randomUUID(), "x"]) {
      expect(await logout(forging.logoutToken({ sub: subject }), id)).toBe(400);
    }
    expect(await signedIn(browser)).toBe(true);
  });

  it("that comes as JSON, in no form, or with a body beyond measure", async () => {
    const token = forging.logoutToken({ sub: subject });
    expect(await send(JSON.stringify({ logout_token: token }), company, "application/json")).toBe(400);
    expect(await send(new URLSearchParams({ token }))).toBe(400);
    expect(await send(`logout_token=${token}&x=${"x".repeat(70_000)}`)).toBe(400);
    expect(await signedIn(browser)).toBe(true);
  });
});

describe("a logout token that counts", () => {
  it("counts when it is sent again after the sessions could not be ended", async () => {
    const failing = `create function fail() returns trigger language plpgsql as $$ begin raise 'out of order'; end $$`;
    await world.ask(acme, failing);
    await world.ask(acme, "create trigger failing before update on sign_in_session execute function fail()");
    const token = forging.logoutToken({ sub: subject });
    await expect(logout(token)).rejects.toThrow(/out of order/);
    await world.ask(acme, "drop trigger failing on sign_in_session");
    await world.ask(acme, "drop function fail");
    expect(await signedIn(browser)).toBe(true);
    expect(await logout(token)).toBe(200);
    expect(await signedIn(browser)).toBe(false);
    expect(await logout(token)).toBe(400);
  });

  it("counts however many were refused from the same address, which are answered with 429 at last", async () => {
    peer = "203.0.113.200";
    try {
      let refused = 400;
      for (let sent = 0; refused === 400 && sent < 1_000; sent += 1) refused = await send("x=1");
      expect(refused).toBe(429);
      expect(await logout(forging.logoutToken({ sub: subject }))).toBe(200);
      expect(await signedIn(browser)).toBe(false);
    } finally {
      peer = "203.0.113.9";
    }
  });
});

describe("junk in place of a logout token", () => {
  it("has a provider that does not answer asked once, for its description and for its keys", async () => {
    const away = await startForgingProvider();
    const id = await world.addProvider({ organisationId: acme, issuer: away.issuer });
    const keyless = await world.addProvider({ organisationId: acme, issuer: away.issuer, settings: { clientId: "k" } });
    away.behaviour.failing.discovery = 500;
    const junk = forging.logoutToken({ sub: subject });
    const all = (to: string) => Promise.all([logout(junk, to), logout(junk, to), logout(junk, to)]);
    expect([...(await all(id)), await logout(junk, id), await logout(junk, id)]).toEqual([400, 400, 400, 400, 400]);
    expect(away.asked).toEqual(["discovery"]);
    away.behaviour.failing = { jwks: 500 };
    expect([...(await all(keyless)), await logout(junk, keyless)]).toEqual([400, 400, 400, 400]);
    expect(away.asked).toEqual(["discovery", "discovery", "jwks"]);
    await away.stop();
  });

  it("is logged by code and message alone, without what it claims", async () => {
    const logged: unknown[] = [];
    const headers = { "content-type": "application/x-www-form-urlencoded", "x-isthmus-peer": "203.0.113.9" };
    const body = new URLSearchParams({ logout_token: forging.logoutToken({ sub: "somebody secret", aud: "another" }) });
    const request = new Request(`${publicUrl}/auth/backchannel/${company}`, { method: "POST", body, headers });
    const ctx = await contextOf(world.server, request, new Headers());
    const log = Object.assign(Object.create(ctx.log) as typeof ctx.log, { warn: (said: unknown) => logged.push(said) });
    expect((await backchannelLogout({ ...ctx, log }, company, request)).status).toBe(400);
    expect(logged).toEqual([
      {
        ip: "203.0.113.9",
        provider: company,
        code: "ERR_JWT_CLAIM_VALIDATION_FAILED",
        reason: expect.stringContaining("aud") as string,
      },
    ]);
  });
});
