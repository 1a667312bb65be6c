import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installationId, listBindings, listProviders } from "@isthmus/db";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { applyAccessFile } from "../src/features/sign-in/server/access-file/apply";
import { parseAccessFile } from "../src/features/sign-in/server/access-file/parse";
import { followAccessFile } from "../src/features/sign-in/server";
import { startForgingProvider, type ForgingProvider } from "./support/forging-provider";
import { openBrowser, signedIn } from "./support/sign-in-browser";
import { startSignInWorld, type SignInWorld } from "./support/sign-in-world";

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
beforeEach(() => forging.reset({ sub: "ann", email: "ann@example.org", email_verified: true, groups: ["sre"] }));

const fileOf = (more = "") => `providers:
  - name: Company
    issuer: ${forging.issuer}
    clientId: isthmus
    clientSecretFile: /secret
    joinRule: groups
bindings:
  - organisation: acme
    provider: Company
    group: sre
    role: viewer
    namespaces: [shop]
${more}`;

async function apply(text: string, readSecret: (path: string) => string = () => "a secret\n") {
  const parsed = parseAccessFile(text);
  return parsed.ok ? applyAccessFile(world.server, parsed.value, readSecret) : parsed;
}
const providers = () => world.web.database.forOrganisation(installationId).transaction(listProviders);
const bindings = () =>
  world.web.database
    .forOrganisation(acme)
    .transaction(async (tx) => (await listBindings(tx)).filter(({ origin }) => origin === "file"));

describe("an access file", () => {
  it("makes providers and roles of their groups, and nothing the second time", async () => {
    expect(await apply(fileOf())).toEqual({ ok: true, value: 2 });
    expect(await apply(fileOf())).toEqual({ ok: true, value: 0 });
    const [company] = await providers();
    expect(company).toMatchObject({ name: "Company", origin: "file", hasClientSecret: true, enabled: true });
    expect(await bindings()).toMatchObject([
      {
        roleId: "viewer",
        holder: { kind: "group", providerId: company?.id, group: "sre" },
        scope: { namespaces: ["shop"] },
      },
    ]);
    const browser = openBrowser(world.server);
    await browser.open(`/sign-in/oidc/${company?.id}`);
    expect((await browser.query("signIn.me")).data).toMatchObject({ organisation: "acme", roles: ["Viewer"] });
    expect((await world.actions(installationId))[0]).toBe("provider.create");
  });

  it("takes over another secret, another setting and another scope, each alone", async () => {
    expect(await apply(fileOf(), () => "another secret")).toEqual({ ok: true, value: 1 });
    expect(await apply(fileOf().replace("groups\n", "invited\n"), () => "another secret")).toEqual({
      ok: true,
      value: 1,
    });
    expect(await apply(fileOf().replace("[shop]", "all"))).toMatchObject({ ok: true, value: 3 });
    expect(await bindings()).toMatchObject([{ scope: { namespaces: "all" } }]);
    expect(await apply(fileOf())).toMatchObject({ ok: true, value: 2 });
  });

  const wrong = [
    {
      name: "an organisation that there is not",
      text: () => fileOf().replace("acme", "acne"),
      line: 8,
      says: /no organisation `acne`; there are acme/,
    },
    {
      name: "a role that there is not",
      text: () => fileOf().replace("viewer", "king"),
      line: 8,
      says: /no role `king`; there are owner/,
    },
    {
      name: "a provider that there is not",
      text: () => fileOf().replace("provider: Company", "provider: Other"),
      line: 8,
      says: /no provider `Other`/,
    },
    {
      name: "plain http",
      text: () => fileOf().replace(forging.issuer, "http://id.example.org"),
      line: 2,
      says: /https:/,
    },
    {
      name: "a secret that is not there",
      text: () => fileOf().replace("/secret", "/nowhere"),
      line: 2,
      says: /cannot be read/,
    },
    {
      name: "a name that is there twice",
      text: () =>
        fileOf().replace("bindings:", `  - { name: Company, issuer: "${forging.issuer}", clientId: b }\nbindings:`),
      line: 7,
      says: /twice/,
    },
  ];
  it.each(wrong)("with $name says so with its line, and leaves what there was", async ({ text, line, says }) => {
    const before = [await providers(), await bindings()];
    const applied = await apply(text(), (path) => {
      if (path !== "/secret") throw new Error("no such file");
      return "a secret";
    });
    expect(applied).toMatchObject({ ok: false, error: [{ line, message: expect.stringMatching(says) as string }] });
    expect([await providers(), await bindings()]).toEqual(before);
  });

  it("does not take over what was set up in the app, and what it made is not changed in the app", async () => {
    await world.addProvider({ organisationId: installationId, issuer: forging.issuer, settings: { name: "Mine" } });
    const applied = await apply(fileOf().replaceAll("Company", "Mine"));
    expect(applied).toMatchObject({
      ok: false,
      error: [{ line: 2, message: expect.stringContaining("in the app") as string }],
    });
    const password = "a password of twelve";
    await world.addPerson(installationId, { email: "admin@example.org", password, role: "installation-administrator" });
    const browser = openBrowser(world.server);
    await browser.mutate("signIn.signIn", { email: "admin@example.org", password });
    const company = (await providers()).find(({ name }) => name === "Company");
    expect((await browser.mutate("providers.remove", { id: company?.id })).error).toMatchObject({
      code: "barred",
      message: expect.stringContaining("ISTHMUS_ACCESS_FILE") as string,
    });
  });

  it("that no longer names them switches providers off and takes the roles back, and their sessions end", async () => {
    const company = (await providers()).find(({ name }) => name === "Company");
    const browser = openBrowser(world.server);
    await browser.open(`/sign-in/oidc/${company?.id}`);
    expect(await signedIn(browser)).toBe(true);
    expect(await apply("")).toEqual({ ok: true, value: 2 });
    expect(await signedIn(browser)).toBe(false);
    expect((await providers()).find(({ name }) => name === "Company")?.enabled).toBe(false);
    expect(await bindings()).toEqual([]);
    expect(await apply(fileOf())).toEqual({ ok: true, value: 2 });
  });
});

describe("a file that is followed", () => {
  it("is taken over at the start and when it or a secret changes; what is wrong is said until it is right", async () => {
    const folder = mkdtempSync(join(tmpdir(), "isthmus-access-"));
    const [path, secret] = [join(folder, "access.yaml"), join(folder, "secret")];
    const write = (text: string) => writeFileSync(path, text.replace("/secret", secret));
    write(fileOf());
    writeFileSync(secret, "a secret");
    const stopping = new AbortController();
    let wake = () => undefined as void;
    const sleep = () => new Promise<void>((resolve) => (wake = resolve));
    const server = { ...world.server, clock: { ...world.web.clock, now: () => world.web.clock.now(), sleep } };
    const state = followAccessFile(server, path, stopping.signal);
    await vi.waitFor(() => expect(state().appliedAt).toBeDefined(), { timeout: 10_000 });
    write("providers: nonsense\n");
    wake();
    await vi.waitFor(() => expect(state().problems).toMatchObject([{ line: 1 }]), { timeout: 10_000 });
    expect((await providers()).find(({ name }) => name === "Company")?.enabled).toBe(true);
    write(fileOf());
    writeFileSync(secret, "another secret");
    world.web.clock.advance(1_000);
    const appliedAt = state().appliedAt;
    wake();
    await vi.waitFor(() => expect(state()).toMatchObject({ problems: [] }), { timeout: 10_000 });
    expect(state().appliedAt).not.toEqual(appliedAt);
    stopping.abort();
    wake();
    rmSync(folder, { recursive: true, force: true });
  });
});
