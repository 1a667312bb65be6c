import { randomUUID } from "node:crypto";
import { createApiToken, createSignInSession, installationId, storeProvider } from "@isthmus/db";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { handleHttpApi } from "../../src/features/http-api/server";
import { hashSecret, newSecret } from "../../src/server/random-secret";
import { openBrowser, signedIn } from "../support/sign-in-browser";
import { providerSettings } from "../support/provider-settings";
import { startForgingProvider, type ForgingProvider } from "../support/forging-provider";
import { startAttacked, type Attacked, type Target } from "./support/attacked";

// Rules that say by what, and until when, an organisation is entered: each against sessions of every proof, tokens, links.

const all = { clusters: { kind: "all" as const }, namespaces: "all" as const, tiers: "all" as const };
const dayMs = 86_400_000;
const password = "a password of twelve";

let attacked: Attacked;
let forging: ForgingProvider;
let ours: string;
let person: Target;
let count = 0;

beforeAll(async () => {
  [attacked, forging] = await Promise.all([startAttacked(), startForgingProvider()]);
  // What providers sign is dated now.
  attacked.clock.advance(Date.now() - attacked.clock.now());
});
afterAll(async () => {
  await Promise.all([attacked?.stop(), forging?.stop()]);
});

const inside = (organisationId: string) => attacked.servers[0].database.forOrganisation(organisationId);
const now = () => new Date(attacked.clock.now());

async function begin(name: string) {
  count += 1;
  ours = await attacked.organisation(`${name} ${count}`);
  person = await attacked.person(`${name}-${count}`, { organisationId: ours });
}

async function provider(organisationId: string, enabled = true): Promise<string> {
  const id = randomUUID();
  const settings = providerSettings(forging.issuer, { name: `provider ${id}`, emailsVerified: true, enabled });
  const stored = { id, settings, clientSecretSealed: null, origin: "app" as const, by: null, at: now() };
  await inside(organisationId).transaction((tx) => storeProvider(tx, stored));
  return id;
}

/** A session of the person, proven by a provider of that organisation. */
async function provenBy(organisationId: string, providerId?: string): Promise<string> {
  const token = newSecret();
  const id = providerId ?? (await provider(organisationId));
  await inside(ours).transaction((tx) =>
    createSignInSession(tx, {
      id: randomUUID(),
      personId: person.personId,
      tokenHash: hashSecret(token),
      createdAt: now(),
      expiresAt: new Date(now().getTime() + 30 * dayMs),
      ip: "",
      userAgent: "",
      proof: {
        kind: "provider",
        providerId: id,
        providerOrganisationId: organisationId,
        idTokenSealed: null,
        sid: null,
      },
    }),
  );
  return `isthmus_session=${token}`;
}

async function tokenOf({ personId }: Target): Promise<string> {
  const secret = `isthmus_${newSecret()}`;
  const named = { id: randomUUID(), personId, name: "ci", roleId: "viewer", scope: all };
  const times = { createdAt: now(), expiresAt: new Date(now().getTime() + 300 * dayMs) };
  await inside(ours).transaction((tx) => createApiToken(tx, { ...named, ...times, secretHash: hashSecret(secret) }));
  return secret;
}

const status = async (cookie: string) => (await attacked.query("signIn.me", undefined, { cookie })).status;
const statusOfToken = async (secret: string) => {
  const request = new Request("http://localhost:7400/api/v1/me", { headers: { authorization: `Bearer ${secret}` } });
  return (await handleHttpApi(attacked.servers[0], request)).status;
};

async function invited(email: string): Promise<string> {
  const cookie = await attacked.signIn(person);
  const made = await attacked.mutate("members.invite", { email, roleId: "viewer", scope: all, days: 30 }, { cookie });
  return (made.data as { readonly url: string }).url.split("/").at(-1) ?? "";
}
const join = (token: string) => attacked.mutate("members.joinWithPassword", { token, displayName: "Eve", password });

describe("an organisation that demands its own provider", () => {
  it("ends at once whatever else was proven, and lets nobody in by it", async () => {
    await begin("demanding");
    const [byPassword, byOwn] = [await attacked.signIn(person), await provenBy(ours)];
    const [byAll, byOther] = [await provenBy(installationId), await provenBy(await attacked.organisation("other"))];
    const secret = await invited(`guest-${count}@attacked.example`);
    const statuses = () => Promise.all([byPassword, byOwn, byAll, byOther].map(status));
    // What another organisation's own provider says of anybody counts there alone, whatever is demanded here.
    expect(await statuses()).toEqual([200, 200, 200, 401]);
    const demand = (cookie: string) =>
      attacked.mutate("organisations.setSignInRule", { requiresOwnProvider: true }, { cookie });
    for (const cookie of [byPassword, byAll]) expect((await demand(cookie)).error?.code).toBe("barred");
    expect((await demand(byOwn)).status).toBe(200);
    expect(await statuses()).toEqual([401, 200, 401, 401]);
    const again = await attacked.mutate("signIn.signIn", { email: person.email, password: person.password });
    expect([again.error?.code, again.cookie]).toEqual(["sign-in-refused", undefined]);
    expect((await join(secret)).error?.code).toBe("barred");
    expect(await attacked.sql("select 1 from person where email = $1", [`guest-${count}@attacked.example`])).toEqual(
      [],
    );
  });
});

describe("a provider that is switched off", () => {
  it("proves nothing from then on, and sessions of others stay", async () => {
    await begin("switching");
    const [id, other] = [await provider(ours), await provider(ours)];
    const [its, others] = [await provenBy(ours, id), await provenBy(ours, other)];
    expect([await status(its), await status(others)]).toEqual([200, 200]);
    await attacked.sql("update identity_provider set enabled = false where id = $1", [id]);
    expect([await status(its), await status(others)]).toEqual([401, 200]);
    const browser = openBrowser(attacked.servers[0]);
    const { url } = await browser.open(`/sign-in/oidc/${id}`);
    expect([url.pathname, url.searchParams.get("problem")]).toEqual(["/sign-in", "refused"]);
    const offered = JSON.stringify((await attacked.query("signIn.providers")).data);
    expect([offered.includes(id), offered.includes(other)]).toEqual([false, true]);
  });
});

describe("an organisation whose day of deletion has come", () => {
  const due = () =>
    attacked.sql("update organisation set deletion_requested_at = $2, deletion_due_at = $3 where id = $1", [
      ours,
      now(),
      new Date(now().getTime() + 7 * dayMs),
    ]);

  it("is entered by no session, token, password, provider or link, and until then by each", async () => {
    await begin("ending");
    const [byPassword, byOwn, token] = [await attacked.signIn(person), await provenBy(ours), await tokenOf(person)];
    const own = await provider(ours);
    const secret = await invited(`late-${count}@attacked.example`);
    await due();
    attacked.clock.advance(7 * dayMs - 1_000);
    expect([await status(byPassword), await status(byOwn), await statusOfToken(token)]).toEqual([200, 200, 200]);
    const state = async () =>
      ((await attacked.query("members.invitation", { token: secret })).data as { readonly state: string }).state;
    expect(await state()).toBe("open");
    attacked.clock.advance(1_000);
    expect([await status(byPassword), await status(byOwn), await statusOfToken(token)]).toEqual([401, 401, 401]);
    const again = await attacked.mutate("signIn.signIn", { email: person.email, password: person.password });
    expect([again.error?.message, again.cookie]).toEqual([expect.stringContaining("has been deleted"), undefined]);
    expect(await state()).toBe("withdrawn");
    expect((await join(secret)).error?.code).toBe("conflict");
    forging.reset({ sub: "late", email: `late-${count}@attacked.example`, email_verified: true });
    const browser = openBrowser(attacked.servers[0]);
    await browser.open(`/sign-in/oidc/${own}`);
    expect(await signedIn(browser)).toBe(false);
    expect(await attacked.sql("select 1 from person where email like 'late-%'")).toEqual([]);
  });

  it("keeps nobody from the organisations that they belong to besides", async () => {
    await begin("leaving");
    const second = await attacked.organisation("second");
    await attacked.sql("insert into membership (organisation_id, person_id) values ($1, $2)", [
      second,
      person.personId,
    ]);
    await attacked.sql("update membership set last_sign_in_at = now() where organisation_id = $1", [ours]);
    const elsewhere = await attacked.signIn(person);
    await attacked.mutate("signIn.switchOrganisation", { id: second }, { cookie: elsewhere });
    await attacked.sql("update membership set last_sign_in_at = now() where organisation_id = $1", [ours]);
    await due();
    attacked.clock.advance(7 * dayMs);
    const cookie = await attacked.signIn(person);
    expect((await attacked.query("signIn.me", undefined, { cookie })).data).toMatchObject({ organisation: "second" });
    const back = await attacked.mutate("signIn.switchOrganisation", { id: ours }, { cookie });
    expect(back.error?.code).toBe("not-found");
    forging.reset({ sub: "leaving", email: person.email, email_verified: true });
    const browser = openBrowser(attacked.servers[0]);
    await browser.open(`/sign-in/oidc/${await provider(installationId)}`);
    expect((await browser.query("signIn.me")).data).toMatchObject({ organisation: "second" });
  });
});
