import { installationId } from "@isthmus/db";
import { Secret, TOTP } from "otpauth";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { openBrowser, signedIn, type SignInBrowser } from "./support/sign-in-browser";
import { startSignInWorld, type SignInWorld } from "./support/sign-in-world";

const password = "a password of twelve";
const next = "the next password of twelve";
const everywhere = { clusters: { kind: "all" }, namespaces: "all", tiers: "all" };
let world: SignInWorld;
let acme: string;
let umbrella: string;
let owner: SignInBrowser;
let browser: SignInBrowser;
let email: string;
let personId: string;
let secret: string;
let people = 0;

beforeAll(async () => {
  world = await startSignInWorld();
  acme = (await world.web.organisation("acme")).id;
  umbrella = (await world.web.organisation("umbrella")).id;
  await world.addPerson(acme, { email: "owner@example.org", password, role: "owner" });
});
afterAll(() => world?.stop());

async function signIn(as: string, withPassword = password): Promise<SignInBrowser> {
  const at = openBrowser(world.server);
  await at.mutate("signIn.signIn", { email: as, password: withPassword });
  return at;
}

// A viewer of acme with a password and a second factor, who is signed in.
beforeEach(async () => {
  people += 1;
  email = `person-${people}@example.org`;
  personId = await world.addPerson(acme, { email, password, role: "viewer" });
  [owner, browser] = [await signIn("owner@example.org"), await signIn(email)];
  const begun = await browser.mutate("signIn.beginSecondFactor", { password });
  secret = (begun.data as { readonly secret: string }).secret;
  await browser.mutate("signIn.confirmSecondFactor", { code: code() });
  world.web.clock.advance(30_000);
});

const code = () => new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: world.web.clock.now() });
const firstStep = async (withPassword = password) =>
  (await openBrowser(world.server).mutate("signIn.signIn", { email, password: withPassword })).data;
const needsCode = { kind: "second-factor", ticket: expect.any(String) as string };
const take = (at = owner) => at.mutate("members.takeSecondFactor", { personId });
const nobody = () => openBrowser(world.server);

async function link(at = owner): Promise<string> {
  const { data, error } = await at.mutate("members.passwordLink", { personId });
  if (error !== undefined) throw new Error(error.message);
  return (data as { readonly url: string }).url.split("/reset/")[1] ?? "";
}
const setBy = (token: string, to = next) => nobody().mutate("account.setPasswordByLink", { token, password: to });

/** Another administrator of acme, who may manage members and read clusters. */
async function host(): Promise<SignInBrowser> {
  const made = await owner.mutate("roles.create", {
    name: `Host ${people}`,
    permissions: ["members.manage", "members.read", "clusters.read"],
  });
  const { id: role } = made.data as { readonly id: string };
  await world.addPerson(acme, { email: `host-${people}@example.org`, password, role });
  return signIn(`host-${people}@example.org`);
}

/** What makes an account known elsewhere than in acme. */
const elsewhere: readonly (readonly [string, () => Promise<unknown>])[] = [
  ["a member elsewhere", () => world.addPerson(umbrella, { email, role: null })],
  ["an administrator of the installation", () => world.addPerson(installationId, { email, role: null })],
  [
    "shut out elsewhere",
    async () => {
      await world.addPerson(umbrella, { email, role: null });
      await world.ask(umbrella, "update membership set disabled_at = now() where person_id = $1", [personId]);
    },
  ],
  [
    "known to another organisation's provider",
    async () => {
      const id = await world.addProvider({ organisationId: umbrella, issuer: "https://idp.example" });
      await world.ask(
        umbrella,
        "insert into person_identity (provider_id, subject, organisation_id, person_id) values ($1, 's', $2, $3)",
        [id, umbrella, personId],
      );
    },
  ],
];

describe("a second factor that is taken away", () => {
  it("opens by the password alone, after every session has ended, and the person is told until they saw it", async () => {
    expect(await firstStep()).toEqual(needsCode);
    expect((await owner.query("members.account", { personId })).data).toEqual({
      hasPassword: true,
      hasSecondFactor: true,
    });
    expect((await take()).status).toBe(200);
    expect(await signedIn(browser)).toBe(false);
    expect((await world.actions(acme))[0]).toBe("account.take-second-factor");
    const again = await signIn(email);
    expect((await again.query("account.notices")).data).toMatchObject({
      secondFactorTakenAt: expect.any(Date) as Date,
      passwordResetAt: null,
    });
    expect((await again.mutate("account.acknowledgeNotices")).status).toBe(200);
    expect((await again.query("account.notices")).data).toMatchObject({ secondFactorTakenAt: null });
    expect((await take()).error?.code).toBe("conflict");
    expect((await again.mutate("signIn.beginSecondFactor", { password })).status).toBe(200);
  });

  it.each(elsewhere)("is not taken by one organisation from somebody who is %s", async (_, known) => {
    await known();
    expect((await take()).error).toMatchObject({
      code: "forbidden",
      message: expect.stringContaining("administrator of the installation") as string,
    });
    expect(await firstStep()).toEqual(needsCode);
    expect(await signedIn(browser)).toBe(true);
  });

  it("is not taken by who may do less, from who is shut out, from oneself, nor by an API token", async () => {
    const lesser = await host();
    expect((await take(lesser)).error?.code).toBe("forbidden");
    await world.ask(acme, "delete from role_binding where person_id = $1", [personId]);
    await owner.mutate("members.disable", { personId });
    expect((await take(lesser)).error?.code).toBe("not-found");
    expect((await owner.mutate("members.takeSecondFactor", { personId: await idOf(owner) })).error?.code).toBe(
      "invalid-input",
    );
    await owner.mutate("members.enable", { personId });
    const made = await owner.mutate("tokens.create", { name: `t-${people}`, roleId: "owner", scope: everywhere });
    const token = world.web.withToken((made.data as { readonly secret: string }).secret);
    await expect(token.members.takeSecondFactor({ personId })).rejects.toThrow(/not for an API token/);
    await expect(token.members.passwordLink({ personId })).rejects.toThrow(/not for an API token/);
    expect(await firstStep()).toEqual(needsCode);
    expect((await take(lesser)).status).toBe(200);
  });
});

const idOf = async (at: SignInBrowser) => ((await at.query("signIn.me")).data as { readonly id: string }).id;

describe("a link for a new password", () => {
  it("sets it once, ends every session, and leaves the second factor", async () => {
    const token = await link();
    expect((await nobody().query("account.passwordLink", { token })).data).toEqual({ email, connected: [] });
    expect(await signedIn(browser)).toBe(true);
    expect((await setBy(token, "short")).error?.code).toBe("invalid-input");
    expect((await setBy(token)).status).toBe(200);
    expect(await signedIn(browser)).toBe(false);
    expect((await setBy(token)).error?.code).toBe("not-found");
    expect((await nobody().query("account.passwordLink", { token })).error?.code).toBe("not-found");
    expect(await firstStep()).toBeUndefined();
    expect(await firstStep(next)).toEqual(needsCode);
    expect((await world.actions(acme)).slice(0, 3)).toEqual([
      "sign-in.refuse",
      "account.reset-password",
      "account.make-password-link",
    ]);
    const { ticket } = (await firstStep(next)) as { readonly ticket: string };
    const again = nobody();
    await again.mutate("signIn.signInWithCode", { ticket, code: code() });
    expect((await again.query("account.notices")).data).toMatchObject({ passwordResetAt: expect.any(Date) as Date });
  });

  it("is used by one of two who race for it", async () => {
    const token = await link();
    const both = await Promise.all([setBy(token, `${next} one`), setBy(token, `${next} two`)]);
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 404]);
  });

  it("ends the links that were made for its person before", async () => {
    const [first, second] = [await link(), await link()];
    expect((await nobody().query("account.passwordLink", { token: first })).error?.code).toBe("not-found");
    expect((await setBy(first)).error?.code).toBe("not-found");
    expect((await setBy(second)).status).toBe(200);
  });

  it("is asked about again when the password is set, since hashing it takes a while", async () => {
    const lesser = await host();
    await world.ask(acme, "delete from role_binding where person_id = $1", [personId]);
    const token = await link(lesser);
    // The moment that the ticket is taken, which is after the link was looked at.
    const { lookups } = world.web.database;
    const take = lookups.takeSignInTicket.bind(lookups);
    const taking = vi.spyOn(lookups, "takeSignInTicket").mockImplementation(async (of) => {
      const ticket = await take(of);
      await owner.mutate("roles.bind", { roleId: "owner", scope: everywhere, holder: { kind: "person", personId } });
      return ticket;
    });
    const set = await setBy(token);
    taking.mockRestore();
    expect(set.error?.code).toBe("not-found");
    expect(await firstStep(next)).toBeUndefined();
  });

  const changes: readonly (readonly [string, () => unknown])[] = [
    ["its day is over", () => world.web.clock.advance(24 * 3_600_000)],
    [
      "the password was changed",
      () => browser.mutate("signIn.changePassword", { current: password, next: "x".repeat(12) }),
    ],
    ["its person was shut out", () => owner.mutate("members.disable", { personId })],
    ["its person was removed", () => owner.mutate("members.remove", { personId })],
    ...elsewhere.map(([name, known]) => [`its person became ${name}`, known] as const),
  ];
  it.each(changes)("is worth nothing when %s", async (_, change) => {
    const token = await link();
    await change();
    expect((await nobody().query("account.passwordLink", { token })).error?.code).toBe("not-found");
    expect((await setBy(token)).error?.code).toBe("not-found");
    expect(await firstStep(next)).toBeUndefined();
  });

  it("dies when its person is given more than its maker has, and with its maker", async () => {
    const lesser = await host();
    await world.ask(acme, "delete from role_binding where person_id = $1", [personId]);
    const token = await link(lesser);
    const bound = await owner.mutate("roles.bind", {
      roleId: "owner",
      scope: everywhere,
      holder: { kind: "person", personId },
    });
    expect((await setBy(token)).error?.code).toBe("not-found");
    await owner.mutate("roles.unbind", { id: (bound.data as { readonly id: string }).id });
    expect((await nobody().query("account.passwordLink", { token })).status).toBe(200);
    await owner.mutate("members.disable", { personId: await idOf(lesser) });
    expect((await setBy(token)).error?.code).toBe("not-found");
    expect(await firstStep(next)).toBeUndefined();
  });

  it("is not made for who may do more, for who is known elsewhere, nor where there is no password", async () => {
    await expect(link(await host())).rejects.toThrow(/may do what you may not/);
    const only = await world.addPerson(acme, { email: `only-${people}@example.org`, role: "viewer" });
    expect((await owner.mutate("members.passwordLink", { personId: only })).error?.code).toBe("barred");
    await world.addPerson(umbrella, { email, role: null });
    await expect(link()).rejects.toThrow(/administrator of the installation/);
  });
});

describe("an administrator of the installation", () => {
  let admin: SignInBrowser;

  beforeEach(async () => {
    await world.addPerson(installationId, {
      email: `admin-${people}@example.org`,
      password,
      role: "installation-administrator",
    });
    admin = await signIn(`admin-${people}@example.org`);
    await world.addPerson(umbrella, { email, role: "owner" });
  });

  it("helps whoever belongs to several, and each organisation reads of it", async () => {
    const made = await admin.mutate("organisations.passwordLink", { email: email.toUpperCase() });
    const token = (made.data as { readonly url: string }).url.split("/reset/")[1] ?? "";
    expect((await setBy(token)).status).toBe(200);
    expect(await firstStep(next)).toEqual(needsCode);
    expect((await admin.mutate("organisations.takeSecondFactor", { email })).status).toBe(200);
    expect(await firstStep(next)).toEqual({ kind: "done" });
    for (const organisation of [installationId, umbrella, acme]) {
      const actions = (await world.actions(organisation)).filter((each) => each.startsWith("account."));
      expect(actions.slice(0, 3)).toEqual([
        "account.take-second-factor",
        "account.reset-password",
        "account.make-password-link",
      ]);
    }
  });

  it("is somebody who administers the installation: managing its members opens no account, by either door", async () => {
    const made = await admin.mutate("roles.create", {
      name: `Members ${people}`,
      permissions: ["members.manage", "members.read"],
    });
    const { id: role } = made.data as { readonly id: string };
    const [keeper, colleague] = [`keeper-${people}@example.org`, `colleague-${people}@example.org`];
    await world.addPerson(installationId, { email: keeper, password, role });
    const of = { personId: await world.addPerson(installationId, { email: colleague, password, role: null }) };
    await world.addPerson(umbrella, { email: colleague, role: "owner" });
    const at = await signIn(keeper);
    expect((await at.query("members.account", of)).status).toBe(200);
    for (const [name, input] of [
      ["members.passwordLink", of],
      ["members.takeSecondFactor", of],
      ["organisations.passwordLink", { email: colleague }],
      ["organisations.takeSecondFactor", { email: colleague }],
    ] as const) {
      expect((await at.mutate(name, input)).error?.code, name).toBe("forbidden");
    }
    const linked = await admin.mutate("members.passwordLink", of);
    const token = (linked.data as { readonly url: string }).url.split("/reset/")[1] ?? "";
    await world.ask(installationId, "update role_binding set role_id = $1 where person_id = $2", [
      role,
      await idOf(admin),
    ]);
    expect((await setBy(token)).error?.code).toBe("not-found");
  });

  it("is told of an address that nobody has, and cannot help themselves", async () => {
    expect((await admin.mutate("organisations.passwordLink", { email: "no@example.org" })).error?.code).toBe(
      "not-found",
    );
    const own = { email: `admin-${people}@example.org` };
    expect((await admin.mutate("organisations.takeSecondFactor", own)).error?.code).toBe("invalid-input");
  });
});
