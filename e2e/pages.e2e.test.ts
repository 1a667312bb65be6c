import { randomUUID } from "node:crypto";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { addMember } from "@isthmus/db";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApiClient, type ApiClient } from "../apps/standalone/src/demo/api-client";
import { hashPassword } from "../apps/web/src/features/sign-in/server/password";
import { seed } from "../apps/web/test/seed";
import { signInAt, startBrowser, type SignInPerson } from "./support/browser";
import { root } from "./support/demo";
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
  "/graph": { owner: ["/graph", "/graph?show=denied"], reader: ["/graph"] },
  "/flows": { owner: ["/flows", "/flows?q=action = deny", "/flows?flow={flow}"], reader: ["/flows"] },
  "/flows/[id]": { owner: ["/flows/{flow}", "/flows/none"] },
  "/policies/[[...policy]]": {
    owner: ["/policies", "/policies/{policy}", "/policies/{policy}?edit=1", "/policies?new=1"],
    reader: ["/policies"],
  },
  "/clusters": { owner: ["/clusters", "/clusters?connect=new"] },
  "/clusters/[cluster]": { owner: ["/clusters/eu-west", "/clusters/eu-west?tab=nodes", "/clusters/nowhere"] },
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
  "/sign-in": { nobody: ["/sign-in"] },
  "/join/[token]": { nobody: ["/join/{invitation}", "/join/nonsense"], owner: ["/join/{invitation}"] },
  "/new-password": { newcomer: ["/new-password"] },
};

/** Addresses of what is not there: the browser notes that the server says so. */
const wrong = new Set(["/flows/none", "/join/nonsense"]);

/** What there is to see before the first cluster. */
const empty = ["/", "/graph", "/flows", "/policies", "/clusters", "/audit", "/access/tokens", "/access/sign-on"];

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

async function member(viewer: "reader" | "newcomer"): Promise<SignInPerson> {
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
    await seed(web, { organisationId, personId: owner.personId, nowMs: Date.now(), minutes: 6 });
    await pageOf("reader");
    await api.mutate("tiers.create", { name: "boutique", order: 500, defaultAction: "Pass" });
    known.set("policy", (await savePolicy(api, policyYaml)).policyId);
    const invited = { email: "ann@example.org", days: 7, roleId: "viewer", scope: everywhere };
    const { url } = await api.mutate<{ url: string }>("members.invite", invited);
    known.set("invitation", url.slice(url.lastIndexOf("/") + 1));
    const { flows } = await api.query<{ flows: readonly { id: string }[] }>("flows.page", {
      view: { scope: "", range: "1h" },
      q: "",
    });
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
});
