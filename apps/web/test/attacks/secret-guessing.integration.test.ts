import { randomBytes, randomUUID } from "node:crypto";
import type * as Argon2 from "@node-rs/argon2";
import { storeProvider } from "@isthmus/db";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openManifestLink } from "../../src/features/clusters/server";
import { handleHttpApi } from "../../src/features/http-api/server";
import { startSignIn } from "../../src/features/sign-in/server";
import { browserCookie } from "../../src/features/sign-in/server/tickets";
import { contextOf } from "../../src/server/request";
import { openBrowser, signedIn } from "../support/sign-in-browser";
import { providerSettings } from "../support/provider-settings";
import { startForgingProvider, type ForgingProvider } from "../support/forging-provider";
import { startAttacked, type Attacked, type Target } from "./support/attacked";

// Secrets of 256 random bits, which nobody guesses: a burst of guesses learns nothing, costs nothing that lasts, and
// shuts nobody out. And where a way in leads to afterwards.

let hashed = 0;
vi.mock("@node-rs/argon2", async (original) => {
  const real = await original<typeof Argon2>();
  return { ...real, hash: (password: string, options: object) => ((hashed += 1), real.hash(password, options)) };
});

const everywhere = { clusters: { kind: "all" }, namespaces: "all", tiers: "all" };
const guesses = 120;

let attacked: Attacked;
let forging: ForgingProvider;
let owner: Target;
let cookie: string;

beforeAll(async () => {
  [attacked, forging] = await Promise.all([startAttacked(), startForgingProvider()]);
  owner = await attacked.person("owner");
  cookie = await attacked.signIn(owner);
});
afterAll(async () => {
  await Promise.all([attacked?.stop(), forging?.stop()]);
});

async function own<T>(path: string, input: unknown): Promise<T> {
  const answer = await attacked.mutate(path, input, { cookie });
  if (answer.status !== 200) throw new Error(`${path}: ${answer.raw}`);
  return answer.data as T;
}

/** Close to the secret, far from it, cut, and in another's dress. */
function near(secret: string): readonly string[] {
  const flipped = (at: number) => secret.slice(0, at) + (secret[at] === "A" ? "B" : "A") + secret.slice(at + 1);
  const close = Array.from({ length: secret.length }, (_, at) => flipped(at));
  const far = Array.from({ length: guesses - close.length }, () => randomBytes(32).toString("base64url"));
  return [...close, ...far];
}

const state = async () => JSON.stringify(await attacked.dump());

/** Everything that guesses are answered, told apart by what it is. */
async function burst(secrets: readonly string[], ask: (secret: string, at: number) => Promise<string>) {
  return new Set(await Promise.all(secrets.map(ask)));
}

describe("a burst of guesses", () => {
  it("of an invitation's link is answered as one that never was, costs no password's hash, and leaves the link", async () => {
    const { url } = await own<{ url: string }>("members.invite", {
      email: "guest@attacked.example",
      roleId: "viewer",
      scope: everywhere,
    });
    const secret = url.slice(url.lastIndexOf("/") + 1);
    const account = { displayName: "Eve", password: "a password of twelve" };
    hashed = 0;
    const before = await state();
    const tokens = near(secret);
    const read = await burst(
      tokens,
      async (token, at) =>
        (await attacked.query("members.invitation", { token }, { server: attacked.servers[at % 2 === 0 ? 0 : 1] })).raw,
    );
    const joined = await burst(
      tokens,
      async (token) => (await attacked.mutate("members.joinWithPassword", { token, ...account })).raw,
    );
    const accepted = await burst(
      tokens,
      async (token) => (await attacked.mutate("members.accept", { token }, { cookie })).raw,
    );
    for (const answers of [read, joined, accepted]) {
      expect(answers.size).toBe(1);
      expect([...answers][0]).toContain("not-found");
    }
    expect(hashed).toBe(0);
    expect(await state()).toBe(before);
    expect((await attacked.mutate("members.joinWithPassword", { token: secret, ...account })).status).toBe(200);
  });

  it("of an API token is nobody's, and leaves the token and when it was used", async () => {
    const { secret } = await own<{ secret: string }>("tokens.create", {
      name: "ci",
      roleId: "viewer",
      scope: everywhere,
    });
    const bearer = async (token: string) => {
      const headers = { authorization: `Bearer ${token}` };
      const request = new Request("http://localhost:7400/api/v1/clusters", { headers });
      const response = await handleHttpApi(attacked.servers[0], request);
      return `${response.status} ${await response.text()}`;
    };
    const before = await state();
    const answers = await burst(near(secret.slice("isthmus_".length)), (each) => bearer(`isthmus_${each}`));
    expect(answers.size).toBe(1);
    expect([...answers][0]).toMatch(/^401 .*not-signed-in/);
    expect(await state()).toBe(before);
    expect(await bearer(secret)).toMatch(/^200 /);
  });

  it("of a session's cookie is nobody's, and ends no session", async () => {
    const [name = "", token = ""] = cookie.split("=");
    const answers = await burst(
      near(token),
      async (each) => (await attacked.query("signIn.me", undefined, { cookie: `${name}=${each}` })).raw,
    );
    expect(answers.size).toBe(1);
    expect((await attacked.query("signIn.me", undefined, { cookie })).status).toBe(200);
  });

  it("of a manifest's link is gone, and does not use the link up", async () => {
    const made = await own<{ manifestUrl: string; grantId: string }>("clusters.connect", { name: "eu" });
    const token = made.manifestUrl.slice(made.manifestUrl.lastIndexOf("/") + 1);
    const open = (grantId: string, guess: string) =>
      openManifestLink({ server: attacked.servers[0], ip: "203.0.113.1" }, { grantId, token: guess });
    const before = await state();
    const answers = await burst(near(token), async (each) => JSON.stringify(await open(made.grantId, each)));
    expect(answers).toEqual(new Set([JSON.stringify(await open(randomUUID(), token))]));
    expect(await state()).toBe(before);
    const both = await Promise.all([open(made.grantId, token), open(made.grantId, token)]);
    expect(both.map(({ kind }) => kind).toSorted()).toEqual(["gone", "manifest"]);
  });

  it("of a ticket between two steps of a sign-in is nobody's", async () => {
    const browser = openBrowser(attacked.servers[0]);
    const begun = await browser.open(`/sign-in/oidc/${await provider()}`, {
      stop: (url) => url.pathname === "/sign-in/oidc/callback",
    });
    const ticket = begun.url.searchParams.get("state") ?? "";
    expect(ticket).toMatch(/^[\w-]{43}$/);
    const answers = await burst(near(ticket), async (each) => {
      const url = new URL(begun.url);
      url.searchParams.set("state", each);
      return (await openBrowser(attacked.servers[0]).open(url.href)).url.search;
    });
    expect(answers).toEqual(new Set(["?problem=expired"]));
    // A ticket of one kind is none of another.
    const code = await attacked.mutate("signIn.signInWithCode", { ticket, code: "123456" });
    expect(code.error?.code).toBe("sign-in-refused");
    const result = await attacked.mutate("providers.testResult", { token: ticket }, { cookie });
    expect(result.error?.code).toBe("not-found");
    expect((await browser.open(begun.url.href)).url.pathname).toBe("/");
    expect(await signedIn(browser)).toBe(true);
  });
});

async function provider(): Promise<string> {
  forging.reset({ sub: "s", email: "by-provider@attacked.example", email_verified: true });
  const id = randomUUID();
  const settings = providerSettings(forging.issuer, { name: `provider ${id}`, emailsVerified: true });
  const at = new Date(attacked.clock.now());
  await attacked.servers[0].database
    .forOrganisation(owner.organisationId)
    .transaction((tx) => storeProvider(tx, { id, settings, clientSecretSealed: null, origin: "app", by: null, at }));
  return id;
}

describe("sign-ins that are begun", () => {
  it("are limited for an address, since each keeps a ticket", async () => {
    const id = await provider();
    const problems: string[] = [];
    const browser = openBrowser(attacked.servers[0]);
    const stop = (url: URL) => url.pathname === "/authorize" || url.pathname === "/sign-in";
    // What the browser's address used up before in this file counts too.
    for (let at = 0; at < 121; at += 1) {
      const { url } = await browser.open(`/sign-in/oidc/${id}`, { stop });
      problems.push(url.searchParams.get("problem") ?? "begun");
    }
    expect(problems[0]).toBe("begun");
    expect(problems.at(-1)).toBe("too-many");
    const before = await attacked.sql("select 1 from sign_in_ticket");
    expect((await browser.open(`/sign-in/oidc/${id}`, { stop })).url.searchParams.get("problem")).toBe("too-many");
    expect(await attacked.sql("select 1 from sign_in_ticket")).toHaveLength(before.length);
    attacked.clock.advance(5 * 60_000);
    expect((await browser.open(`/sign-in/oidc/${id}`, { stop })).url.pathname).toBe("/authorize");
  });
});

describe("where a way in or out leads", () => {
  const evil = [
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "javascript:alert(1)",
    "/\t/evil.example",
    "@evil.example",
    "/%0d%0aset-cookie:a=b",
    "http:evil.example",
  ];

  it("is this site, after a provider's answer and after a test of a provider", async () => {
    const id = await provider();
    const { publicUrl } = attacked.servers[0].config;
    for (const next of evil) {
      const browser = openBrowser(attacked.servers[0]);
      const { url } = await browser.open(`/sign-in/oidc/${id}?${new URLSearchParams({ next }).toString()}`);
      expect([url.origin, url.hostname], next).toEqual([publicUrl, "localhost"]);
      const tester = openBrowser(attacked.servers[0]);
      await tester.mutate("signIn.signIn", { email: owner.email, password: owner.password });
      const begun = await tester.mutate("providers.test", { id, next });
      const landed = await tester.open((begun.data as { readonly url: string }).url);
      expect([landed.url.origin, landed.url.searchParams.has("test")], next).toEqual([publicUrl, true]);
      const failed = await openBrowser(attacked.servers[0]).open(
        `/sign-in/oidc/${randomUUID()}?${new URLSearchParams({ next }).toString()}`,
      );
      expect(failed.url.origin).toBe(publicUrl);
    }
  });

  it("is the provider that proved the session at its sign-out, which is told to send back here, and nothing that a request says", async () => {
    const browser = openBrowser(attacked.servers[0]);
    await browser.open(`/sign-in/oidc/${await provider()}`);
    const out = await browser.mutate("signIn.signOut", { providerUrl: "https://evil.example", next: "//evil.example" });
    const url = new URL((out.data as { readonly providerUrl: string }).providerUrl);
    expect([url.origin, url.pathname]).toEqual([forging.issuer, "/logout"]);
    expect(url.searchParams.get("post_logout_redirect_uri")).toBe("http://localhost:7400/sign-in");
    expect(await signedIn(browser)).toBe(false);
    const byPassword = await attacked.mutate("signIn.signOut", undefined, { cookie: await attacked.signIn(owner) });
    expect(byPassword.data).toEqual({ providerUrl: undefined });
  });

  it("is tied to the browser by a cookie that no script and, over https, no plain http reads", async () => {
    const id = await provider();
    const [server] = attacked.servers;
    const context = await contextOf(server, new Request(server.config.publicUrl), new Headers());
    const response = await startSignIn(context, id, new URLSearchParams());
    expect(response.headers.getSetCookie().join("\n")).toMatch(
      /^isthmus_sign_in=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/,
    );
    expect(browserCookie("https://isthmus.example.org", "v", 60_000)).toBe(
      "__Host-isthmus_sign_in=v; Path=/; HttpOnly; SameSite=Lax; Max-Age=60; Secure",
    );
  });
});
