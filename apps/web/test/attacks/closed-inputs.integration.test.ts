import { z } from "zod";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startAttacked, type Attacked, type Target } from "./support/attacked";
import { everyProcedure, sampleInput } from "./support/procedures";

/** What an attacker adds to every object of an input. */
const extras = (own: Target, foreign: Target) => ({
  organisationId: foreign.organisationId,
  organisation_id: foreign.organisationId,
  personId: foreign.personId,
  person_id: foreign.personId,
  createdBy: foreign.personId,
  role: "owner",
  kind: "installation",
  accessRevision: 999_999,
  access_revision: 999_999,
  passwordHash: "stolen",
  mustChangePassword: false,
  revokedAt: null,
  expiresAt: new Date("2999-01-01"),
  isAdmin: true,
  actor: { kind: "person", id: own.personId, name: "somebody else" },
  canary: "mass-assigned",
});

type Extras = ReturnType<typeof extras>;

/** Puts the extras into every object, where the object has no such field of its own. */
function spiked(value: unknown, more: Extras): unknown {
  if (Array.isArray(value)) return value.map((each: unknown) => spiked(each, more));
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  return { ...more, ...Object.fromEntries(Object.entries(value).map(([key, each]) => [key, spiked(each, more)])) };
}

/** Inputs that take names of the person's own choice; each is bounded in its schema, and stored as data. */
const namesAreData = new Set(["clusters.connect", "clusters.connectFleet", "clusters.setLabels", "roles.explain"]);

let attacked: Attacked;
let own: Target;
let foreign: Target;

beforeAll(async () => {
  attacked = await startAttacked();
  own = await attacked.person("assigner");
  foreign = await attacked.person("foreign");
});
afterAll(() => attacked.stop());

const known = (name: string) => (name === "range" ? "1h" : undefined);
const withInput = everyProcedure().filter(({ inputs }) => inputs.length > 0);

describe("fields that a form does not have", () => {
  it.each(withInput)("reach no code behind $path", (procedure) => {
    const [schema] = procedure.inputs;
    const uuids = (name: string, { format }: { readonly format?: string }) =>
      format === "uuid" ? own.personId : known(name);
    const sample = sampleInput(procedure, uuids);
    const parsed = schema?.safeParse(spiked(sample, extras(own, foreign)));
    // Refused, or not there any more.
    const left =
      parsed?.success === true && !namesAreData.has(procedure.path) ? JSON.stringify(parsed.data ?? null) : "";
    expect(left).not.toMatch(/mass-assigned|stolen|isAdmin/);
  });

  it("are in no schema that lets everything pass", () => {
    for (const { path, inputs } of withInput) {
      const json = JSON.stringify(inputs.map((each) => z.toJSONSchema(each, { io: "input", unrepresentable: "any" })));
      if (namesAreData.has(path)) continue;
      expect(json, path).not.toMatch(/"additionalProperties":(true|\{\})/);
      expect(json, path).not.toMatch(/"properties":\{[^}]*"\w+":\{\}/);
      expect(json, `${path}: names of things, not of columns`).not.toMatch(/"propertyNames"/);
    }
  });

  it("name the organisation or the author in no input but the installation's", () => {
    for (const { path, permission, inputs } of withInput) {
      const json = JSON.stringify(inputs.map((each) => z.toJSONSchema(each, { io: "input", unrepresentable: "any" })));
      const named = permission === "installation.manage" ? "" : json;
      expect(named, path).not.toMatch(/"organisation_?id"/i);
      expect(json, path).not.toMatch(/"(createdBy|actor|passwordHash|accessRevision|tokenHash|secretHash)"/);
    }
  });

  it("take no effect where rows are made", async () => {
    const cookie = await attacked.signIn(own);
    const everywhere = { clusters: { kind: "all" }, namespaces: "all", tiers: "all" };
    const acts: readonly (readonly [string, object])[] = [
      ["tiers.create", { name: "spiked", order: 5 }],
      ["clusters.connect", { name: "spiked" }],
      ["roles.create", { name: "spiked", permissions: ["clusters.read"] }],
      ["members.invite", { email: "spiked@attacked.example", roleId: "viewer", scope: everywhere }],
      ["tokens.create", { name: "spiked", roleId: "viewer", scope: everywhere }],
      ["organisations.rename", { name: "spiked" }],
    ];
    const before = JSON.stringify(await attacked.dump(foreign.organisationId));
    for (const [path, input] of acts) {
      const answer = await attacked.mutate(path, { ...extras(own, foreign), ...input }, { cookie });
      expect([path, answer.status], answer.raw).toEqual([path, 200]);
    }
    expect(JSON.stringify(await attacked.dump(foreign.organisationId))).toBe(before);
    const rows = JSON.stringify(await attacked.dump(own.organisationId));
    expect(rows).toContain("spiked");
    for (const trace of ["mass-assigned", "stolen", "2999-", "999999", foreign.personId, "somebody else"])
      expect(rows, trace).not.toContain(trace);
    const kept = await attacked.sql<{ kind: string; roles: string }>(
      `select o.kind, string_agg(b.role_id, ',') as roles from organisation o
       join role_binding b on b.organisation_id = o.id where o.id = $1 group by o.kind`,
      [own.organisationId],
    );
    expect(kept).toEqual([{ kind: "ordinary", roles: "owner" }]);
  });
});
