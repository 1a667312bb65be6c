import { randomUUID } from "node:crypto";
import { z } from "zod";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openAuditExport } from "../../src/features/audit/server";
import { handleHttpApi } from "../../src/features/http-api/server";
import { endpoints } from "../../src/features/http-api/server/endpoints";
import { openOrganisationExport } from "../../src/features/organisations/server";
import { download, type DownloadRoute } from "../../src/server/download";
import { startAttacked, type Attacked, type Target } from "./support/attacked";
import { sampleOfSchema } from "./support/procedures";

const everywhere = { clusters: { kind: "all" }, namespaces: "all", tiers: "all" };

let attacked: Attacked;
let victim: Target;
let attacker: Target;
let cookie: string;
let token: string;
let ids: readonly string[];

beforeAll(async () => {
  attacked = await startAttacked();
  [victim, attacker] = [await attacked.person("canary"), await attacked.person("caller")];
  const owner = await attacked.signIn(victim);
  for (const [path, input] of [
    ["clusters.connect", { name: "canary-cluster" }],
    ["tiers.create", { name: "canary-tier", order: 10 }],
    ["roles.create", { name: "canary role", permissions: ["clusters.read"] }],
    ["members.invite", { email: "canary-guest@attacked.example", roleId: "viewer", scope: everywhere }],
    ["tokens.create", { name: "canary token", roleId: "viewer", scope: everywhere }],
  ] as const) {
    const made = await attacked.mutate(path, input, { cookie: owner });
    if (made.status !== 200) throw new Error(`${path}: ${made.raw}`);
  }
  const rows = Object.values(await attacked.dump(victim.organisationId)).flat();
  ids = [victim.personId, ...rows.flatMap((row) => (JSON.parse(row) as { readonly id?: string }).id ?? [])];
  cookie = await attacked.signIn(attacker);
  const made = await attacked.mutate("tokens.create", { name: "t", roleId: "owner", scope: everywhere }, { cookie });
  token = (made.data as { readonly secret: string }).secret;
});
afterAll(() => attacked.stop());

const ask = async (
  method: string,
  path: string,
  { headers = {}, body }: { headers?: HeadersInit; body?: BodyInit } = {},
) => {
  const [server] = attacked.servers;
  const sent = new Headers(headers);
  if (body !== undefined && !sent.has("content-type")) sent.set("content-type", "application/json");
  const init = { method, headers: sent, ...(body === undefined ? {} : { body, duplex: "half" }) } as RequestInit;
  const response = await handleHttpApi(server, new Request(`http://localhost:7400/api/v1${path}`, init));
  return { status: response.status, headers: response.headers, raw: await response.text() };
};

const bearing = () => ({ authorization: `Bearer ${token}` });
const state = async () => JSON.stringify(await attacked.dump(victim.organisationId));

/** The operation asked about one thing, with a body that its schema lets pass where that can be made up. */
function attackOn({ method, path, input }: (typeof endpoints)[number], id: string, more: object = {}) {
  const known = (name: string, { format }: { readonly format?: string }) =>
    format === "uuid" || /id$/i.test(name) ? id : name === "email" ? "x@attacked.example" : undefined;
  const schema = z.toJSONSchema(input, { io: "input", unrepresentable: "any" });
  const sample = sampleOfSchema(schema, known) as Readonly<Record<string, unknown>>;
  const filled = path.replaceAll(/\{(\w+)\}/g, () => encodeURIComponent(id));
  const rest = Object.entries({ ...more, ...sample }).filter(([name]) => !path.includes(`{${name}}`));
  return method === "GET" || method === "DELETE"
    ? { method, path: filled }
    : { method, path: filled, body: JSON.stringify(Object.fromEntries(rest)) };
}

describe("the HTTP API", () => {
  it.each(endpoints.map((each) => ({ each, name: `${each.method} ${each.path}` })))(
    "answers $name to a token in its header alone",
    async ({ each }) => {
      const before = await state();
      const { method, path, body } = attackOn(each, randomUUID());
      for (const [suffix, headers] of [
        ["", {}],
        ["", { cookie, "sec-fetch-site": "same-origin" }],
        ["", { authorization: `Bearer ${token}x` }],
        ["", { authorization: `Basic ${btoa(`:${token}`)}` }],
        ["", { cookie: `isthmus_session=${token}` }],
        [`?access_token=${token}&token=${token}`, {}],
        [`?authorization=Bearer%20${token}`, {}],
      ] as const) {
        const answer = await ask(method, `${path}${suffix}`, { headers, ...(body === undefined ? {} : { body }) });
        expect([answer.status, answer.headers.get("cache-control")], JSON.stringify(headers)).toEqual([
          401,
          "no-store",
        ]);
        expect(answer.headers.has("set-cookie")).toBe(false);
        expect(answer.raw).not.toContain(token);
      }
      expect(await state()).toBe(before);
    },
  );

  it.each(endpoints.map((each) => ({ each, name: `${each.method} ${each.path}` })))(
    "finds nothing of another organisation by $name",
    async ({ each }) => {
      const before = await state();
      const tries = each.path.includes("{") ? ids : ids.slice(0, 1);
      for (const id of tries) {
        const { method, path, body } = attackOn(each, id, { organisationId: victim.organisationId });
        const answer = await ask(method, path, { headers: bearing(), ...(body === undefined ? {} : { body }) });
        expect(answer.raw, `${path} ${body}`).not.toMatch(/canary/);
        expect(answer.status, `${path} ${body} ${answer.raw}`).toBeLessThan(500);
        const shown = each.path.includes("{") && answer.status < 300 ? answer.raw : '{"items":[]}';
        expect(shown, path).toContain('"items":[]');
      }
      expect(await state()).toBe(before);
    },
  );

  it("takes no field that is not documented", () => {
    for (const { input, path, method } of endpoints) {
      const json = JSON.stringify(z.toJSONSchema(input, { io: "input", unrepresentable: "any" }));
      expect(json, `${method} ${path}`).not.toMatch(/"(organisationId|createdBy|actor|passwordHash|accessRevision)"/);
      expect(
        input.safeParse({ organisationId: victim.organisationId, createdBy: victim.personId }).data ?? {},
      ).not.toHaveProperty("organisationId");
    }
  });

  it("refuses what is too large, no JSON, or another method", async () => {
    const first = endpoints.find(({ method, path }) => method === "POST" && !path.includes("{"));
    const path = first?.path ?? "";
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536).fill(0x20));
      },
    });
    expect((await ask("POST", path, { headers: bearing(), body: endless })).status).toBe(413);
    expect(sent).toBeLessThan(4_000_000);
    for (const body of ["[".repeat(500_000), "{", "[]", "null", '{"__proto__":{"polluted":1}}']) {
      const answer = await ask("POST", path, { headers: bearing(), body });
      expect(answer.status, body.slice(0, 20)).toBe(400);
    }
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    const form = { ...bearing(), "content-type": "application/x-www-form-urlencoded" };
    expect((await ask("POST", path, { headers: form, body: "name=x" })).status).toBe(400);
    for (const method of ["PUT", "PATCH", "DELETE", "OPTIONS"]) {
      expect((await ask(method, path, { headers: bearing() })).status, method).toBe(405);
    }
  });

  it("documents itself without a word about anybody", async () => {
    const { status, raw } = await ask("GET", "/openapi.json");
    expect(status).toBe(200);
    for (const word of ["canary", attacker.email, attacker.organisationId, token]) expect(raw).not.toContain(word);
  });
});

describe("downloads", () => {
  const routes: readonly (DownloadRoute & { readonly name: string })[] = [
    { name: "audit", permission: "audit.export", open: openAuditExport },
    { name: "organisation", permission: "organisation.manage", open: openOrganisationExport },
  ];
  const fetchFile = async (route: DownloadRoute, headers: HeadersInit, query = "") => {
    const request = new Request(`http://localhost:7400/api/export/x${query}`, { headers });
    const response = await download(attacked.servers[0], request, route);
    return { status: response.status, headers: response.headers, raw: await response.text() };
  };

  it.each(routes)(
    "of $name need a page of ours and the permission, and are of one's own organisation",
    async (route) => {
      const site = { "sec-fetch-site": "same-origin" };
      const own = await fetchFile(route, { cookie, ...site }, `?organisationId=${victim.organisationId}`);
      expect(own.status).toBe(200);
      expect(own.headers.get("cache-control")).toBe("no-store");
      expect(own.headers.get("content-disposition")).toMatch(/^attachment; filename="[a-z0-9.-]+"$/);
      expect(own.raw).not.toMatch(/canary/);
      expect(own.raw).not.toContain("$argon2");
      const viewer = await attacked.person(`reader-of-${route.name}`, {
        organisationId: attacker.organisationId,
        role: "viewer",
      });
      const theirs = await attacked.signIn(viewer);
      const before = await state();
      for (const [headers, status] of [
        [{ ...site }, 401],
        [{ cookie, "sec-fetch-site": "cross-site" }, 403],
        [{ cookie, "sec-fetch-site": "same-site" }, 403],
        [{ cookie, origin: "https://evil.example" }, 403],
        [{ cookie: theirs, ...site }, 403],
        [{ authorization: "Bearer isthmus_wrong", cookie, ...site }, 401],
      ] as const) {
        const answer = await fetchFile(route, headers);
        expect([answer.status, answer.headers.get("cache-control")], JSON.stringify(headers)).toEqual([
          status,
          "no-store",
        ]);
      }
      expect((await fetchFile(route, site, `?token=${token}`)).status).toBe(401);
      expect(await state()).toBe(before);
    },
  );
});
