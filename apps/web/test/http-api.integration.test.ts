import { randomUUID } from "node:crypto";
import { listAudit, noteRedemption } from "@isthmus/db";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { handleHttpApi } from "../src/features/http-api/server";
import { startTestWeb, type TestWeb } from "./people";

let web: TestWeb;
let acme: Awaited<ReturnType<TestWeb["organisation"]>>;
let owner: string;

const everywhere = { clusters: { kind: "all" as const }, namespaces: "all" as const, tiers: "all" as const };

beforeAll(async () => {
  web = await startTestWeb();
  acme = await web.organisation("acme");
  owner = (await acme.as.tokens.create({ name: "terraform", roleId: "owner", scope: everywhere })).secret;
});
afterAll(async () => web?.stop());

interface Asked {
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

async function ask(method: string, path: string, { token = owner, body, headers = {} }: Asked = {}) {
  const response = await handleHttpApi(
    web.server,
    new Request(`http://localhost:7400/api/v1${path}`, {
      method,
      headers: {
        ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    }),
  );
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: (text === "" ? null : JSON.parse(text)) as Json };
}

type Json = Record<string, unknown> & {
  readonly items: Record<string, unknown>[];
  readonly id: string;
  readonly nextCursor: string | null;
};

const yaml = (name: string, action: string) => `apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata:
  name: security.${name}
spec:
  tier: security
  selector: all()
  ingress:
    - action: ${action}
`;

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
}
type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

/** Two clusters that ask to be let in. */
async function waitingRedemptions(grantId: string): Promise<readonly string[]> {
  const told = { agentVersion: "1", instance: "a", remoteAddress: "", at: new Date(web.clock.now()) };
  const attempts = [1, 2].map((key) => ({
    ...told,
    grantId,
    id: randomUUID(),
    clusterUid: `uid-${key}`,
    publicKey: Buffer.from([key]),
  }));
  await web.database.forOrganisation(acme.id).transaction(async (tx) => {
    for (const attempt of attempts) await noteRedemption(tx, attempt, { state: "waiting" });
  });
  return attempts.map(({ id }) => id);
}

/** Every reference of a document. */
const referencesIn = (value: unknown): string[] =>
  typeof value !== "object" || value === null
    ? []
    : Object.entries(value).flatMap(([key, each]) =>
        key === "$ref" && typeof each === "string" ? [each] : referencesIn(each),
      );

describe("the document", () => {
  it("is there for everybody, and whole in itself", async () => {
    const { status, body } = await ask("GET", "/openapi.json", { token: "" });
    expect(status).toBe(200);
    expect(body).toMatchObject({ openapi: "3.1.0", servers: [{ url: "http://localhost:7400/api/v1" }] });
    const schemas = Object.keys((body["components"] as { schemas: object }).schemas);
    const references = referencesIn(body).map((each) => each.replace("#/components/schemas/", ""));
    expect(references.filter((name) => !schemas.includes(name))).toEqual([]);
    expect(schemas.filter((name) => !references.includes(name))).toEqual([]);
    const operations = Object.entries(body["paths"] as Paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    );
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, operation } of operations) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === "path");
      expect([path, ...inPath.map(({ name }) => name)]).toEqual([path, ...named]);
      expect(inPath.filter(({ required }) => !required)).toEqual([]);
      expect(Object.keys(operation.responses).filter((code) => code.startsWith("2"))).toHaveLength(1);
    }
  });
});

describe("an owner's token", () => {
  it("does everything, each answer as it is documented", async () => {
    const done = new Set<string>();
    const call = async (status: number, method: string, path: string, body?: unknown) => {
      const answer = await ask(method, path, body === undefined ? {} : { body });
      if (answer.status !== status)
        throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      done.add(`${method} ${path.replace(/\?.*/, "").replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "{}")}`);
      return answer.body;
    };
    expect(await call(200, "GET", "/me")).toMatchObject({
      organisation: { name: "acme" },
      token: { name: "terraform" },
      limited: false,
    });
    const connected = await call(201, "POST", "/clusters", { name: "eu-west", labels: { region: "eu" } });
    const cluster = String(connected["clusterId"]);
    expect((await call(200, "GET", "/clusters")).items).toMatchObject([{ id: cluster, name: "eu-west" }]);
    expect(await call(200, "GET", `/clusters/${cluster}`)).toMatchObject({ labels: { region: "eu" }, joinedAt: null });
    expect(await call(200, "PUT", `/clusters/${cluster}/labels`, { labels: { region: "de" } })).toMatchObject({
      labels: { region: "de" },
    });
    await call(201, "POST", `/clusters/${cluster}/grants`, {});
    expect((await call(200, "GET", `/clusters/${cluster}/grants`)).items).toHaveLength(2);
    expect(await call(200, "DELETE", `/clusters/${cluster}/grants`)).toEqual({ revoked: 2 });
    await call(200, "POST", `/clusters/${cluster}/revoke-agent`, {});
    const fleet = await call(201, "POST", "/fleet-grants", { namePrefix: "edge", grant: { approval: true } });
    expect((await call(200, "GET", "/fleet-grants")).items).toMatchObject([{ id: fleet["grantId"], state: "open" }]);
    const [one, another] = await waitingRedemptions(String(fleet["grantId"]));
    expect((await call(200, "GET", "/redemptions")).items).toMatchObject([{ state: "waiting" }, { state: "waiting" }]);
    await call(204, "POST", `/redemptions/${one}/approve`, {});
    await call(204, "POST", `/redemptions/${another}/refuse`, {});
    expect(await call(200, "DELETE", `/fleet-grants/${String(fleet["grantId"])}`)).toEqual({ revoked: true });
    await call(201, "POST", "/tiers", { name: "security", order: 100 });
    expect((await call(200, "GET", "/tiers")).items).toMatchObject([{ name: "security", order: 100 }]);
    const first = await call(201, "POST", "/policies", { yaml: yaml("deny", "Deny"), placement: 'name == "eu-west"' });
    const policy = String(first["policyId"]);
    const second = await call(201, "POST", `/policies/${policy}/revisions`, {
      yaml: yaml("deny", "Allow"),
      placement: 'name == "eu-west"',
      basedOn: 1,
    });
    expect(second).toMatchObject({ policyId: policy, number: 2 });
    await call(200, "POST", `/policies/${policy}/apply`, { revisionId: second["revisionId"], clusterIds: [cluster] });
    expect((await call(200, "GET", "/policies")).items).toMatchObject([
      { id: policy, tier: "security", mode: "enforced", appliedRevision: 2 },
    ]);
    expect(await call(200, "GET", `/policies/${policy}`)).toMatchObject({ appliedTo: [cluster] });
    await call(200, "POST", `/policies/${policy}/withdraw`, {});
    const role = await call(201, "POST", "/roles", { name: "Reader", permissions: ["clusters.read"] });
    await call(204, "PUT", `/roles/${role.id}`, { name: "Reader", permissions: ["clusters.read", "tiers.read"] });
    expect((await call(200, "GET", "/roles?limit=3")).items).toHaveLength(3);
    const invitation = await call(201, "POST", "/invitations", {
      email: "kim@example.org",
      roleId: role.id,
      scope: everywhere,
    });
    expect((await call(200, "GET", "/invitations")).items).toMatchObject([{ email: "kim@example.org" }]);
    await call(204, "DELETE", `/invitations/${invitation.id}`);
    const kim = await web.member(acme.id, "kim", null);
    expect((await call(200, "GET", "/members")).items).toHaveLength(2);
    const holder = { kind: "person", personId: kim.personId };
    const binding = await call(201, "POST", "/bindings", { roleId: role.id, scope: everywhere, holder });
    expect((await call(200, "GET", "/bindings")).items.map(({ id }) => id)).toContain(binding.id);
    await call(204, "DELETE", `/bindings/${binding.id}`);
    await call(204, "POST", `/members/${kim.personId}/disable`, {});
    await call(204, "POST", `/members/${kim.personId}/enable`, {});
    await call(204, "DELETE", `/members/${kim.personId}`);
    await call(204, "DELETE", `/roles/${role.id}`);
    expect((await call(200, "GET", "/audit?action=policy.")).items[0]).toMatchObject({ action: "policy.withdraw" });
    expect(await call(200, "GET", "/audit/verification")).toMatchObject({ intact: true });
    await call(204, "DELETE", `/clusters/${cluster}`);

    const { body } = await ask("GET", "/openapi.json");
    const all = Object.entries(body["paths"] as Paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, "{}")}`),
    );
    expect([...done].sort()).toEqual(all.sort());
  });

  it("writes the same audit as a page, with the token's name", async () => {
    await ask("POST", "/tiers", { body: { name: "audited", order: 300 } });
    const [entry] = await web.database
      .forOrganisation(acme.id)
      .transaction((tx) => listAudit(tx, { limit: 1, actionPrefix: "tier.create" }));
    expect(entry).toMatchObject({
      actor: { kind: "person", id: acme.personId, name: "owner of acme (token terraform)" },
      target: { kind: "tier", name: "audited" },
    });
  });

  it("pages through a list by cursor", async () => {
    const seen: unknown[] = [];
    for (let cursor = ""; ;) {
      const { body } = await ask("GET", `/roles?limit=2${cursor === "" ? "" : `&cursor=${cursor}`}`);
      seen.push(...body.items.map(({ id }) => id));
      if (body.nextCursor === null) break;
      cursor = body.nextCursor;
    }
    expect(seen).toEqual(["auditor", "owner", "platform-operator", "security-engineer", "tier-editor", "viewer"]);
  });
});

describe("what is refused", () => {
  it.each([
    { name: "no token", method: "GET", path: "/me", asked: { token: "" }, status: 401, code: "not-signed-in" },
    {
      name: "a wrong token",
      method: "GET",
      path: "/me",
      asked: { token: `isthmus_${"x".repeat(43)}` },
      status: 401,
      code: "not-signed-in",
    },
    { name: "no such path", method: "GET", path: "/nothing", asked: {}, status: 404, code: "not-found" },
    { name: "another method", method: "PUT", path: "/me", asked: {}, status: 405, code: "invalid-input" },
    {
      name: "no such cluster",
      method: "GET",
      path: `/clusters/${randomUUID()}`,
      asked: {},
      status: 404,
      code: "not-found",
    },
    { name: "an id that is none", method: "GET", path: "/clusters/x", asked: {}, status: 400, code: "invalid-input" },
    {
      name: "a missing field",
      method: "POST",
      path: "/tiers",
      asked: { body: {} },
      status: 400,
      code: "invalid-input",
    },
    {
      name: "an unknown field",
      method: "POST",
      path: "/tiers",
      asked: { body: { name: "a", order: 1, organisationId: "x" } },
      status: 400,
      code: "invalid-input",
    },
    { name: "no JSON", method: "POST", path: "/tiers", asked: { body: "{" }, status: 400, code: "invalid-input" },
    {
      name: "too much",
      method: "POST",
      path: "/tiers",
      asked: { body: `"${"x".repeat(1 << 20)}"` },
      status: 413,
      code: "too-large",
    },
  ])("$name", async ({ method, path, asked, status, code }) => {
    const answer = await ask(method, path, asked);
    expect([answer.status, answer.body]).toMatchObject([
      status,
      { code, message: expect.stringMatching(/\S/) as string, retryable: false },
    ]);
  });

  it("a name that is taken: 409, and the last owner", async () => {
    await ask("POST", "/tiers", { body: { name: "twice", order: 500 } });
    expect((await ask("POST", "/tiers", { body: { name: "twice", order: 501 } })).status).toBe(409);
    expect((await ask("DELETE", `/members/${acme.personId}`)).status).toBe(409);
  });

  it("a cookie, however good", async () => {
    expect((await ask("GET", "/me", { token: "", headers: acme.headers })).status).toBe(401);
  });

  it("changes by a viewer's token, and what a page would not show", async () => {
    const { secret } = await acme.as.tokens.create({ name: "look", roleId: "viewer", scope: everywhere });
    const viewer = { token: secret };
    expect((await ask("GET", "/clusters", viewer)).status).toBe(200);
    for (const [method, path, body] of [
      ["POST", "/clusters", { name: "x" }],
      ["POST", "/tiers", { name: "x", order: 1 }],
      ["POST", "/policies", { yaml: "a", placement: "all()" }],
      ["POST", "/invitations", { email: "a@example.org", roleId: "owner", scope: everywhere }],
      [
        "POST",
        "/bindings",
        { roleId: "owner", scope: everywhere, holder: { kind: "person", personId: acme.personId } },
      ],
      ["DELETE", `/members/${acme.personId}`, undefined],
    ] as const) {
      const answer = await ask(method, path, { ...viewer, ...(body === undefined ? {} : { body }) });
      expect([path, answer.status, answer.body["code"]]).toEqual([path, 403, "forbidden"]);
    }
    for (const path of ["/members", "/invitations", "/bindings", "/audit", "/audit/verification"])
      expect([path, (await ask("GET", path, viewer)).status]).toEqual([path, 403]);
  });

  it("what lies outside a token's scope, as if it were not there", async () => {
    const [eu, us] = await Promise.all(
      ["scoped-eu", "scoped-us"].map(
        async (name) => (await ask("POST", "/clusters", { body: { name } })).body["clusterId"],
      ),
    );
    const scope = { ...everywhere, clusters: { kind: "ids" as const, ids: [String(eu)] } };
    const { secret } = await acme.as.tokens.create({ name: "eu", roleId: "platform-operator", scope });
    const list = await ask("GET", "/clusters", { token: secret });
    expect(list.body.items.map(({ name }) => name)).toEqual(["scoped-eu"]);
    expect((await ask("GET", `/clusters/${String(us)}`, { token: secret })).status).toBe(404);
    const labels = { token: secret, body: { labels: {} } };
    expect((await ask("PUT", `/clusters/${String(us)}/labels`, labels)).status).toBe(404);
    expect((await ask("PUT", `/clusters/${String(eu)}/labels`, labels)).status).toBe(200);
  });
});
