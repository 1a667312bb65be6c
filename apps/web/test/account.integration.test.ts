import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startForgingProvider, type ForgingProvider } from "./support/forging-provider";
import { openBrowser } from "./support/sign-in-browser";
import { startSignInWorld, type SignInWorld } from "./support/sign-in-world";

const password = "a password of twelve";
let world: SignInWorld;
let forging: ForgingProvider;
let acme: string;

beforeAll(async () => {
  [world, forging] = await Promise.all([startSignInWorld(), startForgingProvider()]);
  acme = (await world.web.organisation("acme")).id;
});
afterAll(async () => {
  await Promise.all([world?.stop(), forging?.stop()]);
});

describe("a person's name", () => {
  it("is changed by themselves, trimmed, and written into the audit log", async () => {
    const email = "ada@example.org";
    await world.addPerson(acme, { email, password, role: "owner" });
    const browser = openBrowser(world.server);
    await browser.mutate("signIn.signIn", { email, password });
    expect((await browser.mutate("account.rename", { displayName: "  Ada Lovelace " })).status).toBe(200);
    expect((await browser.query("signIn.me")).data).toMatchObject({ displayName: "Ada Lovelace" });
    const { members } = (await browser.query("members.list")).data as {
      readonly members: readonly { readonly email: string; readonly displayName: string }[];
    };
    expect(members.find((each) => each.email === email)).toMatchObject({ displayName: "Ada Lovelace" });
    expect((await world.actions(acme))[0]).toBe("account.rename");
    for (const displayName of ["", "  ", "x".repeat(81), "Ada\u0000", "Ada\nOwner"]) {
      expect((await browser.mutate("account.rename", { displayName })).error?.code).toBe("invalid-input");
    }
    expect((await browser.query("signIn.me")).data).toMatchObject({ displayName: "Ada Lovelace" });
  });

  it("is changed by a session of an organisation's own provider where no other organisation sees it", async () => {
    const id = await world.addProvider({ organisationId: acme, issuer: forging.issuer });
    forging.reset({ sub: "kim", email: "kim@example.org", email_verified: true, name: "Kim" });
    const browser = openBrowser(world.server);
    await browser.open(`/sign-in/oidc/${id}`);
    expect((await browser.mutate("account.rename", { displayName: "Kim K." })).status).toBe(200);
    const umbrella = (await world.web.organisation("umbrella")).id;
    await world.addPerson(umbrella, { email: "kim@example.org" });
    expect((await browser.mutate("account.rename", { displayName: "Owner of umbrella" })).error?.code).toBe(
      "forbidden",
    );
    expect((await browser.query("signIn.me")).data).toMatchObject({ displayName: "Kim K." });
  });
});
