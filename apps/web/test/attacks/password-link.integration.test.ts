import { installationId } from "@isthmus/db";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startForgingProvider, type ForgingProvider } from "../support/forging-provider";
import { openBrowser, type SignInBrowser } from "../support/sign-in-browser";
import { startSignInWorld, type SignInWorld } from "../support/sign-in-world";

// Whoever makes a link for a new password can use it themselves, and wants the account to stay open when that is found out.

const password = "a password of twelve";
const next = "the next password of twelve";
const hourMs = 3_600_000;
let world: SignInWorld;
let forging: ForgingProvider;
let acme: string;
let forAll: string;
let owner: SignInBrowser;
let victim: SignInBrowser;
let email: string;
let personId: string;
let round = 0;

beforeAll(async () => {
  [world, forging] = await Promise.all([startSignInWorld(), startForgingProvider()]);
  acme = (await world.web.organisation("acme")).id;
  const settings = { name: "For all", joinRule: "invited" } as const;
  forAll = await world.addProvider({ organisationId: installationId, issuer: forging.issuer, settings });
  await world.addPerson(acme, { email: "owner@example.org", password, role: "owner" });
});
afterAll(async () => {
  await Promise.all([world?.stop(), forging?.stop()]);
});
beforeEach(async () => {
  round += 1;
  email = `victim-${round}@example.org`;
  personId = await world.addPerson(acme, { email, password, role: "viewer" });
  [owner, victim] = [await signIn("owner@example.org", password), await signIn(email, password)];
  forging.reset({ sub: `s-${round}`, email: `x-${round}@example.net`, email_verified: true });
});

async function signIn(as: string, withPassword: string): Promise<SignInBrowser> {
  const at = openBrowser(world.server);
  await at.mutate("signIn.signIn", { email: as, password: withPassword });
  return at;
}

async function link(): Promise<string> {
  const { data } = await owner.mutate("members.passwordLink", { personId });
  return (data as { readonly url: string }).url.split("/reset/")[1] ?? "";
}

/** Signs in as the victim with a password that the link has set. */
async function takeOver(): Promise<SignInBrowser> {
  const set = await openBrowser(world.server).mutate("account.setPasswordByLink", {
    token: await link(),
    password: next,
  });
  expect(set.status).toBe(200);
  return signIn(email, next);
}

const connect = (at: SignInBrowser, withPassword = next) =>
  at.mutate("account.connect", { id: forAll, password: withPassword });
const offerOf = async (at: SignInBrowser, withPassword?: string) => {
  const { data } = await connect(at, withPassword);
  return (await at.open((data as { readonly url: string }).url)).url.searchParams.get("connect") ?? "";
};
const connections = async (at: SignInBrowser) =>
  (await at.query("account.connections")).data as {
    readonly providers: readonly { readonly connectedAs: readonly string[]; readonly connectedAt: Date | null }[];
    readonly passwordSetByLinkAt: Date | null;
  };

describe("an account whose password a link has set", () => {
  it("is not connected with a provider within a day, whoever said that they saw the notice", async () => {
    const intruder = await takeOver();
    expect((await connect(intruder)).error).toMatchObject({ code: "barred" });
    expect((await intruder.mutate("account.acknowledgeNotices")).status).toBe(200);
    expect((await connect(intruder)).error).toMatchObject({
      code: "barred",
      message: expect.stringContaining("less than a day ago") as string,
    });
    world.web.clock.advance(24 * hourMs + 1);
    expect((await connect(await signIn(email, next))).status).toBe(200);
  });

  it("is not connected after the day either, while the notice stands", async () => {
    await takeOver();
    world.web.clock.advance(24 * hourMs + 1);
    const later = await signIn(email, next);
    expect((await connect(later)).error?.message).toMatch(/have seen it/);
    expect((await later.mutate("account.acknowledgeNotices")).status).toBe(200);
    expect((await connect(later)).status).toBe(200);
  });

  it("is not connected by a confirmation that was asked for before", async () => {
    const token = await offerOf(victim, password);
    // As in the moment between the two: the session is still there.
    await world.ask(acme, "update person set password_link_used_at = $2 where id = $1", [
      personId,
      new Date(world.web.clock.now()),
    ]);
    expect((await victim.mutate("account.confirmConnection", { token })).error?.code).toBe("barred");
    expect((await connections(victim)).providers[0]?.connectedAs).toEqual([]);
  });

  it("says so in the settings for ninety days, also when the notice was put away", async () => {
    const intruder = await takeOver();
    await intruder.mutate("account.acknowledgeNotices");
    expect((await connections(intruder)).passwordSetByLinkAt).toEqual(expect.any(Date));
    world.web.clock.advance(89 * 24 * hourMs);
    const later = await signIn(email, next);
    expect((await connections(later)).passwordSetByLinkAt).toEqual(expect.any(Date));
    world.web.clock.advance(24 * hourMs);
    expect((await connections(await signIn(email, next))).passwordSetByLinkAt).toBeNull();
  });

  it("names what else opens it: on the page of the link, in the notice, and in the settings since when", async () => {
    await victim.mutate("account.confirmConnection", { token: await offerOf(victim, password) });
    const token = await link();
    const page = await openBrowser(world.server).query("account.passwordLink", { token });
    expect(page.data).toEqual({ email, connected: ["For all"] });
    const again = await takeOver();
    expect((await again.query("account.notices")).data).toMatchObject({ connected: ["For all"] });
    expect((await connections(again)).providers[0]).toMatchObject({
      connectedAs: [`x-${round}@example.net`],
      connectedAt: expect.any(Date) as Date,
    });
  });
});
