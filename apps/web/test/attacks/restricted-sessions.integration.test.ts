import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openAuditExport } from "../../src/features/audit/server";
import { openOrganisationExport } from "../../src/features/organisations/server";
import { download, type DownloadRoute } from "../../src/server/download";
import { startAttacked, type Answer, type Attacked, type Target } from "./support/attacked";
import { everyProcedure, sampleInput, type Known, type Procedure } from "./support/procedures";

// Sessions that may do less than their person: before the first password is changed, and with another's eyes.

let attacked: Attacked;
let owner: Target;
let ownerCookie: string;
let viewer: Target;

beforeAll(async () => {
  attacked = await startAttacked();
  owner = await attacked.person("owner");
  const { organisationId } = owner;
  viewer = await attacked.person("viewer", { organisationId, role: "viewer" });
  ownerCookie = await attacked.signIn(owner);
});
afterAll(() => attacked?.stop());

const routes: readonly DownloadRoute[] = [
  { permission: "audit.export", open: openAuditExport },
  { permission: "organisation.manage", open: openOrganisationExport },
];
const fetchFile = async (route: DownloadRoute, cookie: string) => {
  const headers = { cookie, "sec-fetch-site": "same-origin" };
  const response = await download(attacked.servers[0], new Request("http://localhost:7400/x", { headers }), route);
  return { status: response.status, raw: await response.text() };
};

const known: Known = (name, { format }) => (format === "uuid" || name === "id" ? viewer.personId : undefined);
async function ask(procedure: Procedure, cookie: string): Promise<Pick<Answer, "error" | "raw">> {
  const input = sampleInput(procedure, known);
  if (procedure.type === "mutation") return attacked.mutate(procedure.path, input, { cookie });
  const answer = await attacked.query(procedure.path, input, { cookie });
  if (procedure.type === "query") return answer;
  const code = /"code":"([a-z-]+)"/.exec(answer.raw)?.[1];
  return { ...answer, error: { code, message: "", retryable: false } as Answer["error"] };
}

/** All that is there, but what only says that somebody was here or was refused. */
async function state(): Promise<string> {
  const { audit_head: _, sign_in_attempt: _attempts, ...tables } = await attacked.dump();
  const acts = (tables["audit_entry"] ?? []).filter((row) => !row.includes('"action":"access.refuse"'));
  return JSON.stringify({ ...tables, audit_entry: acts }).replaceAll(/"last_seen_at\\*":\\*"[^"]*"/g, "");
}

describe("whoever was given their password", () => {
  /** What leads out of it. */
  const allowed = ["signIn.me", "signIn.changePassword", "signIn.signOut"];
  const guarded = everyProcedure().filter(({ path, permission }) => permission !== "public" && !allowed.includes(path));
  let fresh: string;
  let before: string;

  beforeAll(async () => {
    const { organisationId } = owner;
    const person = await attacked.person("fresh", { organisationId, role: "owner" });
    await attacked.sql("update person set must_change_password = true where id = $1", [person.personId]);
    fresh = await attacked.signIn(person);
    before = await state();
  });

  it.each(guarded)("calls nothing else: $path", async (procedure) => {
    expect((await ask(procedure, fresh)).error?.code).toBe("password-change-required");
    expect(await state()).toBe(before);
  });

  it.each(routes)("is given no file: $permission", async (route) => {
    expect(await fetchFile(route, fresh)).toMatchObject({
      status: 403,
      raw: expect.stringContaining("password-change-required") as string,
    });
    expect((await fetchFile(route, ownerCookie)).status).toBe(200);
  });

  it("is told who they are, and may go", async () => {
    expect((await attacked.query("signIn.me", undefined, { cookie: fresh })).status).toBe(200);
    expect((await attacked.mutate("signIn.signOut", undefined, { cookie: fresh })).status).toBe(200);
    expect((await attacked.query("signIn.me", undefined, { cookie: fresh })).status).toBe(401);
  });
});

describe("whoever looks through another member's eyes", () => {
  /** What leads back, or elsewhere. */
  const allowed = ["signIn.stopViewAs", "signIn.switchOrganisation"];
  const changes = everyProcedure().filter(
    ({ path, type, permission }) => type === "mutation" && permission !== "public" && !allowed.includes(path),
  );
  let looking: string;
  let before: string;
  const begin = async (cookie: string, personId = viewer.personId) =>
    attacked.mutate("signIn.viewAs", { personId }, { cookie });
  const linesOf = (action: string) =>
    attacked.sql<{ actor_id: string; target_id: string }>(
      "select actor_id, target_id from audit_entry where organisation_id = $1 and action = $2 order by id",
      [owner.organisationId, action],
    );

  beforeAll(async () => {
    looking = await attacked.signIn(owner);
    await begin(looking);
    before = await state();
  });

  it.each(changes)("changes nothing: $path", async (procedure) => {
    expect((await ask(procedure, looking)).error?.code).toBe("forbidden");
    expect(await state()).toBe(before);
  });

  it.each(routes)("is given no file: $permission", async (route) => {
    expect((await fetchFile(route, looking)).status).toBe(403);
  });

  it("sees what the other sees, and by no other session of theirs", async () => {
    for (const path of ["members.list", "roles.bindings", "providers.list", "audit.facets"])
      expect((await attacked.query(path, undefined, { cookie: looking })).error?.code, path).toBe("forbidden");
    const access = await attacked.query("frame.access", undefined, { cookie: looking });
    expect(access.data).toMatchObject({ viewingAs: { id: viewer.personId } });
    expect((access.data as { readonly permissions: readonly string[] }).permissions).not.toContain("policies.write");
    expect((await attacked.query("members.list", undefined, { cookie: ownerCookie })).status).toBe(200);
    const theirs = await attacked.query("frame.access", undefined, { cookie: await attacked.signIn(viewer) });
    expect(theirs.data).toMatchObject({ viewingAs: null });
  });

  it("has none of the other's changes, even of what the frame offers", async () => {
    const engineer = await attacked.person("engineer", { organisationId: owner.organisationId, role: "owner" });
    const cookie = await attacked.signIn(owner);
    expect((await begin(cookie, engineer.personId)).status).toBe(200);
    const { permissions } = (await attacked.query("frame.access", undefined, { cookie })).data as {
      readonly permissions: readonly string[];
    };
    expect(permissions.filter((each) => !/\.(read|export)$/.test(each))).toEqual([]);
    expect(permissions).toContain("policies.read");
  });

  it("goes back, and both stand in the audit log", async () => {
    const begun = { actor_id: owner.personId, target_id: viewer.personId };
    expect(await linesOf("view-as.begin")).toContainEqual(begun);
    expect((await attacked.mutate("signIn.stopViewAs", undefined, { cookie: looking })).status).toBe(200);
    expect(await linesOf("view-as.end")).toEqual([begun]);
    expect((await attacked.query("members.list", undefined, { cookie: looking })).status).toBe(200);
    expect((await attacked.mutate("tiers.create", { name: "after", order: 5 }, { cookie: looking })).status).toBe(200);
  });

  it("looks no longer than they may, and not at who was shut out", async () => {
    const { organisationId, personId } = owner;
    const second = await attacked.person("second-owner", { organisationId, role: "owner" });
    const cookie = await attacked.signIn(second);
    const seen = async () => (await attacked.query("frame.access", undefined, { cookie })).data;
    expect((await begin(cookie)).status).toBe(200);
    expect(await seen()).toMatchObject({ viewingAs: { id: viewer.personId } });
    const shut = async (path: string) => attacked.mutate(path, { personId: viewer.personId }, { cookie: ownerCookie });
    expect((await shut("members.disable")).status).toBe(200);
    expect(await seen()).toMatchObject({ viewingAs: null });
    expect((await shut("members.enable")).status).toBe(200);
    expect(await seen()).toMatchObject({ viewingAs: { id: viewer.personId } });
    await attacked.sql("update role_binding set role_id = 'tier-editor' where person_id = $1", [second.personId]);
    expect(await seen()).toMatchObject({ viewingAs: null, permissions: expect.arrayContaining(["policies.write"]) });
    expect((await begin(cookie, personId)).error?.code).toBe("forbidden");
  });
});

it("a refusal stands in the audit log, once a minute for each permission", async () => {
  const { organisationId } = owner;
  const nosy = await attacked.person("nosy", { organisationId, role: "viewer" });
  const cookie = await attacked.signIn(nosy);
  const lines = () =>
    attacked.sql(
      "select target_id, detail ->> 'note' as path from audit_entry where actor_id = $1 and action = 'access.refuse' order by id",
      [nosy.personId],
    );
  for (const path of ["audit.facets", "audit.facets", "members.list"])
    await attacked.query(path, undefined, { cookie });
  expect(await lines()).toEqual([
    { target_id: "audit.read", path: "audit.facets" },
    { target_id: "members.read", path: "members.list" },
  ]);
  attacked.clock.advance(60_000);
  await attacked.query("audit.facets", undefined, { cookie });
  expect(await lines()).toHaveLength(3);
});
