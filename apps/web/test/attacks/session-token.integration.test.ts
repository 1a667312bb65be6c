import { Secret, TOTP } from "otpauth";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sessionCookie, sessionCookieName } from "../../src/server/session-token";
import { startAttacked, type Attacked, type Target } from "./support/attacked";

let attacked: Attacked;
let victim: Target;

beforeAll(async () => {
  attacked = await startAttacked();
  victim = await attacked.person("victim");
});
afterAll(() => attacked.stop());

const statusOf = async (cookie: string) => (await attacked.query("signIn.me", undefined, { cookie })).status;

describe("a session's cookie", () => {
  it("is kept from scripts, from other sites and over https from plain http", async () => {
    const answer = await attacked.mutate("signIn.signIn", { email: victim.email, password: victim.password });
    expect(answer.headers.getSetCookie()).toHaveLength(1);
    expect(answer.headers.get("set-cookie")).toMatch(
      /^isthmus_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Expires=[^;]+$/,
    );
    expect(answer.raw).not.toContain(answer.cookie?.split("=")[1]);
    const secure = {
      ...attacked.servers[0],
      config: { ...attacked.servers[0].config, publicUrl: "https://a.example" },
    };
    const { email, password } = victim;
    const overHttps = await attacked.mutate("signIn.signIn", { email, password }, { server: secure });
    expect(overHttps.headers.get("set-cookie")).toMatch(
      /^__Host-isthmus_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Expires=[^;]+; Secure$/,
    );
    // A site beside this one can set a cookie for the whole domain; without the prefix it is not looked at.
    const token = overHttps.cookie?.split("=")[1] ?? "";
    const me = (cookie: string) => attacked.query("signIn.me", undefined, { cookie, server: secure });
    expect((await me(`isthmus_session=${token}`)).status).toBe(401);
    expect((await me(`__Host-isthmus_session=${token}`)).status).toBe(200);
  });

  it("counts nowhere but in the Cookie header under its name", async () => {
    const cookie = await attacked.signIn(victim);
    const token = cookie.split("=")[1] ?? "";
    expect(await statusOf(cookie)).toBe(200);
    const others: readonly Readonly<Record<string, string>>[] = [
      { authorization: `Bearer ${token}` },
      { "x-isthmus-session": token },
      { "set-cookie": cookie },
      { cookie2: cookie },
      { "x-forwarded-cookie": cookie },
      { cookie: `Isthmus_Session=${token}` },
      { cookie: `isthmus_session_=${token}` },
      { cookie: `isthmus_session=${token}x` },
      { cookie: `isthmus_session=${token.slice(0, -1)}` },
      { cookie: `isthmus_session="${token}"` },
      { cookie: `a="; isthmus_session=x"; isthmus_session2=${token}` },
    ];
    for (const headers of others) {
      expect((await attacked.send("/api/trpc/signIn.me", { headers })).status, JSON.stringify(headers)).toBe(401);
    }
    for (const query of [`isthmus_session=${token}`, `token=${token}`, `access_token=${token}`, `cookie=${cookie}`]) {
      expect((await attacked.send(`/api/trpc/signIn.me?${query}`)).status, query).toBe(401);
    }
    const params = encodeURIComponent(JSON.stringify({ cookie, authorization: `Bearer ${token}` }));
    expect((await attacked.send(`/api/trpc/signIn.me?connectionParams=${params}`)).status).toBe(401);
  });

  it("is cleared at sign-out, and worth nothing at once", async () => {
    const cookie = await attacked.signIn(victim);
    const out = await attacked.mutate("signIn.signOut", undefined, { cookie });
    const { publicUrl } = attacked.servers[0].config;
    expect(out.headers.get("set-cookie")).toBe(sessionCookie({ publicUrl, token: "", expiresAt: new Date(0) }));
    expect(await statusOf(cookie)).toBe(401);
  });

  it("holds nothing but the token", () => {
    expect(sessionCookieName("https://a.example")).toBe("__Host-isthmus_session");
    expect(sessionCookieName("http://localhost")).toBe("isthmus_session");
  });
});

describe("a token that an attacker planted", () => {
  it("is never adopted at sign-in, also where it is a live one of the attacker's", async () => {
    const attacker = await attacked.person("planter");
    for (const planted of [`isthmus_session=${"a".repeat(43)}`, await attacked.signIn(attacker)]) {
      const { email, password } = victim;
      const answer = await attacked.mutate("signIn.signIn", { email, password }, { cookie: planted });
      expect(answer.status).toBe(200);
      expect(answer.cookie).toMatch(/^isthmus_session=[\w-]{43}$/);
      expect(answer.cookie).not.toBe(planted);
      // The former session ended; whoever planted it holds nothing.
      expect(await statusOf(planted)).toBe(401);
      expect((await attacked.query("signIn.me", undefined, { cookie: answer.cookie })).data).toMatchObject({ email });
    }
  });
});

describe("a stolen token", () => {
  /** Acts, and expects a new token in the place of the old one. */
  const expectRotated = async (cookie: string, path: string, input: unknown) => {
    const answer = await attacked.mutate(path, input, { cookie });
    expect([answer.status, path], answer.raw).toEqual([200, path]);
    expect(answer.cookie, path).toMatch(/^isthmus_session=[\w-]{43}$/);
    expect(await statusOf(cookie), path).toBe(401);
    expect(await statusOf(answer.cookie ?? ""), path).toBe(200);
    return { cookie: answer.cookie ?? "", data: answer.data };
  };

  it("dies with a change of password, second factor or organisation", async () => {
    const person = await attacked.person("rotated");
    const elsewhere = await attacked.organisation("rotated elsewhere");
    await attacked.sql("insert into membership (organisation_id, person_id) values ($1, $2)", [
      elsewhere,
      person.personId,
    ]);
    const [stolen, first] = [await attacked.signIn(person), await attacked.signIn(person)];
    const next = "another password, and long";
    const changed = await expectRotated(first, "signIn.changePassword", { current: person.password, next });
    expect(await statusOf(stolen)).toBe(401);

    const offer = await attacked.mutate("signIn.beginSecondFactor", { password: next }, { cookie: changed.cookie });
    const { secret } = offer.data as { readonly secret: string };
    const totp = new TOTP({ secret: Secret.fromBase32(secret) });
    const code = () => totp.generate({ timestamp: attacked.clock.now() });
    const before = await attacked.signIn({ ...person, password: next });
    const enabled = await expectRotated(changed.cookie, "signIn.confirmSecondFactor", { code: code() });
    // What the password alone opened before is closed.
    expect(await statusOf(before)).toBe(401);

    attacked.clock.advance(30_000);
    const disabled = await expectRotated(enabled.cookie, "signIn.disableSecondFactor", {
      password: next,
      code: code(),
    });
    const switched = await expectRotated(disabled.cookie, "signIn.switchOrganisation", { id: elsewhere });
    expect((await attacked.query("signIn.me", undefined, { cookie: switched.cookie })).data).toMatchObject({
      organisation: "rotated elsewhere",
    });
  });

  it("does not come into an organisation of which its person is no member, or no more", async () => {
    const person = await attacked.person("switcher");
    const cookie = await attacked.signIn(person);
    const shut = await attacked.organisation("shut out of");
    await attacked.sql("insert into membership (organisation_id, person_id, disabled_at) values ($1, $2, now())", [
      shut,
      person.personId,
    ]);
    for (const id of [victim.organisationId, shut, "00000000-0000-4000-8000-000000000001"]) {
      const answer = await attacked.mutate("signIn.switchOrganisation", { id }, { cookie });
      expect([answer.status, answer.cookie]).toEqual([404, undefined]);
    }
    expect(await statusOf(cookie)).toBe(200);
  });
});

describe("looking through another member's eyes", () => {
  it("shows nothing more when the other is given more meanwhile", async () => {
    const { organisationId } = victim;
    const owner = await attacked.signIn(victim);
    const [looker, other] = [
      await attacked.person("looker", { organisationId, role: "viewer" }),
      await attacked.person("looked-at", { organisationId, role: "viewer" }),
    ];
    const scope = { clusters: { kind: "all" }, namespaces: "all", tiers: "all" };
    const made = await attacked.mutate(
      "roles.create",
      { name: "Looker", permissions: ["organisation.view-as", "members.read"] },
      { cookie: owner },
    );
    const { id: roleId } = made.data as { readonly id: string };
    const bind = (personId: string, role: string) =>
      attacked.mutate("roles.bind", { roleId: role, scope, holder: { kind: "person", personId } }, { cookie: owner });
    expect((await bind(looker.personId, roleId)).status).toBe(200);
    const cookie = await attacked.signIn(looker);
    expect((await attacked.mutate("signIn.viewAs", { personId: other.personId }, { cookie })).status).toBe(200);
    expect((await attacked.query("audit.list", { range: "1h" }, { cookie })).status).toBe(403);
    expect((await attacked.mutate("tiers.create", { name: "while-looking", order: 9 }, { cookie })).status).toBe(403);
    expect((await bind(other.personId, "owner")).status).toBe(200);
    expect((await attacked.query("audit.facets", undefined, { cookie })).status).toBe(403);
    expect((await attacked.query("roles.bindings", undefined, { cookie })).status).toBe(403);
  });
});

describe("a session that goes on", () => {
  it("ends thirty days after its sign-in, however often it is used", async () => {
    const cookie = await attacked.signIn(await attacked.person("tireless"));
    const day = 86_400_000;
    for (let used = 0; used < 4; used += 1) {
      attacked.clock.advance(6 * day);
      expect(await statusOf(cookie)).toBe(200);
    }
    attacked.clock.advance(6 * day - 1);
    expect(await statusOf(cookie)).toBe(200);
    attacked.clock.advance(1);
    expect(await statusOf(cookie)).toBe(401);
  });

  it("is worth nothing while its person is shut out, also where nothing ended it", async () => {
    const person = await attacked.person("shut-out");
    const cookie = await attacked.signIn(person);
    const shut = (at: string) =>
      attacked.sql(`update membership set disabled_at = ${at} where person_id = $1`, [person.personId]);
    await shut("now()");
    expect(await statusOf(cookie)).toBe(401);
    await shut("null");
    expect(await statusOf(cookie)).toBe(200);
  });
});
