import { createHash, randomBytes, randomUUID } from "node:crypto";
import { storeProvider } from "@isthmus/db";
import { Secret, TOTP } from "otpauth";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seal, unseal } from "../../src/server/secrets";
import { startAttacked, type Attacked, type Target } from "./support/attacked";

let attacked: Attacked;
let victim: Target;
/** Whatever must be nowhere: by what it is. */
const secrets: Record<string, string> = {};

const everywhere = { clusters: { kind: "all" }, namespaces: "all", tiers: "all" };

beforeAll(async () => {
  attacked = await startAttacked();
  victim = await attacked.person("sealed");
  await useEverySecret();
});
afterAll(() => attacked.stop());

/** Signs in, fails to, sets up a second factor and makes tokens: every secret passes through the process once. */
async function useEverySecret() {
  const { email, password } = victim;
  const wrongPassword = "a wrong password that someone mistyped";
  await attacked.mutate("signIn.signIn", { email, password: wrongPassword });
  const first = await attacked.signIn(victim);
  const offer = await attacked.mutate("signIn.beginSecondFactor", { password }, { cookie: first });
  const { secret, uri } = offer.data as { readonly secret: string; readonly uri: string };
  const totp = new TOTP({ secret: Secret.fromBase32(secret) });
  const confirmed = await attacked.mutate(
    "signIn.confirmSecondFactor",
    { code: totp.generate({ timestamp: attacked.clock.now() }) },
    { cookie: first },
  );
  const cookie = confirmed.cookie ?? "";
  const [recoveryCode = ""] = confirmed.data as readonly string[];
  const step = await attacked.mutate("signIn.signIn", { email, password });
  const { ticket } = step.data as { readonly ticket: string };
  await attacked.mutate("signIn.signInWithCode", { ticket, code: "000000" });
  await attacked.mutate("signIn.signInWithCode", { ticket, code: "a-wrong-recovery-code" });
  const token = await attacked.mutate("tokens.create", { name: "t", roleId: "viewer", scope: everywhere }, { cookie });
  const invitation = await attacked.mutate(
    "members.invite",
    { email: "invited@attacked.example", roleId: "viewer", scope: everywhere },
    { cookie },
  );
  const joinToken = (invitation.data as { readonly url: string }).url.split("/").at(-1) ?? "";
  const joinPassword = "the password of who was invited";
  await attacked.mutate("members.joinWithPassword", { token: joinToken, displayName: "I", password: joinPassword });
  const { organisationId } = victim;
  const colleague = await attacked.person("sealed-colleague", { organisationId, role: "viewer" });
  const links = [1, 2].map(() => attacked.mutate("members.passwordLink", { personId: colleague.personId }, { cookie }));
  const [resetToken = "", unusedResetToken = ""] = (await Promise.all(links)).map(
    ({ data }) => (data as { readonly url: string }).url.split("/").at(-1) ?? "",
  );
  const resetPassword = "a password that a link set";
  await attacked.mutate("account.setPasswordByLink", { token: resetToken, password: resetPassword });
  const apiToken = (token.data as { readonly secret: string }).secret;
  await attacked.send("/api/trpc/signIn.me", { headers: { authorization: `Bearer ${apiToken}` } });
  await attacked.send("/api/trpc/signIn.me", { headers: { authorization: `Bearer ${apiToken}x` } });
  const clientSecret = `client-secret-${randomBytes(12).toString("hex")}`;
  await provider(clientSecret);
  await attacked.mutate(
    "signIn.changePassword",
    { current: password, next: "the next password of sealed" },
    { cookie },
  );
  Object.assign(secrets, {
    password,
    wrongPassword,
    joinPassword,
    clientSecret,
    recoveryCode,
    ticket,
    joinToken,
    resetToken,
    unusedResetToken,
    resetPassword,
    apiToken,
    nextPassword: "the next password of sealed",
    totpSecret: secret,
    totpUri: uri,
    firstCookie: first.split("=")[1] ?? "",
    secondCookie: cookie.split("=")[1] ?? "",
    secretsKey: Buffer.from(attacked.secretsKey).toString("base64"),
  });
}

async function provider(clientSecret: string): Promise<string> {
  const id = randomUUID();
  const [{ database }] = attacked.servers;
  await database.forOrganisation(victim.organisationId).transaction((tx) =>
    storeProvider(tx, {
      id,
      settings: {
        name: `Provider ${id}`,
        issuer: "https://idp.example",
        clientId: "isthmus",
        scopes: ["openid"],
        emailClaim: "email",
        nameClaim: "name",
        groupsClaim: "groups",
        emailsVerified: false,
        joinRule: "invited",
        domains: [],
        shown: true,
        enabled: true,
      },
      clientSecretSealed: seal(attacked.secretsKey, { purpose: "client-secret", id }, clientSecret),
      origin: "app",
      by: null,
      at: new Date(),
    }),
  );
  return id;
}

/** A secret in every dress in which a database, a log line or an error may wear it. */
function dresses(secret: string): readonly string[] {
  const bytes = Buffer.from(secret, "utf8");
  return [
    secret,
    encodeURIComponent(secret),
    bytes.toString("hex"),
    bytes.toString("base64"),
    bytes.toString("base64url"),
  ];
}

const expectNone = (text: string, where: string) => {
  expect(Object.keys(secrets).length).toBeGreaterThan(12);
  for (const [what, secret] of Object.entries(secrets)) {
    expect(secret.length, what).toBeGreaterThan(8);
    for (const dress of dresses(secret)) expect(text.includes(dress), `${what} in ${where}`).toBe(false);
  }
};

describe("a copy of the database", () => {
  it("holds no secret in clear", async () => {
    const rows = await attacked.dump();
    const counted = Object.fromEntries(Object.entries(rows).map(([table, found]) => [table, found.length]));
    for (const table of [
      "person",
      "sign_in_session",
      "person_totp",
      "recovery_code",
      "api_token",
      "invitation",
      "identity_provider",
    ])
      expect(counted[table], table).toBeGreaterThan(0);
    expectNone(JSON.stringify(rows), "the database");
  });

  it("holds passwords as argon2id at the cost that OWASP names", async () => {
    const rows = await attacked.sql<{ hash: string }>(
      "select password_hash as hash from person where password_hash <> ''",
    );
    for (const { hash } of rows) expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  it("holds tokens as hashes that are looked up and open nothing themselves", async () => {
    const [row] = await attacked.sql<{ hash: Buffer }>("select secret_hash as hash from api_token");
    expect(row?.hash).toEqual(
      createHash("sha256")
        .update(secrets["apiToken"] ?? "")
        .digest(),
    );
    for (const dress of [row?.hash.toString("hex"), row?.hash.toString("base64url")]) {
      const headers = { authorization: `Bearer isthmus_${dress}` };
      expect((await attacked.send("/api/trpc/signIn.me", { headers })).status).toBe(401);
    }
    const [session] = await attacked.sql<{ hash: Buffer }>("select token_hash as hash from sign_in_session limit 1");
    const cookie = `isthmus_session=${session?.hash.toString("base64url")}`;
    expect((await attacked.query("signIn.me", undefined, { cookie })).status).toBe(401);
  });
});

describe("what the process writes down", () => {
  it("holds no secret: the log, and the audit log", async () => {
    expect(attacked.log()).toContain("a sign-in was refused");
    expectNone(attacked.log(), "the log");
    const { audit_entry: entries = [] } = await attacked.dump();
    expect(entries.length).toBeGreaterThan(5);
    expectNone(JSON.stringify(entries), "the audit log");
  });
});

describe("a sealed secret", () => {
  const place = { purpose: "client-secret", id: "a" } as const;
  const key = randomBytes(32);
  const sealed = Buffer.from(seal(key, place, "the secret"));

  it("opens in its place with its key", () => {
    expect(unseal(key, place, sealed)).toBe("the secret");
    expect(seal(key, place, "the secret")).not.toEqual(sealed);
  });

  it("does not open when any byte of it was altered, or it was cut", () => {
    for (let at = 0; at < sealed.length; at += 1) {
      const altered = Buffer.from(sealed);
      altered[at] = (altered[at] ?? 0) ^ 1;
      expect(() => unseal(key, place, altered), `byte ${at}`).toThrow(/sealed with another key/);
    }
    for (const length of [0, 1, 12, 13, 20, 28, 29, sealed.length - 1])
      expect(() => unseal(key, place, sealed.subarray(0, length)), `${length} bytes`).toThrow(
        /sealed with another key/,
      );
  });

  it("does not open in another row, for another purpose, or with another key", () => {
    expect(() => unseal(key, { ...place, id: "b" }, sealed)).toThrow(/sealed with another key/);
    expect(() => unseal(key, { ...place, purpose: "totp" }, sealed)).toThrow(/sealed with another key/);
    expect(() => unseal(randomBytes(32), place, sealed)).toThrow(/sealed with another key/);
    expect(() => unseal(undefined, place, sealed)).toThrow(/ISTHMUS_SECRETS_KEY_FILE/);
  });

  it("of one person's second factor is no use in another's row", async () => {
    const [attacker, target] = [await attacked.person("swapper"), await attacked.person("swapped")];
    const secretOf = async (person: Target) => {
      const cookie = await attacked.signIn(person);
      const { password } = person;
      const offer = await attacked.mutate("signIn.beginSecondFactor", { password }, { cookie });
      const { secret } = offer.data as { readonly secret: string };
      const totp = new TOTP({ secret: Secret.fromBase32(secret) });
      const code = totp.generate({ timestamp: attacked.clock.now() });
      expect((await attacked.mutate("signIn.confirmSecondFactor", { code }, { cookie })).status).toBe(200);
      return totp;
    };
    const [attackers] = [await secretOf(attacker), await secretOf(target)];
    await attacked.sql(
      "update person_totp set last_step = 0, secret_sealed = (select secret_sealed from person_totp where person_id = $1) where person_id = $2",
      [attacker.personId, target.personId],
    );
    const step = await attacked.mutate("signIn.signIn", { email: target.email, password: target.password });
    const { ticket } = step.data as { readonly ticket: string };
    const code = attackers.generate({ timestamp: attacked.clock.now() });
    const answer = await attacked.mutate("signIn.signInWithCode", { ticket, code });
    expect([answer.status, answer.error?.code, answer.cookie]).toEqual([412, "barred", undefined]);
    expect(answer.error?.message).toContain("ISTHMUS_SECRETS_KEY_FILE");
  });
});
