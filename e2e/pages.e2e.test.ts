import { randomBytes, randomUUID } from "node:crypto";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { addMember, noteRedemption, registerSigningKeys } from "@isthmus/db";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApiClient, type ApiClient } from "../apps/standalone/src/demo/api-client";
import { signInToClusters } from "../apps/standalone/src/demo/sign-in";
import { hashPassword } from "../apps/web/src/features/sign-in/server/password";
import { seed } from "../apps/web/test/seed";
import { signInAt, startBrowser, type SignInPerson } from "./support/browser";
import { root } from "./support/demo";
import { answerAgain, failAnswers, holdAnswers } from "./support/failing-answers";
import { findAxeFaults, findOverflow, findUnseenFocus, settled, watchComplaints } from "./support/page-audit";
import { savePolicy } from "./support/policies";
import { startWebProcess, type WebProcess } from "./support/web-process";

const PORT = 9670;

/** Who looks: nobody is signed in; the administrator is the owner in the organisation of the installation. */
type Viewer = "nobody" | "owner" | "administrator" | "reader" | "newcomer";

/** Addresses by who visits them. `{name}` stands for an id that is known once the data are there. */
type Visits = Partial<Record<Viewer, readonly string[]>>;

/** Every page of the app, as its folder says it, with what opens on it. A page that is not here fails the first test. */
const visitsOf: Readonly<Record<string, Visits>> = {
  "/": { owner: ["/"], reader: ["/"] },
  "/graph": { owner: ["/graph", "/graph?show=denied", "/graph?q=not port = 443 or bytes > 1kB"], reader: ["/graph"] },
  "/flows": {
    owner: ["/flows", "/flows?q=action = deny", "/flows?q=not (action = allow) or bytes > 1kB", "/flows?flow={flow}"],
    reader: ["/flows"],
  },
  "/flows/[id]": { owner: ["/flows/{flow}", "/flows/none"] },
  "/policies/[[...policy]]": {
    owner: ["/policies", "/policies/{policy}", "/policies/{policy}?edit=1", "/policies?new=1"],
    reader: ["/policies"],
  },
  "/clusters": { owner: ["/clusters", "/clusters?connect=new"] },
  "/clusters/connectivity": { owner: ["/clusters/connectivity", "/clusters/connectivity?pair={pair}"] },
  "/clusters/enrolment": {
    owner: [
      "/clusters/enrolment",
      "/clusters/enrolment?redemption={redemption}",
      "/clusters/enrolment?tab=grants",
      "/clusters/enrolment?tab=keys",
      "/clusters/enrolment?grant=new",
    ],
    reader: ["/clusters/enrolment"],
  },
  "/clusters/[cluster]": {
    owner: ["/clusters/eu-west", "/clusters/eu-west?tab=nodes", "/clusters/eu-west?tab=doctor", "/clusters/nowhere"],
  },
  "/audit": { owner: ["/audit", "/audit?chain=1"], reader: ["/audit"] },
  "/access": { owner: ["/access"], reader: ["/access"] },
  "/access/people": {
    owner: ["/access/people", "/access/people?person={reader}", "/access/people?invite=1"],
    administrator: ["/access/people"],
  },
  "/access/bindings": { owner: ["/access/bindings", "/access/bindings?bind=1"] },
  "/access/roles": { owner: ["/access/roles?role=viewer", "/access/roles?new=1"] },
  "/access/sign-on": { owner: ["/access/sign-on", "/access/sign-on?new=1"] },
  "/access/tokens": { owner: ["/access/tokens?whose=all", "/access/tokens?new=1"] },
  "/access/why": { owner: ["/access/why", "/access/why?permission=members.read"], reader: ["/access/why"] },
  "/access/organisation": { owner: ["/access/organisation"] },
  "/organisations": { administrator: ["/organisations", "/organisations?new=1"], owner: ["/organisations"] },
  "/settings": { owner: ["/settings"], reader: ["/settings"] },
  "/settings/storage": { owner: ["/settings/storage"], reader: ["/settings/storage"] },
  "/sign-in": { nobody: ["/sign-in"] },
  "/join/[token]": { nobody: ["/join/{invitation}", "/join/nonsense"], owner: ["/join/{invitation}"] },
  "/reset/[token]": { nobody: ["/reset/{reset}", "/reset/nonsense"] },
  "/new-password": { newcomer: ["/new-password"] },
};

/** Addresses of what is not there: the browser notes that the server says so. */
const wrong = new Set(["/flows/none", "/join/nonsense", "/reset/nonsense"]);

/** What there is to see before the first cluster. */
const empty = [
  "/",
  "/graph",
  "/flows",
  "/policies",
  "/clusters",
  "/clusters/connectivity",
  "/clusters/enrolment",
  "/clusters/enrolment?tab=grants",
  "/clusters/enrolment?tab=keys",
  "/audit",
  "/access/tokens",
  "/access/sign-on",
  "/settings/storage",
];

const policyYaml = `apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata:
  name: boutique.cart
  namespace: boutique
spec:
  tier: boutique
  order: 10
  selector: app == "cart"
  types: [Ingress]
  ingress:
    - action: Deny
      protocol: TCP
      source:
        selector: app == "loadgenerator"
`;

let web: WebProcess;
let browser: Browser;
let api: ApiClient;
const pages = new Map<Viewer, Page>();
const known = new Map<string, string>();
const everywhere = { clusters: { kind: "all" }, namespaces: "all", tiers: "all" };

beforeAll(async () => {
  [browser, web] = await Promise.all([startBrowser(), startWebProcess(PORT)]);
  api = createApiClient(web.url);
  await api.mutate("signIn.signIn", web.owner);
});
afterAll(async () => {
  await browser?.close();
  await web?.stop();
});

/** The one page of a viewer, signed in when it is first asked for. */
async function pageOf(viewer: Viewer): Promise<Page> {
  const open = pages.get(viewer);
  if (open !== undefined) return open;
  const context = await browser.newContext({ reducedMotion: "reduce", viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  pages.set(viewer, page);
  if (viewer === "nobody") return page;
  await signInAt(page, web.url, viewer === "owner" || viewer === "administrator" ? web.owner : await member(viewer));
  await page.waitForURL(({ pathname }) => pathname !== "/sign-in");
  if (viewer === "administrator") {
    await page.getByRole("button", { name: /^Account of/ }).click();
    await page.getByRole("menuitem", { name: /^Installation/ }).click();
    await page.waitForURL(({ pathname }) => pathname === "/organisations");
  }
  return page;
}

async function member(viewer: "reader" | "newcomer" | "forgetful"): Promise<SignInPerson> {
  const person = { email: `${viewer}@example.org`, password: `the password of a ${viewer}` };
  const personId = randomUUID();
  known.set(viewer, personId);
  const [organisation] = await web.database.lookups.listOrganisationsForJobs();
  const passwordHash = await hashPassword(person.password);
  await web.database.forOrganisation(organisation?.id ?? "").transaction((tx) =>
    addMember(tx, {
      personId,
      email: person.email,
      displayName: `${viewer} Example`,
      passwordHash,
      mustChangePassword: viewer === "newcomer",
      role: "viewer",
    }),
  );
  return person;
}

/** A cluster that asked to be let in by a grant for a fleet. */
async function waitingRedemption(organisationId: string): Promise<string> {
  // As a gateway says when it starts.
  const keys = [{ keyId: "k1", publicKey: randomBytes(32), state: "current" as const }];
  await web.database.global((tx) => registerSigningKeys(tx, { keys, at: new Date() }));
  const { grantId } = await api.mutate<{ grantId: string }>("clusters.connectFleet", {
    namePrefix: "edge",
    labels: { env: "edge", region: "af-south" },
    options: { image: "registry.example.org/isthmus-agent:1" },
    grant: { redemptions: 20, approval: true },
  });
  const id = randomUUID();
  const attempt = {
    id,
    grantId,
    clusterUid: randomUUID(),
    publicKey: randomBytes(32),
    agentVersion: "0.1.0",
    instance: "isthmus-agent-7d9f",
    remoteAddress: "198.51.100.7",
    at: new Date(),
  };
  await web.database
    .forOrganisation(organisationId)
    .transaction((tx) => noteRedemption(tx, attempt, { state: "waiting" }));
  return id;
}

/** Visits an address in both themes and at both widths; what is wrong, each with where it is. */
async function faultsAt(viewer: Viewer, path: string): Promise<readonly string[]> {
  const page = await pageOf(viewer);
  const complaints = watchComplaints(page);
  const faults: string[] = [];
  const note = (where: string, found: readonly string[]) => faults.push(...found.map((each) => `${where}: ${each}`));
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(`${web.url}${path}`);
  await settled(page);
  note("1440", await findOverflow(page));
  note("1440, light", await findAxeFaults(page));
  await page.setViewportSize({ width: 768, height: 1_024 });
  await page.evaluate(() => (document.documentElement.dataset["theme"] = "dark"));
  note("768", await findOverflow(page));
  note("768, dark", await findAxeFaults(page));
  note("768", await findUnseenFocus(page, 12));
  note(
    "browser",
    complaints.stop().filter((each) => !(wrong.has(path) && each.includes("Failed to load resource"))),
  );
  return [...new Set(faults)];
}

const routes = readdirSync(join(root, "apps/web/src/app"), { recursive: true, encoding: "utf8" })
  .filter((file) => /(^|\/)page\.tsx$/.test(file))
  .map((file) => `/${dirname(file)}`.replace("/(frame)", "").replace(/\/\.$/, "") || "/")
  .sort();

it("every page is visited", () => {
  expect(Object.keys(visitsOf).sort()).toEqual(routes);
});

describe("before the first cluster", () => {
  it.each(empty)("%s", async (path) => {
    expect(await faultsAt("owner", path)).toEqual([]);
  });
});

describe("with three clusters", () => {
  beforeAll(async () => {
    const owner = await web.database.lookups.findPersonByEmail(web.owner.email);
    const [membership] = owner?.memberships ?? [];
    if (owner === undefined || membership === undefined) throw new Error("there is no first owner");
    const { organisationId } = membership;
    await seed(web, { organisationId, personId: owner.personId, nowMs: Date.now(), minutes: 3 });
    await pageOf("reader");
    await api.mutate("tiers.create", { name: "boutique", order: 500, defaultAction: "Pass" });
    known.set("policy", (await savePolicy(api, policyYaml)).policyId);
    const invited = { email: "ann@example.org", days: 7, roleId: "viewer", scope: everywhere };
    const { url } = await api.mutate<{ url: string }>("members.invite", invited);
    known.set("invitation", url.slice(url.lastIndexOf("/") + 1));
    await member("forgetful");
    const reset = await api.mutate<{ url: string }>("members.passwordLink", { personId: known.get("forgetful") });
    known.set("reset", reset.url.slice(reset.url.lastIndexOf("/") + 1));
    const { flows } = await api.query<{ flows: readonly { id: string }[] }>("flows.page", {
      view: { scope: "", range: "1h" },
      q: "",
    });
    const { clusters } = await api.query<{ clusters: readonly { id: string }[] }>("connectivity.matrix");
    known.set("redemption", await waitingRedemption(organisationId));
    known.set("pair", `${clusters[0]?.id}~${clusters[1]?.id}`);
    known.set("flow", encodeURIComponent(flows[0]?.id ?? ""));
  });

  it.each(Object.entries(visitsOf))("%s", async (_, visits) => {
    const faults: Record<string, readonly string[]> = {};
    for (const [viewer, paths] of Object.entries(visits) as [Viewer, readonly string[]][]) {
      for (const path of paths) {
        const address = path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => known.get(name) ?? "");
        const found = await faultsAt(viewer, address);
        if (found.length > 0) faults[`${address}, seen by ${viewer}`] = found;
      }
    }
    expect(faults).toEqual({});
  });

  it("an examination that is asked for is waited for, and asked once", async () => {
    const page = await pageOf("owner");
    await page.goto(`${web.url}/clusters/eu-west?tab=doctor`);
    await page.getByRole("button", { name: "Examine again" }).click();
    await page.getByText(/^asked .* no answer yet: the agent answers when it is connected again$/).waitFor();
    await page.reload();
    await page.getByText(/^asked .* no answer yet: the agent answers when it is connected again$/).waitFor();
  });

  it("the demo finds its clusters at its next start, wherever its owner was last", async () => {
    await pageOf("administrator");
    const starting = createApiClient(web.url);
    await signInToClusters(starting, { ...web.owner, clusters: ["eu-west"] });
    const { clusters } = await starting.query<{ clusters: readonly unknown[] }>("clusters.list");
    expect(clusters.length).toBe(3);
  });
});

describe("what a page asks from the server", () => {
  const asked = "members.list";
  const table = (page: Page) => page.getByRole("table", { name: "Members" });
  const tryAgain = (page: Page) => page.getByRole("button", { name: "Try again" });
  const broken = { code: "internal", message: "It broke.", retryable: false };
  const open = async () => {
    const page = await pageOf("owner");
    await page.goto(`${web.url}/access/people`);
    return page;
  };

  it("is awaited in the shape of what comes", async () => {
    const page = await pageOf("owner");
    await holdAnswers(page, asked);
    await open();
    await page.getByText("Reading the members").waitFor({ state: "attached" });
    await page.getByText("Last sign-in").waitFor();
    expect(await table(page).count()).toBe(0);
    expect(await page.getByText(/^\d+ of \d+ members$/).count()).toBe(0);
    await answerAgain(page, asked);
  });

  it("is asked again when the person says so", async () => {
    const page = await pageOf("owner");
    await failAnswers(page, asked, broken);
    await open();
    await page.getByRole("alert").filter({ hasText: "The members could not be read" }).waitFor();
    expect(await findAxeFaults(page)).toEqual([]);
    const again = page.waitForRequest(/members\.list/);
    await tryAgain(page).click();
    await again;
    await tryAgain(page).waitFor();
    await answerAgain(page, asked);
    // An announcement may have it asked again before the click does.
    await tryAgain(page)
      .click({ timeout: 2_000 })
      .catch(() => undefined);
    await table(page).waitFor();
  });

  it("is not offered to be asked again where that changes nothing", async () => {
    const page = await pageOf("owner");
    const message = "This needs the permission “See members”.";
    await failAnswers(page, asked, { code: "forbidden", message, retryable: false, permission: "members.read" });
    await open();
    await page.getByText("You may not see the members").waitFor();
    await page.getByText("members.read").waitFor();
    const why = page.getByRole("link", { name: /Why can I not/ });
    expect(await why.getAttribute("href")).toContain("/access/why?permission=members.read");
    expect(await tryAgain(page).count()).toBe(0);
    await answerAgain(page, asked);
  });

  it("stays in view, dated, while asking again fails", async () => {
    const page = await open();
    await table(page).waitFor();
    await failAnswers(page, asked, broken);
    await api.mutate("members.invite", { email: "later@example.org", days: 1, roleId: "viewer", scope: everywhere });
    await page
      .getByRole("status")
      .filter({ hasText: /^As of .*It broke/ })
      .waitFor();
    expect(await table(page).isVisible()).toBe(true);
    await answerAgain(page, asked);
    await tryAgain(page)
      .click({ timeout: 2_000 })
      .catch(() => undefined);
    await page.getByText("later@example.org").waitFor();
    expect(await tryAgain(page).count()).toBe(0);
  });
});

describe("a dialog", () => {
  const inside = (page: Page) => page.evaluate(() => document.activeElement?.closest("[role=dialog]") !== null);

  it("is opened, gone through and left by keyboard, and gives the focus back", async () => {
    const page = await pageOf("owner");
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(`${web.url}/access/people`);
    await settled(page);
    const button = page.getByRole("button", { name: "Invite" });
    await button.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    const email = page.getByRole("dialog").getByLabel("E-mail");
    await expect.poll(() => email.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.keyboard.type("nobody");
    for (let step = 0; step < 20; step++) {
      await page.keyboard.press("Tab");
      expect(await inside(page)).toBe(true);
    }
    await page.getByText("This is not an e-mail address.").waitFor();
    // The first Escape may be a tooltip's, where one has just opened at the focus.
    const dialogs = async () => {
      await page.keyboard.press("Escape");
      return page.getByRole("dialog").count();
    };
    await expect.poll(dialogs, { interval: 500 }).toBe(0);
    await expect.poll(() => button.evaluate((element) => element === document.activeElement)).toBe(true);
  });

  it("with what is shown once is left by its button alone", async () => {
    const page = await pageOf("owner");
    await page.goto(`${web.url}/access/people?invite=1`);
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("E-mail").fill("once@example.org");
    await dialog.getByRole("button", { name: "Make the link" }).click();
    await dialog.getByText("/join/").waitFor();
    await page.keyboard.press("Escape");
    await page.mouse.click(5, 5);
    expect(await dialog.getByText("/join/").isVisible()).toBe(true);
    expect(await dialog.getByRole("button", { name: "Close" }).count()).toBe(0);
    await dialog.getByRole("button", { name: "Done" }).click();
    await dialog.waitFor({ state: "detached" });
  });
});
