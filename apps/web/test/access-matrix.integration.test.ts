import { installationId } from "@isthmus/db";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { own, ownOfTokens, open, rows, type Row, type Target } from "./access-table";
import {
  ask,
  described,
  startAccessWorld,
  type AccessWorld,
  type Answer,
  type Headers,
  type SeededOrganisation,
} from "./support/access-world";

type Dimension = "cluster" | "namespace" | "tier";

const roles = {
  O: "owner",
  P: "platform-operator",
  S: "security-engineer",
  T: "tier-editor",
  A: "auditor",
  V: "viewer",
} as const;
type Letter = keyof typeof roles;
const letters = Object.keys(roles) as Letter[];
const dimensions: readonly Dimension[] = ["cluster", "namespace", "tier"];

let world: AccessWorld;
let organisation: SeededOrganisation;
let everywhere: Readonly<Record<string, Headers>>;
const limited: Record<string, Headers> = {};
let inside: Target;
let outside: Readonly<Record<Dimension, Target>>;

const all = { clusters: { kind: "all" }, namespaces: "all", tiers: "all" };
const scopes = (): Readonly<Record<Dimension, unknown>> => ({
  cluster: { ...all, clusters: { kind: "ids", ids: [organisation.ids["eu-west"]] } },
  namespace: { ...all, namespaces: ["boutique"] },
  tier: { ...all, tiers: ["team", "team-two"] },
});

async function limit(personId: string, scope: unknown): Promise<void> {
  const client = new Client({ connectionString: world.web.ownerUrl });
  await client.connect();
  await client.query("begin");
  await client.query("select set_config('isthmus.organisation', $1, true)", [organisation.owner.id]);
  await client.query("update role_binding set scope = $1 where person_id = $2", [scope, personId]);
  await client.query("commit");
  await client.end();
}

beforeAll(async () => {
  world = await startAccessWorld();
  organisation = await world.seeded("acme");
  const { owner } = organisation;
  const targetAt = (place: Parameters<typeof organisation.targetAt>[0]) => organisation.targetAt(place);
  const { web } = world;
  const here = { cluster: "eu-west", namespace: "boutique", workload: "frontend", tier: "team" };
  inside = await targetAt(here);
  outside = {
    cluster: await targetAt({ ...here, cluster: "us-east", workload: "redis-cart" }),
    namespace: await targetAt({ ...here, cluster: "eu-central", namespace: "payments", workload: "payment" }),
    tier: await targetAt({ ...here, tier: "guard" }),
  };
  const headers: Record<string, Headers> = {};
  for (const letter of letters) {
    headers[letter] = (await web.member(owner.id, roles[letter], roles[letter])).headers;
    for (const dimension of dimensions) {
      const person = await web.member(owner.id, `${dimension} ${roles[letter]}`, roles[letter]);
      await limit(person.personId, scopes()[dimension]);
      limited[`${letter} ${dimension}`] = person.headers;
    }
  }
  headers["I"] = (await web.member(installationId, "administrator", "installation-administrator")).headers;
  everywhere = headers;
}, 120_000);
afterAll(() => world?.stop());

const asked = (path: string, input: unknown, headers: Headers) => ask(world.server, { path, input, headers });

describe("every procedure", () => {
  it("has one row in access-table.ts, or is on one of its closed lists", () => {
    const known = [...Object.keys(rows), ...own, ...open];
    const missing = [...described.keys()].filter((path) => !known.includes(path));
    expect(missing, "add a row to `rows` for each (or, for a person's own things, to `own`)").toEqual([]);
    expect(
      known.filter((path) => !described.has(path)),
      "there is no such procedure any more",
    ).toEqual([]);
    expect(new Set(known).size).toBe(known.length);
  });

  it("says which list it is on", () => {
    const of = (permission: string) =>
      [...described].flatMap(([path, { meta }]) => (meta?.permission === permission ? [path] : [])).toSorted();
    expect(of("own")).toEqual(own.toSorted());
    expect(of("public")).toEqual(open.toSorted());
    const tokens = [...described].flatMap(([path, { meta }]) => (meta?.tokens === true ? [path] : []));
    expect(tokens.toSorted()).toEqual(ownOfTokens.toSorted());
  });

  it.each([...Object.keys(rows), ...own])("%s: nobody without a session", async (path) => {
    expect((await asked(path, rows[path]?.input?.(inside), {})).answer).toBe("nobody");
  });
});

/** What a role is answered; of a refusal by the product's other rules nothing is expected here. */
const isAnswered = (answer: Answer): boolean => answer !== "refused" && answer !== "nobody";

describe("a role without limits", () => {
  it.each(Object.entries(rows))("%s", async (path, row: Row) => {
    const seen: string[] = [];
    for (const [letter, headers] of Object.entries(everywhere)) {
      const { answer } = await asked(path, row.input?.(inside) ?? {}, headers);
      if (isAnswered(answer)) seen.push(letter);
    }
    expect(seen.join("")).toBe(row.all);
  });
});

const outsideNames: Readonly<Record<Dimension, readonly string[]>> = {
  cluster: ["us-east", "eu-central"],
  namespace: ["payments"],
  tier: ["guard"],
};

describe.each(dimensions)("a role limited in one dimension: %s", (dimension) => {
  it.each(Object.entries(rows))("%s", async (path, row: Row) => {
    const [expected, beyond] = row[dimension] ?? ["", "refused"];
    const seen: string[] = [];
    for (const letter of letters) {
      const headers = limited[`${letter} ${dimension}`]!;
      const here = await asked(path, row.input?.(inside) ?? {}, headers);
      if (here.answer === "answered") seen.push(letter);
      const hidden = outsideNames[dimension].flatMap((name) => [name, organisation.ids[name] ?? name]);
      expect(
        hidden.filter((name) => here.raw.includes(name)),
        `${letter} reads of what is outside`,
      ).toEqual([]);
      const there = await asked(path, row.input?.(outside[dimension]) ?? {}, headers);
      const wanted: Answer = !expected.includes(letter) ? "refused" : beyond === "same" ? "answered" : beyond;
      // Whoever may not do it at all may as well be told that there is no such thing.
      const answer = wanted === "refused" && there.answer === "none" ? "refused" : there.answer;
      expect(answer, `${letter}, outside`).toBe(wanted);
    }
    expect(seen.join("")).toBe(expected);
  });
});
