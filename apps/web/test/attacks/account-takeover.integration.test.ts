import { randomUUID } from "node:crypto";
import { storeProvider } from "@isthmus/db";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seal } from "../../src/server/secrets";
import { startForgingProvider, type ForgingProvider } from "../support/forging-provider";
import { openBrowser } from "../support/sign-in-browser";
import { startAttacked, type Attacked, type Target } from "./support/attacked";
import { providerSettings } from "../support/provider-settings";

// An owner of one organisation may invite any address, and is shown the link: whoever has the link is not yet whoever has
// the address.

const everywhere = { clusters: { kind: "all" }, namespaces: "all", tiers: "all" };
const chosen = "a password that the attacker chose";

let attacked: Attacked;
let attacker: Target;
let cookie: string;
let provider: ForgingProvider;

beforeAll(async () => {
  [attacked, provider] = await Promise.all([startAttacked(), startForgingProvider()]);
  attacker = await attacked.person("inviter");
  cookie = await attacked.signIn(attacker);
});
afterAll(() => Promise.all([attacked.stop(), provider.stop()]));

/** Invites an address and takes the invitation with a password of the attacker's choice. */
async function joinAs(email: string) {
  const invited = await attacked.mutate("members.invite", { email, roleId: "viewer", scope: everywhere }, { cookie });
  const token = (invited.data as { readonly url: string }).url.split("/").at(-1) ?? "";
  return attacked.mutate("members.joinWithPassword", { token, displayName: "somebody", password: chosen });
}

const signInStatus = async (email: string, password: string) =>
  (await attacked.mutate("signIn.signIn", { email, password })).status;

const membershipsOf = (email: string) =>
  attacked.sql<{ organisation: string }>(
    "select m.organisation_id as organisation from membership m join person p on p.id = m.person_id where p.email = $1",
    [email],
  );

async function linkWithProvider(personId: string, organisationId: string) {
  const id = await addProvider(organisationId);
  await attacked.sql(
    "insert into person_identity (provider_id, subject, organisation_id, person_id) values ($1, 's', $2, $3)",
    [id, organisationId, personId],
  );
}

async function addProvider(organisationId: string): Promise<string> {
  const id = randomUUID();
  const [{ database }] = attacked.servers;
  await database.forOrganisation(organisationId).transaction((tx) =>
    storeProvider(tx, {
      id,
      settings: providerSettings(provider.issuer, { name: `Provider ${id}`, scopes: ["openid", "email"] }),
      clientSecretSealed: seal(attacked.secretsKey, { purpose: "client-secret", id }, "secret"),
      origin: "app",
      by: null,
      at: new Date(),
    }),
  );
  return id;
}

describe("whoever holds an invitation to somebody's address", () => {
  it("does not get the account of a member elsewhere", async () => {
    const victim = await attacked.person("member-elsewhere");
    expect((await joinAs(victim.email)).status).toBe(409);
    expect(await signInStatus(victim.email, chosen)).toBe(401);
    expect(await signInStatus(victim.email, victim.password)).toBe(200);
  });

  it("does not get the account of somebody who is shut out elsewhere, for when they are let in again", async () => {
    const victim = await attacked.person("shut-out-elsewhere");
    await attacked.sql("update membership set disabled_at = now() where person_id = $1", [victim.personId]);
    expect((await joinAs(victim.email)).status).toBe(409);
    await attacked.sql("update membership set disabled_at = null where person_id = $1", [victim.personId]);
    expect(await signInStatus(victim.email, chosen)).toBe(401);
    expect(await signInStatus(victim.email, victim.password)).toBe(200);
    expect(await membershipsOf(victim.email)).toEqual([{ organisation: victim.organisationId }]);
  });

  it("does not get an account that a provider knows, though it belongs to nothing now", async () => {
    const victim = await attacked.person("known-by-provider");
    await linkWithProvider(victim.personId, victim.organisationId);
    await attacked.sql("delete from membership where person_id = $1", [victim.personId]);
    expect((await joinAs(victim.email)).status).toBe(409);
    expect(await membershipsOf(victim.email)).toEqual([]);
  });

  it("begins an account anew that belongs to nobody and nothing", async () => {
    const left = await attacked.person("left-everything");
    await attacked.sql("insert into person_totp (person_id, secret_sealed, confirmed_at) values ($1, 'x', now())", [
      left.personId,
    ]);
    await attacked.sql("delete from membership where person_id = $1", [left.personId]);
    expect((await joinAs(left.email)).status).toBe(200);
    expect(await signInStatus(left.email, chosen)).toBe(200);
    expect(await signInStatus(left.email, left.password)).toBe(401);
  });

  it("is not carried by the owner of the address into an organisation that their provider opens", async () => {
    const email = "not-here-yet@attacked.example";
    expect((await joinAs(email)).status).toBe(200);
    const company = await attacked.organisation("company");
    const id = await addProvider(company);
    provider.reset({ sub: "the owner of the address", email, email_verified: true, name: "N" });
    const browser = openBrowser(attacked.servers[0]);
    const arrived = await browser.open(`/sign-in/oidc/${id}`);
    expect(arrived.url.pathname).toBe("/sign-in");
    expect(await membershipsOf(email)).toEqual([{ organisation: attacker.organisationId }]);
    // Somebody whose account has no password of unknown origin is let in as the rule says.
    provider.reset({ sub: "new", email: "new@attacked.example", email_verified: true, name: "N" });
    expect((await browser.open(`/sign-in/oidc/${id}`)).url.pathname).toBe("/");
    expect(await membershipsOf("new@attacked.example")).toEqual([{ organisation: company }]);
  });
});
