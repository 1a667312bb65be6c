import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { addMember } from "@isthmus/db";
import { Secret, TOTP } from "otpauth";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hashPassword } from "../apps/web/src/features/sign-in/server/password";
import { signInAt, startBrowser, type SignInPerson } from "./support/browser";
import { startIdentityProvider, type IdentityProvider } from "../apps/web/test/support/identity-provider";
import { startWebProcess, type WebProcess } from "./support/web-process";

const PORT = 9660;
let web: WebProcess;
let company: IdentityProvider;
let browser: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  [browser, company, web] = await Promise.all([
    startBrowser(),
    startIdentityProvider(`http://localhost:${PORT}`),
    startWebProcess(PORT),
  ]);
  company.accounts.set("ann", { email: "ann@example.org", emailVerified: true, name: "Ann Example", groups: ["sre"] });
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([web?.stop(), company?.stop()]);
});
beforeEach(async () => {
  context = await browser.newContext();
  page = await context.newPage();
  page.setDefaultTimeout(20_000);
});
afterEach(() => context.close());

const open = (path: string) => page.goto(`${web.url}${path}`);
const atSignIn = () => page.waitForURL((url) => url.origin === web.url && url.pathname === "/sign-in");
const inside = () => page.getByRole("button", { name: /^Account of/ }).waitFor();

const signIn = (person: SignInPerson) => signInAt(page, web.url, person);

async function signOut(): Promise<void> {
  await page.getByRole("button", { name: /^Account of/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
}

describe("single sign-on, set up by the access file", () => {
  it("signs in after consent, where the person wanted to go, and out at the provider, too", async () => {
    web.writeAccessFile(`providers:
  - { name: Company, issuer: "${company.issuer}", clientId: isthmus, joinRule: groups, scopes: [openid, profile, email, groups], clientSecretFile: ${web.secretFile(company.clientSecret)} }
bindings:
  - { organisation: Isthmus, provider: Company, group: sre, role: viewer }
`);
    const link = page.getByRole("link", { name: "Continue with Company" });
    await expect
      .poll(
        async () => {
          await open("/clusters");
          return link.waitFor({ timeout: 2_000 }).then(
            () => true,
            () => false,
          );
        },
        { timeout: 30_000 },
      )
      .toBe(true);
    await link.click();
    await page.waitForURL((url) => url.origin === company.issuer);
    await page.locator("input[name=login]").fill("ann");
    await page.locator("input[name=password]").fill("any");
    await page.getByRole("button", { name: /sign-in/i }).click();
    await page.getByRole("button", { name: /continue/i }).click();
    await page.waitForURL(`${web.url}/clusters`);
    await page.getByRole("button", { name: "Account of Ann Example, in Isthmus" }).waitFor();
    // The page's stream ends with its session, here well before the answer that says where to sign out.
    await page.route(/signIn\.signOut/, async (route) => {
      const response = await route.fetch();
      await setTimeout(1_500);
      await route.fulfill({ response });
    });
    await signOut();
    await page.waitForURL((url) => url.origin === company.issuer);
    await page.getByRole("button", { name: /sign me out/i }).click();
    await atSignIn();
    // The provider forgot them as well: it asks who they are.
    await link.click();
    await page.locator("input[name=login]").waitFor();
  });

  it("says what happened when the person says no at the provider", async () => {
    await open("/sign-in?next=/graph");
    await page.getByRole("link", { name: "Continue with Company" }).click();
    await page.getByRole("link", { name: /cancel/i }).click();
    await atSignIn();
    await page.getByRole("alert").filter({ hasText: "stopped at the provider" }).waitFor();
    expect(new URL(page.url()).searchParams.get("next")).toBe("/graph");
  });
});

describe("a local account", () => {
  it("with a second factor asks for its code, and a recovery code stands in for it once", async () => {
    await signIn(web.owner);
    await inside();
    await open("/settings");
    await page.getByRole("button", { name: "Set it up" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Your password").fill(web.owner.password);
    await dialog.getByRole("button", { name: "Go on" }).click();
    const shown = await dialog.locator("p.font-mono").innerText();
    const totp = new TOTP({ secret: Secret.fromBase32(shown.replaceAll(/\s/g, "")) });
    await dialog.getByLabel("The code that the app shows").fill(totp.generate());
    await dialog.getByRole("button", { name: "Turn it on" }).click();
    await page.getByText("They are not shown again").waitFor();
    const [recovery = ""] = /([a-z0-9]{4}-){3}[a-z0-9]{4}/.exec(await page.getByRole("dialog").innerText()) ?? [];
    await page.getByRole("button", { name: "I have kept them" }).click();
    await signOut();
    await atSignIn();

    await signIn(web.owner);
    const code = page.getByLabel("Code from your authenticator app");
    await code.fill("000000");
    await page.getByRole("button", { name: /sign in|go on|continue/i }).click();
    await page.getByText(/code is wrong/).waitFor();
    // The step that turned it on is used up, so this is the code of the next one.
    await code.fill(totp.generate({ timestamp: Date.now() + 30_000 }));
    await page.getByRole("button", { name: /sign in|go on|continue/i }).click();
    await inside();
    await signOut();
    await atSignIn();

    await signIn(web.owner);
    await page.getByRole("button", { name: /recovery code/i }).click();
    await page.getByLabel("Recovery code").fill(recovery);
    await page.getByRole("button", { name: /sign in|go on|continue/i }).click();
    await inside();
  });

  it("whose password was given to it chooses its own before anything else", async () => {
    const given = { email: "new@example.org", password: "a password that was given" };
    const [organisation] = await web.database.lookups.listOrganisationsForJobs();
    const passwordHash = await hashPassword(given.password);
    await web.database.forOrganisation(organisation?.id ?? "").transaction((tx) =>
      addMember(tx, {
        personId: randomUUID(),
        email: given.email,
        displayName: "Nora New",
        passwordHash,
        mustChangePassword: true,
        role: "viewer",
      }),
    );
    await signIn(given);
    await page.waitForURL((url) => url.pathname === "/new-password");
    await open("/clusters");
    await page.waitForURL((url) => url.pathname === "/new-password");
    const next = "a password of her own";
    await page.getByLabel("The password that you were given").fill(given.password);
    await page.getByLabel("New password").fill(next);
    await page.getByLabel("The same again").fill(next);
    await page.getByRole("button", { name: "Change it and go on" }).click();
    await inside();
    await signOut();
    await atSignIn();
    await signIn({ email: given.email, password: next });
    await inside();
  });
});
