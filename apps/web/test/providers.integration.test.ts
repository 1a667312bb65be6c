import { installationId } from "@isthmus/db";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startForgingProvider, type ForgingProvider } from "./support/forging-provider";
import { openBrowser, signedIn, type SignInBrowser } from "./support/sign-in-browser";
import { publicUrl, startSignInWorld, type SignInWorld } from "./support/sign-in-world";

const password = "a password of twelve";
let world: SignInWorld;
let forging: ForgingProvider;
let acme: string;
let owner: SignInBrowser;

beforeAll(async () => {
  [world, forging] = await Promise.all([startSignInWorld(), startForgingProvider()]);
  acme = (await world.web.organisation("acme")).id;
  owner = await signInNew("boss@example.org", "owner");
});
afterAll(async () => {
  await Promise.all([world?.stop(), forging?.stop()]);
});
beforeEach(() => forging.reset({ sub: "ann", email: "ann@example.org", email_verified: true, groups: ["sre"] }));

async function signInNew(email: string, role: string, organisation = acme): Promise<SignInBrowser> {
  await world.addPerson(organisation, { email, password, role });
  const browser = openBrowser(world.server);
  await browser.mutate("signIn.signIn", { email, password });
  return browser;
}

const settings = (more = {}) => ({
  name: `Company ${Math.random().toString(36).slice(2, 8)}`,
  issuer: forging.issuer,
  clientId: "isthmus",
  joinRule: "anyone",
  ...more,
});

async function create(more = {}): Promise<string> {
  const { data, error } = await owner.mutate(
    "providers.create",
    settings({ clientSecret: "a client secret", ...more }),
  );
  expect(error).toBeUndefined();
  return (data as { readonly id: string }).id;
}

interface Listed {
  readonly id: string;
  readonly name: string;
  readonly lastError: string;
  readonly testedAt: Date | null;
}
const listed = async () => (await owner.query("providers.list")).data as { readonly providers: readonly Listed[] };
const find = async (id: string) => (await listed()).providers.find((each) => each.id === id);

describe("a provider in the app", () => {
  it("is tried before it is stored, and its secret is never said again", async () => {
    const id = await create();
    const { data } = await owner.query("providers.list");
    const { providers } = data as {
      readonly providers: readonly { readonly id: string; readonly logoutUri: string }[];
    };
    for (const { id, logoutUri } of providers) expect(logoutUri).toBe(`${publicUrl}/auth/backchannel/${id}`);
    expect(data).toMatchObject({ redirectUri: `${publicUrl}/sign-in/oidc/callback`, secretsAvailable: true });
    expect(JSON.stringify(data)).not.toContain("a client secret");
    expect(await find(id)).toMatchObject({ hasClientSecret: true, origin: "app" });
    const audit = JSON.stringify(await world.ask(acme, "select detail from audit_entry where target_id = $1", [id]));
    expect(audit).toContain("changed");
    expect(audit).not.toContain("a client secret");
  });

  const wrong = [
    { name: "no URL", more: { issuer: "id.example.org" }, says: /is a URL/ },
    { name: "plain http elsewhere", more: { issuer: "http://id.example.org" }, says: /https:/ },
    {
      name: "the document's own address",
      more: { issuer: "https://id.example.org/.well-known/openid-configuration" },
      says: /before \/\.well-known/,
    },
    { name: "a query", more: { issuer: "https://id.example.org/?a=b" }, says: /without query/ },
    {
      name: "nobody there",
      more: { issuer: "http://127.0.0.1:9" },
      says: /No provider was found at http:\/\/127\.0\.0\.1:9/,
    },
    { name: "no name", more: { name: " " }, says: /name/ },
    { name: "a scope with a space", more: { scopes: ["openid profile"] }, says: /without spaces/ },
  ];
  it.each(wrong)("with $name is refused with the cure", async ({ more, says }) => {
    const before = (await listed()).providers.length;
    const { error } = await owner.mutate("providers.create", settings(more));
    expect(error).toMatchObject({ code: "invalid-input", message: expect.stringMatching(says) as string });
    expect((await listed()).providers).toHaveLength(before);
  });

  it("has a name of its own", async () => {
    const id = await create({ name: "Twice" });
    expect((await owner.mutate("providers.create", settings({ name: "Twice" }))).error?.code).toBe("conflict");
    await owner.mutate("providers.remove", { id });
  });

  it("that moves to another issuer does not take its secret there, and forgets whom it knew", async () => {
    const id = await create({ name: "Moving" });
    const person = openBrowser(world.server);
    await person.open(`/sign-in/oidc/${id}`);
    expect(await signedIn(person)).toBe(true);
    const other = await startForgingProvider();
    const moved = { id, ...settings({ name: "Moving", issuer: other.issuer }) };
    expect((await owner.mutate("providers.update", moved)).error?.message).toMatch(/not sent to another/);
    expect(await signedIn(person)).toBe(true);
    expect((await owner.mutate("providers.update", { ...moved, clientSecret: "theirs" })).status).toBe(200);
    expect(await signedIn(person)).toBe(false);
    expect(await world.ask(acme, "select 1 from person_identity where provider_id = $1", [id])).toEqual([]);
    await other.stop();
  });

  it("that is switched off or removed ends its sessions and its groups' roles", async () => {
    const id = await create({ name: "Ending" });
    await world.bind(acme, { provider: id, group: "sre", role: "owner" });
    const person = openBrowser(world.server);
    await person.open(`/sign-in/oidc/${id}`);
    expect((await person.query("signIn.me")).data).toMatchObject({ roles: ["Owner"] });
    await owner.mutate("providers.update", { id, ...settings({ name: "Ending", enabled: false }) });
    expect(await signedIn(person)).toBe(false);
    expect(await world.ask(acme, "select 1 from person_group where provider_id = $1", [id])).toEqual([]);
    expect(await world.ask(acme, "select 1 from role_binding where provider_id = $1", [id])).toHaveLength(1);
    await owner.mutate("providers.remove", { id });
    expect(await world.ask(acme, "select 1 from role_binding where provider_id = $1", [id])).toEqual([]);
    expect((await world.actions(acme))[0]).toBe("provider.delete");
  });

  it("is another organisation's business alone, and needs the permission", async () => {
    const id = await create();
    const umbrella = (await world.web.organisation("umbrella")).id;
    const stranger = await signInNew("stranger@example.org", "owner", umbrella);
    expect((await stranger.query("providers.list")).data).toMatchObject({ providers: [] });
    const acts = [
      ["providers.update", { id, ...settings() }],
      ["providers.remove", { id }],
      ["providers.test", { id, next: "/" }],
    ] as const;
    for (const [path, input] of acts) expect((await stranger.mutate(path, input)).error?.code).toBe("not-found");
    const viewer = await signInNew("viewer@example.org", "viewer");
    expect((await viewer.query("providers.list")).error?.code).toBe("forbidden");
    expect((await viewer.mutate("providers.create", settings())).error?.code).toBe("forbidden");
  });
});

describe("a test of a provider", () => {
  const test = async (id: string, by = owner) => {
    const { data, error } = await by.mutate("providers.test", { id, next: "/access/sign-on?provider=x" });
    expect(error).toBeUndefined();
    const { url } = await by.open((data as { readonly url: string }).url);
    expect(url.pathname).toBe("/access/sign-on");
    expect(url.searchParams.get("provider")).toBe("x");
    return url.searchParams.get("test") ?? "";
  };
  const resultOf = async (token: string, by = owner) => by.mutate("providers.testResult", { token });

  it("shows what came and what a sign-in would come to, and signs nobody in", async () => {
    const id = await create({ enabled: false, joinRule: "groups" });
    await world.bind(acme, { provider: id, group: "sre", role: "viewer" });
    forging.reset({ sub: "new-1", email: "new@example.org", email_verified: true, groups: ["sre"], extra: "shown" });
    const session = owner.cookies.get("isthmus_session");
    const { data } = await resultOf(await test(id));
    expect(data).toMatchObject({
      providerId: id,
      result: {
        kind: "answered",
        idTokenClaims: { extra: "shown", sub: "new-1" },
        userinfoClaims: { sub: "new-1" },
        profile: { email: "new@example.org", emailVerified: true, groups: ["sre"] },
        outcome: { kind: "new-person", joins: ["acme"] },
      },
    });
    expect(owner.cookies.get("isthmus_session")).toBe(session);
    expect(await world.ask(acme, "select 1 from person where email = 'new@example.org'")).toEqual([]);
    expect((await find(id))?.testedAt).not.toBeNull();
    expect((await world.actions(acme))[0]).toBe("provider.test");
  });

  it("says whom it means, and why somebody would be refused", async () => {
    const id = await create({ joinRule: "invited" });
    const outcome = async () => {
      const { data } = await resultOf(await test(id));
      return (data as { readonly result: { readonly outcome: unknown } }).result.outcome;
    };
    forging.reset({ sub: "x", email: "boss@example.org", email_verified: true });
    expect(await outcome()).toMatchObject({
      kind: "known-person",
      says: expect.stringContaining("boss@example.org") as string,
    });
    forging.reset({ sub: "x", email: "boss@example.org" });
    expect(await outcome()).toMatchObject({ kind: "refused", says: expect.stringContaining("does not say") as string });
    forging.reset({ sub: "x", email: "nobody@example.org", email_verified: true });
    expect(await outcome()).toMatchObject({ kind: "refused", says: expect.stringContaining("invited") as string });
    forging.reset({ sub: "x" });
    expect(await outcome()).toMatchObject({ kind: "refused", says: expect.stringContaining("`email`") as string });
  });

  it("says what is wrong with the answer, and keeps it with the provider until it works", async () => {
    const id = await create();
    forging.behaviour.foreignKey = true;
    const { data } = await resultOf(await test(id));
    expect(data).toMatchObject({ result: { kind: "failed", code: "answer-invalid" } });
    expect((await find(id))?.lastError).toMatch(/token: /);
    forging.behaviour.foreignKey = false;
    await resultOf(await test(id));
    expect((await find(id))?.lastError).toBe("");
  });

  it("is shown once, and to its tester alone", async () => {
    const id = await create();
    const colleague = await signInNew("colleague@example.org", "owner");
    const token = await test(id);
    expect((await resultOf(token, colleague)).error?.code).toBe("not-found");
    const again = await test(id);
    expect((await resultOf(again)).status).toBe(200);
    expect((await resultOf(again)).error?.code).toBe("not-found");
    // Somebody else's browser that comes back with the tester's answer gets nothing.
    const begun = (await owner.mutate("providers.test", { id, next: "/" })).data as { readonly url: string };
    const { url: callback } = await owner.open(begun.url, { stop: (url) => url.pathname === "/sign-in/oidc/callback" });
    const { url } = await colleague.open(callback.href);
    expect(url.searchParams.get("test")).toBeNull();
    expect(url.searchParams.get("problem")).toBe("expired");
  });
});

describe("another member's eyes", () => {
  it("are looked through by an owner, who changes nothing meanwhile, and goes back", async () => {
    const viewer = await world.addPerson(acme, { email: "seen@example.org", role: "viewer" });
    expect((await owner.mutate("signIn.viewAs", { personId: viewer })).status).toBe(200);
    expect((await owner.query("providers.list")).error?.code).toBe("forbidden");
    expect((await owner.mutate("signIn.revokeOtherSessions")).error?.code).toBe("forbidden");
    expect(await world.actions(acme)).toContain("view-as.begin");
    expect((await owner.mutate("signIn.stopViewAs")).status).toBe(200);
    expect((await owner.query("providers.list")).status).toBe(200);
    expect((await world.actions(acme))[0]).toBe("view-as.end");
  });

  it("are not those of somebody who may do more, of a stranger, or one's own", async () => {
    const [role] = await world.ask<{ id: string }>(
      acme,
      `insert into role (id, organisation_id, name, permissions)
       values (gen_random_uuid(), $1, 'Looker', array['organisation.view-as', 'members.read']) returning id`,
      [acme],
    );
    const looker = await signInNew("looker@example.org", role?.id ?? "");
    const [boss] = await world.ask<{ id: string }>(acme, "select id from person where email = 'boss@example.org'");
    const refused = await looker.mutate("signIn.viewAs", { personId: boss?.id });
    expect(refused.error).toMatchObject({
      code: "forbidden",
      message: expect.stringContaining("may do what you may not") as string,
    });
    const stranger = await world.addPerson(installationId, { email: "elsewhere@example.org" });
    expect((await looker.mutate("signIn.viewAs", { personId: stranger })).error?.code).toBe("not-found");
    const { id } = (await looker.query("signIn.me")).data as { readonly id: string };
    expect((await looker.mutate("signIn.viewAs", { personId: id })).error?.code).toBe("invalid-input");
  });
});
