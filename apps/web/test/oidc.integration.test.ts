import { randomBytes, randomUUID } from "node:crypto";
import { addMember, installationId, listAudit, storeProvider, type ProviderSettings } from "@isthmus/db";
import { Client } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startIdentityProvider, type IdentityProvider } from "../../../e2e/support/identity-provider";
import { seal } from "../src/server/secrets";
import type { Server } from "../src/server/server";
import { startTestWeb, type TestWeb } from "./people";
import { startForgingProvider, type ForgingProvider } from "./support/forging-provider";
import { openBrowser, type SignInBrowser } from "./support/sign-in-browser";

const publicUrl = "http://localhost:7400";
const secretsKey = randomBytes(32);

let web: TestWeb;
let server: Server;
let real: IdentityProvider;
let forging: ForgingProvider;
/** An organisation with an owner, and one that has nothing to do with it. */
let org: { readonly id: string; readonly personId: string };
let other: { readonly id: string; readonly personId: string };

beforeAll(async () => {
  [web, real, forging] = await Promise.all([startTestWeb(), startIdentityProvider(publicUrl), startForgingProvider()]);
  server = { ...web.server, config: { ...web.server.config, secretsKey } };
  org = await web.organisation("acme");
  other = await web.organisation("umbrella");
});
afterAll(async () => {
  await Promise.all([web?.stop(), real?.stop(), forging?.stop()]);
});

interface ProviderOf {
  readonly organisationId: string;
  readonly issuer: string;
  readonly secret?: string;
  readonly settings?: Partial<ProviderSettings>;
}

async function addProvider({ organisationId, issuer, secret, settings = {} }: ProviderOf): Promise<string> {
  const id = randomUUID();
  await web.database.forOrganisation(organisationId).transaction((tx) =>
    storeProvider(tx, {
      id,
      settings: {
        name: `Company ${id.slice(0, 8)}`,
        issuer,
        clientId: "isthmus",
        scopes: ["openid", "profile", "email", "groups"],
        emailClaim: "email",
        nameClaim: "name",
        groupsClaim: "groups",
        emailsVerified: false,
        joinRule: "anyone",
        domains: [],
        shown: true,
        enabled: true,
        ...settings,
      },
      clientSecretSealed: secret === undefined ? null : seal(secretsKey, { purpose: "client-secret", id }, secret),
      origin: "app",
      by: null,
      at: new Date(),
    }),
  );
  return id;
}

async function ask<T extends object>(
  statement: string,
  values: readonly unknown[] = [],
  organisation = org.id,
): Promise<T[]> {
  const client = new Client({ connectionString: web.ownerUrl });
  await client.connect();
  await client.query("begin");
  await client.query("select set_config('isthmus.organisation', $1, true)", [organisation]);
  const { rows } = await client.query<T>(statement, [...values]);
  await client.query("commit");
  await client.end();
  return rows;
}

const refusals = async (organisationId: string) => {
  const lines = await web.database
    .forOrganisation(organisationId)
    .transaction((tx) => listAudit(tx, { limit: 5, actionPrefix: "sign-in.refuse" }));
  return lines.map(({ detail }) => (detail.after as { readonly reason: string }).reason);
};

const signedIn = async (browser: SignInBrowser) => (await browser.query("signIn.me")).status === 200;

/** Types the login at the provider's own page, and consents. */
async function signInAt(browser: SignInBrowser, providerId: string, login: string) {
  let page = await browser.open(`/sign-in/oidc/${providerId}?next=/flows`);
  for (let step = 0; step < 3 && page.url.pathname.startsWith("/interaction/"); step += 1) {
    const prompt = /name="prompt" value="(\w+)"/.exec(page.text)?.[1] ?? "";
    page = await browser.open(page.url.href, { method: "POST", form: { prompt, login, password: "any" } });
  }
  return page;
}

describe("a certified provider", () => {
  const accountOf = (login: string, more = {}) => {
    const account = {
      email: `${login}@acme.example`,
      emailVerified: true,
      name: `${login} of Acme`,
      groups: [] as string[],
      ...more,
    };
    real.accounts.set(login, account);
    return account;
  };

  it("signs a new person in where anyone may join, and the cookie holds a session that it proved", async () => {
    const provider = await addProvider({ organisationId: org.id, issuer: real.issuer, secret: real.clientSecret });
    accountOf("ann");
    const browser = openBrowser(server);
    expect((await signInAt(browser, provider, "ann")).url.href).toBe(`${publicUrl}/flows`);
    expect((await browser.query("signIn.me")).data).toMatchObject({
      email: "ann@acme.example",
      displayName: "ann of Acme",
      organisation: "acme",
      roles: [],
    });
    expect([...browser.cookies.keys()]).toEqual(["isthmus_session"]);
    expect(await ask("select proof, second_factor from sign_in_session where provider_id = $1", [provider])).toEqual([
      { proof: "provider", second_factor: false },
    ]);
    const [row] = await ask<{ sealed: Buffer }>(
      "select id_token_sealed as sealed from sign_in_session where provider_id = $1",
      [provider],
    );
    expect(row?.sealed.toString("latin1")).not.toContain("eyJ");
  });
});
