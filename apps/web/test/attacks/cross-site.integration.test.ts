import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startAttacked, type Attacked, type Target } from "./support/attacked";
import { everyProcedure, sampleInput } from "./support/procedures";

let attacked: Attacked;
let victim: Target;
let cookie: string;

beforeAll(async () => {
  attacked = await startAttacked();
  victim = await attacked.person("victim");
  cookie = await attacked.signIn(victim);
});
afterAll(() => attacked.stop());

const mutations = everyProcedure().filter(({ type }) => type === "mutation");
const queries = everyProcedure().filter(({ type }) => type === "query");

/** What a browser sends along for a page of another site, or one too old to say more than `Origin`. */
const elsewhere: readonly Readonly<Record<string, string>>[] = [
  { "sec-fetch-site": "cross-site" },
  { "sec-fetch-site": "same-site" },
  { "sec-fetch-site": "cross-site", origin: "http://localhost:7400" },
  { origin: "https://evil.example" },
  { origin: "null" },
  { origin: "https://localhost:7400" },
  { origin: "http://localhost:7401" },
  { origin: "http://localhost:7400.evil.example" },
  { origin: "http://localhost:7400@evil.example" },
];

/** Bodies that a form can send without asking beforehand. */
const forms: readonly (readonly [type: string, body: (json: string) => string])[] = [
  ["text/plain", (json) => json],
  ["text/plain; charset=application/json", (json) => json],
  ["application/x-www-form-urlencoded", (json) => json],
  [
    "multipart/form-data; boundary=b",
    (json) => `--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n${json}\r\n--b--\r\n`,
  ],
  ["application/octet-stream", (json) => json],
  ["", (json) => json],
];

/** Everything in the organisation that an act would change; that a request was refused is written down and changes nothing. */
async function state() {
  const { audit_head: _, ...rows } = await attacked.dump(victim.organisationId);
  const acts = (rows["audit_entry"] ?? []).filter((row) => !row.includes('"action":"access.refuse"'));
  return JSON.stringify({ ...rows, audit_entry: acts }).replaceAll(/"last_seen_at\\*":\\*"[^"]*"/g, "");
}

const bodyOf = (path: string) => {
  const procedure = mutations.find((each) => each.path === path);
  const known = (name: string) => (name === "id" || name.endsWith("Id") ? victim.organisationId : undefined);
  return JSON.stringify({ json: (procedure && sampleInput(procedure, known)) ?? null });
};

const post = (path: string, headers: Readonly<Record<string, string>>, body = bodyOf(path)) =>
  attacked.send(`/api/trpc/${path}`, {
    method: "POST",
    headers: { cookie, ...headers },
    body: new TextEncoder().encode(body),
  });

describe("a page elsewhere, in a browser that is signed in here", () => {
  it("finds mutations to attack", () => {
    expect(mutations.length).toBeGreaterThan(15);
    expect(queries.length).toBeGreaterThan(15);
  });

  it.each(mutations)("cannot make it call $path", async ({ path }) => {
    const before = await state();
    for (const headers of elsewhere) {
      const answer = await post(path, { "content-type": "application/json", ...headers });
      expect([answer.status, answer.error?.code], JSON.stringify(headers)).toEqual([403, "wrong-origin"]);
      expect(answer.headers.has("set-cookie")).toBe(false);
    }
    for (const [type, body] of forms) {
      // As from a browser that says nothing of where a form comes from.
      const answer = await post(path, type === "" ? {} : { "content-type": type }, body(bodyOf(path)));
      expect([answer.status, answer.error?.code], type).toEqual([400, "invalid-input"]);
      expect(answer.headers.has("set-cookie")).toBe(false);
    }
    expect(await state()).toBe(before);
  });

  it("is refused for where it comes from and for nothing else", async () => {
    const answer = await post("signIn.stopViewAs", {
      "content-type": "application/json",
      "sec-fetch-site": "same-origin",
    });
    expect(answer.status).toBe(200);
  });

  it.each(mutations)("cannot reach $path by another method", async ({ path }) => {
    const before = await state();
    const input = encodeURIComponent(bodyOf(path));
    for (const method of ["GET", "HEAD", "PUT", "PATCH", "DELETE"]) {
      const extra = { "x-http-method-override": "POST", "x-method-override": "POST" };
      const answer = await attacked.send(`/api/trpc/${path}?input=${input}&_method=POST`, {
        method,
        headers: { cookie, "sec-fetch-site": "cross-site", ...extra },
      });
      expect(answer.status === 204 ? "HEAD" : answer.status >= 400 ? method : answer.raw).toBe(method);
      expect(answer.headers.has("set-cookie")).toBe(false);
    }
    expect(await state()).toBe(before);
  });

  it("cannot smuggle a mutation into a batch", async () => {
    const before = await state();
    const batches = [
      "signIn.revokeOtherSessions,signIn.revokeOtherSessions",
      "signIn.me,signIn.revokeOtherSessions",
      "signIn.providers,signIn.signOut",
      "signIn.signOut,signIn.changePassword,policies.saveRevision",
    ];
    for (const paths of batches) {
      const inputs = JSON.stringify(Object.fromEntries(paths.split(",").map((_, at) => [at, { json: null }])));
      const [asGet, asPost] = await Promise.all([
        attacked.send(`/api/trpc/${paths}?batch=1&input=${encodeURIComponent(inputs)}`, {
          headers: { cookie, "sec-fetch-site": "cross-site" },
        }),
        attacked.send(`/api/trpc/${paths}?batch=1`, {
          method: "POST",
          headers: { cookie, "sec-fetch-site": "cross-site", "content-type": "application/json" },
          body: inputs,
        }),
      ]);
      for (const answer of [asGet, asPost]) {
        expect(answer.raw).not.toContain('"result"');
        expect(answer.headers.has("set-cookie")).toBe(false);
      }
    }
    expect(await state()).toBe(before);
  });

  it("gains nothing from a bearer token of its own making beside the cookie", async () => {
    for (const authorization of ["Bearer isthmus_made-up", "Basic YTpi", "Bearer", "Bearer x"]) {
      const answer = await post("signIn.revokeOtherSessions", {
        "content-type": "application/json",
        "sec-fetch-site": "cross-site",
        authorization,
      });
      expect(answer.status, authorization).toBeGreaterThanOrEqual(400);
    }
  });
});

describe("a question", () => {
  it("changes nothing, whichever it is, and is not asked by POST", async () => {
    const before = await state();
    const known = (name: string) =>
      name === "range" ? "1h" : name === "id" || name.endsWith("Id") ? victim.organisationId : undefined;
    for (const query of queries) {
      const input = encodeURIComponent(JSON.stringify({ json: sampleInput(query, known) ?? null }));
      await attacked.send(`/api/trpc/${query.path}?input=${input}`, { headers: { cookie } });
      expect(await state(), query.path).toBe(before);
      expect((await post(query.path, { "content-type": "application/json" }, "{}")).status, query.path).toBe(405);
    }
  });
});
