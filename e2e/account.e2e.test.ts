import { randomUUID } from "node:crypto";
import { addMember, createOrganisation, installationId, listProviders, setRequiresOwnProvider } from "@isthmus/db";
import { Secret, TOTP } from "otpauth";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hashPassword } from "../apps/web/src/features/sign-in/server/password";
import { startIdentityProvider, type IdentityProvider } from "../apps/web/test/support/identity-provider";
import { startBrowser } from "./support/browser";
import { eventually } from "./support/eventually";
import { startWebProcess, type WebProcess } from "./support/web-process";

const PORT = 9670;
const password = "a password of twelve";
let web: WebProcess;
let company: IdentityProvider;
let browser: Browser;
let organisation: string;
let contexts: BrowserContext[] = [];
let page: Page;

beforeAll(async () => {
  [browser, company, web] = await Promise.all([
    startBrowser(),
    startIdentityProvider(`http://localhost:${PORT}`),
    startWebProcess(PORT),
  ]);
  organisation = (await web.database.lookups.listOrganisationsForJobs())[0]?.id ?? "";
  company.accounts.set("olli", { email: "olli@private.example", emailVerified: true, name: "Olli", groups: [] });
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([web?.stop(), company?.stop()]);
});
beforeEach(async () => {
  page = await newPage();
});
afterEach(async () => {
  await Promise.all(contexts.map((each) => each.close()));
  contexts = [];
});

/** A browser of its own. */
async function newPage(): Promise<Page> {
  const context = await browser.newContext();
  contexts.push(context);
  const made = await context.newPage();
  made.setDefaultTimeout(20_000);
  return made;
}

const open = (path: string, at = page) => at.goto(`${web.url}${path}`);
const inside = (at = page) => at.getByRole("button", { name: /^Account of/ }).waitFor();

async function signIn(who: { readonly email: string; readonly password: string }, at = page): Promise<void> {
  await open("/sign-in", at);
  await at.getByLabel("E-mail").fill(who.email);
  await at.getByLabel("Password", { exact: true }).fill(who.password);
  await at.getByRole("button", { name: "Sign in" }).click();
}

/** Types the login at the provider's own page, and consents where it asks. */
async function signInAtProvider(login: string, at = page): Promise<void> {
  await at.waitForURL((url) => url.origin === company.issuer);
  await at.locator("input[name=login]").fill(login);
  await at.locator("input[name=password]").fill("any");
  await at.getByRole("button", { name: /sign-in/i }).click();
  await at.getByRole("button", { name: /continue/i }).click();
  await at.waitForURL((url) => url.origin === web.url);
}

/** A link that the page shows once. */
const onceShown = async (label: string) => (await page.locator(`pre[aria-label="${label}"]`).innerText()).trim();

async function member(email: string, displayName: string, role: string): Promise<string> {
  const given = { personId: randomUUID(), email, displayName, role };
  const passwordHash = await hashPassword(password);
  return web.database
    .forOrganisation(organisation)
    .transaction((tx) => addMember(tx, { ...given, passwordHash, mustChangePassword: false }));
}

/** Has the access file set up a provider, and waits until it is there; its id. */
async function provider(of: { readonly id: string; readonly name: string }, lines: string): Promise<string> {
  web.writeAccessFile(lines);
  return eventually(`the provider of ${of.name} is there`, async () => {
    const found = await web.database.forOrganisation(of.id).transaction(listProviders);
    return found.find((each) => each.enabled)?.id;
  });
}

const entry = (name: string, more = "") =>
  `{ name: ${name}, issuer: "${company.issuer}", clientId: isthmus, joinRule: invited, clientSecretFile: ${web.secretFile(company.clientSecret)}${more} }`;

describe("a person's own account", () => {
  it("has another name from the moment it is saved", async () => {
    await signIn(web.owner);
    await inside();
    await open("/settings");
    await page.getByRole("button", { name: "Change your name" }).click();
    const field = page.getByLabel("Your name");
    await field.fill("x".repeat(81));
    await page.getByText("at most 80 characters").waitFor();
    await field.fill("Olga Owner");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("button", { name: "Account of Olga Owner, in Isthmus" }).waitFor();
  });

  it("is connected with a provider after its address was shown, opened by it, and signed out by it", async () => {
    const id = await provider({ id: installationId, name: "all" }, `providers:\n  - ${entry("Company")}\n`);
    await signIn(web.owner);
    await inside();
    await open("/settings");
    await page.getByRole("button", { name: "Connect Company" }).click();
    await page.getByRole("dialog").getByLabel("Your password").fill(web.owner.password);
    await page.getByRole("button", { name: "Go to Company" }).click();
    await signInAtProvider("olli");
    const dialog = page.getByRole("dialog", { name: "Connect Company with your account?" });
    await dialog.getByText("olli@private.example").waitFor();
    await dialog.getByRole("button", { name: "Yes, connect it" }).click();
    await page.getByRole("list", { name: "Providers" }).getByText("olli@private.example").waitFor();
    expect(new URL(page.url()).search).not.toContain("connect=");

    const other = await newPage();
    await open("/sign-in", other);
    await other.getByRole("link", { name: "Continue with Company" }).click();
    await signInAtProvider("olli", other);
    await other.getByRole("button", { name: /^Account of .*, in Isthmus$/ }).waitFor();
    // At the provider alone: it tells the product, which has nothing of this browser.
    company.forwardLogoutTo = `${web.url}/auth/backchannel/${id}`;
    const atProvider = await contexts[1]!.newPage();
    await atProvider.goto(`${company.issuer}/session/end`);
    await atProvider.getByRole("button", { name: /sign me out/i }).click();
    await atProvider.getByText(/sign-out success/i).waitFor();
    await other.waitForURL((url) => url.pathname === "/sign-in");

    await page.getByRole("button", { name: "Disconnect Company" }).click();
    await page.getByRole("dialog").getByLabel("Your password").fill(web.owner.password);
    await page.getByRole("dialog").getByRole("button", { name: "Disconnect" }).click();
    await page.getByRole("button", { name: "Connect Company" }).waitFor();
  });

  it("is led into an organisation that wants its own provider, and back to the same page", async () => {
    const umbrella = { id: randomUUID(), name: "Umbrella" };
    await web.database.forOrganisation(installationId).transaction((tx) => createOrganisation(tx, umbrella));
    await provider(umbrella, `providers:\n  - ${entry("UmbrellaSSO", ", organisation: Umbrella, shown: false")}\n`);
    company.accounts.set("olga", { email: web.owner.email, emailVerified: true, name: "Olga", groups: [] });
    await web.database.forOrganisation(umbrella.id).transaction(async (tx) => {
      const given = { personId: randomUUID(), email: web.owner.email, displayName: "", passwordHash: null };
      await addMember(tx, { ...given, mustChangePassword: false, role: "owner" });
      await setRequiresOwnProvider(tx, true);
    });
    await signIn(web.owner);
    await inside();
    await open("/access/people");
    await page.getByRole("button", { name: /^Account of/ }).click();
    await page.getByRole("menuitem", { name: /Umbrella/ }).click();
    await page.getByRole("heading", { name: "Sign in to Umbrella" }).waitFor();
    await page.getByRole("link", { name: "Continue with UmbrellaSSO" }).click();
    await page.waitForURL((url) => url.origin === company.issuer);
    await page.getByRole("link", { name: /cancel/i }).click();
    await page.getByRole("alert").filter({ hasText: "stopped at the provider" }).waitFor();
    await page.getByRole("link", { name: "Stay in Isthmus" }).waitFor();
    await page.getByRole("link", { name: "Continue with UmbrellaSSO" }).click();
    await signInAtProvider("olga");
    await page.waitForURL(`${web.url}/access/people`);
    await page.getByRole("button", { name: /^Account of .*, in Umbrella$/ }).waitFor();
  });
});

describe("a member who is locked out", () => {
  it("has a session ended, a second factor taken away and a password set by a link, and is told", async () => {
    const nora = { email: "nora@example.org", password };
    const personId = await member(nora.email, "Nora", "viewer");
    const theirs = await newPage();
    await signIn(nora, theirs);
    await inside(theirs);
    await open("/settings", theirs);
    await theirs.getByRole("button", { name: "Set it up" }).click();
    const dialog = theirs.getByRole("dialog");
    await dialog.getByLabel("Your password").fill(password);
    await dialog.getByRole("button", { name: "Go on" }).click();
    const secret = (await dialog.locator("p.font-mono").innerText()).replaceAll(/\s/g, "");
    await dialog
      .getByLabel("The code that the app shows")
      .fill(new TOTP({ secret: Secret.fromBase32(secret) }).generate());
    await dialog.getByRole("button", { name: "Turn it on" }).click();
    await theirs.getByRole("button", { name: "I have kept them" }).click();

    await signIn(web.owner);
    await inside();
    await open(`/access/people?person=${personId}`);
    const panel = page.getByRole("complementary", { name: "Member Nora" });
    await panel.getByText("by password and code").waitFor();
    await panel.getByRole("button", { name: /^End Chrome/ }).click();
    await panel.getByText("Nowhere at this moment.").waitFor();
    await theirs.waitForURL((url) => url.pathname === "/sign-in");

    await panel.getByRole("button", { name: /Take the second factor away/ }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Take it away" }).click();
    await panel.getByText("A password, and no second factor.").waitFor();
    await signIn(nora, theirs);
    await inside(theirs);
    const told = theirs.getByRole("region", { name: "Your account" });
    await told.getByText("took your second factor away").waitFor();
    await told.getByRole("button", { name: "I have seen it" }).click();
    await told.waitFor({ state: "detached" });

    await panel.getByRole("button", { name: /Link for a new password/ }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Make the link" }).click();
    const link = await onceShown("Link for a new password");
    const stranger = await newPage();
    await stranger.goto(link);
    const next = "a new password of nora's";
    await stranger.getByLabel("New password").fill(next);
    await stranger.getByLabel("The same again").fill(next);
    await stranger.getByRole("button", { name: "Set it" }).click();
    await stranger.getByRole("heading", { name: "Your password is set" }).waitFor();
    await theirs.waitForURL((url) => url.pathname === "/sign-in");
    await stranger.goto(link);
    await stranger.getByText("used already").waitFor();
    await signIn({ email: nora.email, password: next }, theirs);
    await told.getByText("was set by an administrator").waitFor();
  });
});

describe("the organisations of the installation", () => {
  it("get another link for an owner who has not come, and somebody is helped in by their address", async () => {
    await signIn(web.owner);
    await inside();
    await page.getByRole("button", { name: /^Account of/ }).click();
    await page.getByRole("menuitem", { name: "Installation" }).click();
    await page.getByRole("button", { name: /^Account of .*, in Installation$/ }).waitFor();
    await open("/organisations?new=1");
    await page.getByLabel("Name").fill("Gamma");
    await page.getByLabel("E-mail of its first owner").fill("wrong@example.org");
    await page.getByRole("button", { name: "Make it" }).click();
    const first = await onceShown("Link for the first owner");
    await page.getByRole("button", { name: "Done" }).click();
    await page.getByText("Gamma").first().click();
    await page.getByRole("button", { name: /Another link for its owner/ }).click();
    await page.getByLabel("E-mail of its first owner").fill("right@example.org");
    await page.getByRole("button", { name: "Make the link" }).click();
    const second = await onceShown("Link for the first owner");
    await page.getByRole("button", { name: "Done" }).click();
    const owner = await newPage();
    await owner.goto(first);
    await owner.getByText(/withdrawn/).waitFor();
    await owner.goto(second);
    await owner.getByRole("heading", { name: "Join Gamma" }).waitFor();

    await member("multi@example.org", "Multi", "viewer");
    await page.getByRole("button", { name: "Help somebody in" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("E-mail of the account").fill("multi@example.org");
    await dialog.getByRole("button", { name: "Take the second factor away" }).click();
    await dialog.getByText("There is no second factor to take away.").waitFor();
    await dialog.getByRole("button", { name: "Link for a new password" }).click();
    await onceShown("Link for a new password");
  });
});
