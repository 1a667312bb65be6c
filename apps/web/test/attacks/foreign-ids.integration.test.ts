import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seed } from "../seed";
import { startAttacked, type Answer, type Attacked, type Target } from "./support/attacked";
import { everyProcedure, sampleInput, type Known, type Procedure } from "./support/procedures";

// Every procedure is asked with ids of another organisation, by somebody who may do everything in their own.

let attacked: Attacked;
let victim: Target;
let attacker: Target;
let cookie: string;
/** Ids of the victim's things, by kind. */
const ids: Record<string, readonly string[]> = {};

beforeAll(async () => {
  attacked = await startAttacked();
  const [{ database, flows, clock }] = attacked.servers;
  victim = await attacked.person("canary-victim");
  attacker = await attacked.person("attacker");
  await attacked.person("canary-colleague", { organisationId: victim.organisationId, role: "viewer" });
  const quiet = Object.assign(Object.create(flows) as typeof flows, {
    insertFlows: () => Promise.resolve(),
    markBuckets: () => Promise.resolve(),
    insertGaps: () => Promise.resolve(),
  });
  await seed(
    { database, flows: quiet as never },
    { organisationId: victim.organisationId, personId: victim.personId, nowMs: clock.now(), minutes: 1 },
  );
  await attacked.sql(`update cluster set name = 'canary-' || name where organisation_id = $1`, [victim.organisationId]);
  await makeThings(await attacked.signIn(victim));
  for (const [table, rows] of Object.entries(await attacked.dump(victim.organisationId))) {
    const found = rows.flatMap((row) => (JSON.parse(row) as { readonly id?: string }).id ?? []);
    if (found.length > 0) ids[table] = found;
  }
  ids["person"] = [victim.personId];
  cookie = await attacked.signIn(attacker);
});
afterAll(() => attacked.stop());

/** One of everything that a person can make through the API. */
async function makeThings(owner: string) {
  const everywhere = { clusters: { kind: "all" }, namespaces: "all", tiers: "all" };
  const made = async <T>(path: string, input: unknown): Promise<T> => {
    const answer = await attacked.mutate(path, input, { cookie: owner });
    if (answer.status !== 200) throw new Error(`${path}: ${answer.raw}`);
    return answer.data as T;
  };
  await made("tiers.create", { name: "canary-tier", order: 100 });
  await made("policies.saveRevision", {
    yaml: "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata:\n  name: canary-tier.canary\nspec:\n  tier: canary-tier\n  selector: all()\n  types: [Ingress]\n  ingress:\n    - action: Deny\n",
    placement: "all()",
  });
  await made("roles.create", { name: "canary role", permissions: ["clusters.read"] });
  await made("members.invite", { email: "canary-invited@attacked.example", roleId: "viewer", scope: everywhere });
  const { grantId } = await made<{ grantId: string }>("clusters.connectFleet", {
    namePrefix: "canary",
    options: { image: "canary-image" },
  });
  await attacked.sql(
    `insert into enrolment_redemption (id, organisation_id, grant_id, cluster_uid, public_key, state)
     values (gen_random_uuid(), $1, $2, 'canary-uid', 'k', 'waiting')`,
    [victim.organisationId, grantId],
  );
  await made("tokens.create", { name: "canary token", roleId: "viewer", scope: everywhere });
}

/** An input that names the victim's things wherever the procedure takes an id. */
const foreign =
  (at: number): Known =>
  (name, schema) => {
    if (name === "range") return "1h";
    if (name === "email") return "somebody@attacked.example";
    if (name === "confirmName") return "canary-eu-west";
    const kind = kindOf(name);
    const pool = kind === undefined ? Object.values(ids).flat() : (ids[kind] ?? []);
    if (schema.format === "uuid") return pool[at % Math.max(pool.length, 1)] ?? randomUUID();
    return undefined;
  };

const kinds: Readonly<Record<string, string>> = {
  clusterId: "cluster",
  clusterIds: "cluster",
  policyId: "policy",
  revisionId: "policy_revision",
  personId: "person",
  organisationId: "organisation",
  tokenId: "api_token",
  grantId: "enrolment_grant",
  redemptionId: "enrolment_redemption",
};
const kindOf = (name: string) => kinds[name];

const takesIds = (procedure: Procedure) =>
  JSON.stringify(sampleInput(procedure, (_, { format }) => (format === "uuid" ? "an id" : undefined)) ?? null).includes(
    "an id",
  );

const ask = (procedure: Procedure, input: unknown, options = { cookie }): Promise<Answer> =>
  procedure.type === "query"
    ? attacked.query(procedure.path, input, options)
    : attacked.mutate(procedure.path, input, options);

const state = async () => JSON.stringify(await attacked.dump(victim.organisationId));
const asksStoreFirst = new Set(["storage.overview"]);
const targets = everyProcedure().filter((each) => each.type !== "subscription");

describe("ids of another organisation", () => {
  it("are there to be tried", () => {
    for (const table of [
      "cluster",
      "policy",
      "policy_revision",
      "tier",
      "role",
      "role_binding",
      "invitation",
      "api_token",
    ])
      expect(ids[table]?.length, table).toBeGreaterThan(0);
    expect(targets.filter(takesIds).length).toBeGreaterThan(20);
  });

  it.each(targets.filter(takesIds))("are found by nobody else: $path", async (procedure) => {
    const before = await state();
    // Fields named `id` may mean anything: each id there is, once.
    const tries = JSON.stringify(sampleInput(procedure, foreign(0)) ?? null).includes('"id":')
      ? Object.values(ids).flat().length
      : 2;
    for (let at = 0; at < tries; at += 1) {
      const input = sampleInput(procedure, foreign(at));
      const answer = await ask(procedure, input);
      const words = JSON.stringify(input);
      expect(answer.raw, words).not.toMatch(/canary/);
      // Here is no evidence store: what asks it first says that, whatever the id; tenancy of the store has tests of its own.
      const isUnanswered = asksStoreFirst.has(procedure.path) && answer.raw.includes('"store-unavailable"');
      expect(isUnanswered || answer.status < 500, `${words} ${answer.raw}`).toBe(true);
      // "Forbidden" of a very thing would say that it is there.
      const refusal = answer.status === 403 ? (answer.error?.message ?? "") : "";
      expect(refusal, words).not.toContain(" here.");
    }
    expect(await state()).toBe(before);
  });

  it("are answered as ids that never were", async () => {
    for (const [path, field, kind] of [
      ["clusters.get", "clusterId", "cluster"],
      ["clusters.delete", "clusterId", "cluster"],
      ["policies.get", "policyId", "policy"],
      ["policies.withdraw", "policyId", "policy"],
      ["members.disable", "personId", "person"],
      ["members.sessions", "personId", "person"],
      ["roles.delete", "id", "role"],
      ["roles.unbind", "id", "role_binding"],
      ["tokens.revoke", "id", "api_token"],
      ["clusters.revokeFleetGrant", "grantId", "enrolment_grant"],
      ["clusters.decideRedemption", "redemptionId", "enrolment_redemption"],
      ["members.withdrawInvitation", "id", "invitation"],
    ] as const) {
      const procedure = targets.find((each) => each.path === path);
      if (procedure === undefined) throw new Error(`no ${path}`);
      const input = sampleInput(procedure, foreign(0)) as Record<string, unknown>;
      const theirs = await ask(procedure, { ...input, [field]: ids[kind]?.[0] });
      const nobodys = await ask(procedure, { ...input, [field]: randomUUID() });
      expect([theirs.status, theirs.raw], path).toEqual([nobodys.status, nobodys.raw]);
      expect(theirs.status, path).toBe(path === "members.sessions" ? 200 : 404);
    }
  });

  it("are no use to who has signed out, either", async () => {
    const gone = await attacked.signIn(attacker);
    await attacked.mutate("signIn.signOut", undefined, { cookie: gone });
    for (const procedure of targets.filter(({ permission }) => permission !== "public")) {
      const answer = await ask(procedure, sampleInput(procedure, foreign(0)), { cookie: gone });
      expect([procedure.path, answer.status]).toEqual([procedure.path, 401]);
    }
  });
});

describe("what shows no id", () => {
  it("shows nothing of another organisation", async () => {
    for (const procedure of targets.filter((each) => each.type === "query")) {
      const answer = await ask(procedure, sampleInput(procedure, foreign(0)));
      expect(answer.raw, procedure.path).not.toMatch(/canary/);
      expect(answer.raw, procedure.path).not.toContain(victim.email);
    }
  });
});
