import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startAttacked, type Attacked, type CallOptions, type Target } from "./support/attacked";
import { everyProcedure, sampleInput } from "./support/procedures";

let attacked: Attacked;
let owner: Target;
let cookie: string;

const everywhere = { clusters: { kind: "all" }, namespaces: "all", tiers: "all" };

beforeAll(async () => {
  attacked = await startAttacked();
  owner = await attacked.person("tokens");
  cookie = await attacked.signIn(owner);
});
afterAll(() => attacked.stop());

interface Made {
  readonly id: string;
  readonly secret: string;
}

async function make(whose: string, roleId = "owner", days = 90): Promise<Made> {
  const answer = await attacked.mutate(
    "tokens.create",
    { name: `of ${roleId}`, days, roleId, scope: everywhere },
    { cookie: whose },
  );
  if (answer.status !== 200) throw new Error(answer.raw);
  return answer.data as Made;
}

/** A script's request: no cookie, and nothing that a browser would say. */
const bearing = (secret: string): CallOptions => ({
  headers: { authorization: `Bearer ${secret}`, "sec-fetch-site": "cross-site" },
});
const statusOf = async (secret: string) => (await attacked.query("signIn.me", undefined, bearing(secret))).status;

describe("a token", () => {
  it("counts in the Authorization header alone, whole and as it was given", async () => {
    const { secret } = await make(cookie);
    expect(secret).toMatch(/^isthmus_[\w-]{43}$/);
    expect(await statusOf(secret)).toBe(200);
    for (const header of [
      `Bearer ${secret}x`,
      `Bearer ${secret.slice(0, -1)}`,
      `Bearer ${secret.slice("isthmus_".length)}`,
      `Bearer ISTHMUS_${secret.slice("isthmus_".length)}`,
      `Bearer isthmus_${randomBytes(32).toString("base64url")}`,
      `Bearer "${secret}"`,
      `Bearer ${secret}, Bearer ${secret}`,
      `Token ${secret}`,
      `Basic ${Buffer.from(`:${secret}`).toString("base64")}`,
      secret,
      "Bearer isthmus_",
      "Bearer %",
    ]) {
      const answer = await attacked.send("/api/trpc/signIn.me", { headers: { authorization: header } });
      expect(answer.status, header).toBe(401);
      expect(answer.raw).not.toContain(secret);
    }
    for (const path of [`?access_token=${secret}`, `?token=${secret}`, `?authorization=Bearer%20${secret}`])
      expect((await attacked.send(`/api/trpc/signIn.me${path}`)).status, path).toBe(401);
    for (const cookieHeader of [`isthmus_session=${secret}`, `authorization=Bearer ${secret}`])
      expect((await attacked.query("signIn.me", undefined, { cookie: cookieHeader })).status).toBe(401);
  });

  it("does not fall back to a cookie, nor lend its weight to one", async () => {
    const wrong = { cookie, headers: { authorization: "Bearer isthmus_wrong" } };
    expect((await attacked.query("signIn.me", undefined, wrong)).status).toBe(401);
    // A cookie beside somebody else's token acts for nobody but the token's owner.
    const other = await attacked.person("other-owner");
    const { secret } = await make(await attacked.signIn(other));
    const both = { cookie, headers: { authorization: `Bearer ${secret}` } };
    expect((await attacked.query("signIn.me", undefined, both)).data).toMatchObject({ email: other.email });
  });

  it("is dead at once when it is revoked, and at its end when it expires", async () => {
    const [revoked, expiring] = [await make(cookie), await make(cookie, "viewer", 1)];
    expect((await attacked.mutate("tokens.revoke", { id: revoked.id }, { cookie })).status).toBe(200);
    expect(await statusOf(revoked.secret)).toBe(401);
    attacked.clock.advance(86_399_000);
    expect(await statusOf(expiring.secret)).toBe(200);
    attacked.clock.advance(1_000);
    expect(await statusOf(expiring.secret)).toBe(401);
    attacked.clock.advance(-86_400_000);
  });

  it("does nothing while its owner is shut out, and ends with the membership", async () => {
    const member = await attacked.person("shut-out", { organisationId: owner.organisationId, role: "auditor" });
    const { secret } = await make(await attacked.signIn(member), "viewer");
    const act = (path: string) => attacked.mutate(path, { personId: member.personId }, { cookie });
    expect(await statusOf(secret)).toBe(200);
    expect((await act("members.disable")).status).toBe(200);
    expect(await statusOf(secret)).toBe(401);
    expect((await act("members.enable")).status).toBe(200);
    expect(await statusOf(secret)).toBe(200);
    expect((await act("members.remove")).status).toBe(200);
    expect(await statusOf(secret)).toBe(401);
  });

  it("may do no more than its owner may at that moment", async () => {
    const member = await attacked.person("demoted", { organisationId: owner.organisationId, role: "owner" });
    const { secret } = await make(await attacked.signIn(member), "owner");
    const rename = (server = attacked.servers[0]) =>
      attacked.mutate(
        "organisations.rename",
        { name: `named ${randomBytes(3).toString("hex")}` },
        { ...bearing(secret), server },
      );
    expect((await rename()).status).toBe(200);
    expect((await rename(attacked.servers[1])).status).toBe(200);
    const bindings = await attacked.query("roles.bindings", undefined, { cookie });
    const binding = (bindings.data as readonly { id: string; holder: { personId?: string } }[]).find(
      ({ holder }) => holder.personId === member.personId,
    );
    expect((await attacked.mutate("roles.unbind", { id: binding?.id }, { cookie })).status).toBe(200);
    // In the other process as well, which had compiled its access before.
    for (const server of attacked.servers) expect((await rename(server)).status).toBe(403);
  });

  it("may do less than its owner where its role says so", async () => {
    const { secret } = await make(cookie, "viewer");
    expect((await attacked.query("clusters.list", undefined, bearing(secret))).status).toBe(200);
    expect((await attacked.query("members.list", undefined, bearing(secret))).status).toBe(403);
    expect((await attacked.mutate("tiers.create", { name: "by-token", order: 1 }, bearing(secret))).status).toBe(403);
  });
});

describe("what is for a person alone", () => {
  /** Own things that a token may ask about; whatever else is a person's own, it may not. */
  const forTokens = new Set(["signIn.me", "organisations.current", "roles.list", "roles.explain", "frame.access"]);
  const own = everyProcedure().filter(
    ({ path, permission, type }) => permission === "own" && type !== "subscription" && !forTokens.has(path),
  );

  it("is not for a token, whatever its owner may", async () => {
    const { secret } = await make(cookie);
    const before = JSON.stringify((await attacked.dump(owner.organisationId))["membership"]);
    expect(own.length).toBeGreaterThan(10);
    for (const procedure of own) {
      const known = (_: string, { format }: { readonly format?: string }) =>
        format === "uuid" ? owner.personId : undefined;
      const input = sampleInput(procedure, known);
      const answer =
        procedure.type === "query"
          ? await attacked.query(procedure.path, input, bearing(secret))
          : await attacked.mutate(procedure.path, input, bearing(secret));
      expect([procedure.path, answer.status, answer.error?.code], answer.raw).toEqual([
        procedure.path,
        403,
        "forbidden",
      ]);
    }
    expect(JSON.stringify((await attacked.dump(owner.organisationId))["membership"])).toBe(before);
  });

  it("includes making tokens and looking through others' eyes", async () => {
    const { secret } = await make(cookie);
    const more = { name: "more", roleId: "viewer", scope: everywhere };
    expect((await attacked.mutate("tokens.create", more, bearing(secret))).status).toBe(403);
    const member = await attacked.person("looked-at", { organisationId: owner.organisationId, role: "viewer" });
    const look = await attacked.mutate("signIn.viewAs", { personId: member.personId }, bearing(secret));
    expect(look.status).toBe(403);
  });
});
