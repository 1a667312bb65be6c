import { installationId } from "@isthmus/db";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { acts } from "./access-acts";
import { needs, own, ownOfTokens, open, rows, type Row, type Target } from "./access-table";
import { all, sqlIn, type Asker, type Things } from "./support/access-things";
import {
  ask,
  described,
  startAccessWorld,
  type AccessWorld,
  type Answer,
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
let log: Client;
let organisation: SeededOrganisation;
let installation: Things;
let everywhere: Readonly<Record<string, Asker>>;
const limited: Record<string, Asker> = {};
/** As those, and readers of everything by another role. */
const reading: Record<string, Asker> = {};
let inside: Target;
let outside: Readonly<Record<Dimension, Target>>;

const scopes = (): Readonly<Record<Dimension, unknown>> => ({
  cluster: { ...all, clusters: { kind: "ids", ids: [organisation.ids["eu-west"], ...organisation.spareClusters] } },
  namespace: { ...all, namespaces: ["boutique"] },
  tier: { ...all, tiers: ["team", "team-two", ...organisation.spareTiers] },
});

beforeAll(async () => {
  world = await startAccessWorld();
  log = new Client({ connectionString: world.web.superuserUrl });
  await log.connect();
  organisation = await world.seeded("acme");
  installation = await world.installation();
  const { owner } = organisation;
  const { web } = world;
  const here = { cluster: "eu-west", namespace: "boutique", workload: "frontend", tier: "team" };
  inside = await organisation.targetAt({ ...here, inside: true });
  outside = {
    cluster: await organisation.targetAt({ ...here, cluster: "us-east", workload: "redis-cart" }),
    namespace: await organisation.targetAt({
      ...here,
      cluster: "eu-central",
      namespace: "payments",
      workload: "payment",
    }),
    tier: await organisation.targetAt({ ...here, tier: "guard" }),
  };
  const member = async (organisationId: string, name: string, role: string): Promise<Asker> => {
    const { personId, headers } = await web.member(organisationId, name, role);
    return { personId, headers, organisationId };
  };
  const people: Record<string, Asker> = {};
  for (const letter of letters) {
    people[letter] = await member(owner.id, roles[letter], roles[letter]);
    for (const dimension of dimensions) {
      const limit = async ({ personId }: Asker) => {
        const statement = "update role_binding set scope = $1 where person_id = $2";
        await sqlIn(web, owner.id, { statement, values: [scopes()[dimension], personId] });
      };
      const person = await member(owner.id, `${dimension} ${roles[letter]}`, roles[letter]);
      await limit(person);
      limited[`${letter} ${dimension}`] = person;
      const reader = await member(owner.id, `reading ${dimension} ${roles[letter]}`, roles[letter]);
      await limit(reader);
      const holder = { kind: "person" as const, personId: reader.personId };
      await owner.as.roles.bind({ roleId: "viewer", scope: all, holder });
      reading[`${letter} ${dimension}`] = reader;
    }
  }
  people["I"] = await member(installationId, "administrator", "installation-administrator");
  everywhere = people;
}, 120_000);
afterAll(async () => {
  await log?.end();
  await world?.stop();
});

let seenThrough = "0";
/** What somebody did since this was asked last, as the audit logs have it. */
async function doneBy({ personId }: Asker): Promise<readonly string[]> {
  const { rows: lines } = await log.query<{ id: string; action: string }>(
    "select id, action from audit_entry where id > $1 and actor_id = $2 order by id",
    [seenThrough, personId],
  );
  seenThrough = lines.at(-1)?.id ?? seenThrough;
  return lines.map(({ action }) => action);
}

/**
 * Asks procedures with what they can do. What is asked about is made once for all who are refused, and anew after each
 * answer, which used it up. An answer that does something stands in the audit log afterwards, and a refusal does nothing
 * but say there that it was one.
 */
function asking(path: string) {
  const act = acts[path] ?? {};
  const inputs = new Map<string, unknown>();
  return async (asker: Asker, at: Target): Promise<{ answer: Answer; raw: string }> => {
    const ofInstallation = asker.organisationId === installationId && rows[path]?.all.includes("I") === true;
    const things = ofInstallation ? installation : organisation.things;
    const key = `${things.organisationId} ${at.policy} ${path === "providers.testResult" ? asker.personId : ""}`;
    if (!inputs.has(key)) inputs.set(key, await act.input?.(things, at, asker));
    const proven = things.organisationId === asker.organisationId ? await act.session?.(things, asker) : undefined;
    const headers = proven ?? asker.headers;
    const got = await ask(world.server, { path, input: inputs.get(key), headers });
    const done = described.get(path)?.type === "mutation" ? await doneBy(asker) : [];
    if (got.answer !== "answered") {
      const acted = done.find((action) => action !== "access.refuse");
      return acted === undefined ? got : { ...got, answer: `failed: it refused and did ${acted}` };
    }
    inputs.delete(key);
    await act.after?.(things, at);
    if (act.thenAsk !== undefined) await ask(world.server, { path: act.thenAsk, input: undefined, headers });
    const { action, entries = 1 } = act;
    if (action !== undefined && done.filter((each) => each === action).length < entries)
      return { ...got, answer: "failed: nothing was done, or not written down" };
    const told = act.tells?.(at) ?? "";
    return at.inside && !got.raw.includes(told) ? { ...got, answer: `failed: nothing of ${told}` } : got;
  };
}

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
    expect(Object.keys(acts).toSorted(), "each row needs an act in access-acts.ts").toEqual(
      Object.keys(rows).toSorted(),
    );
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
    // Nothing that is said of an input comes before that.
    expect((await ask(world.server, { path, input: "no input of any", headers: {} })).answer).toBe("nobody");
  });
});

describe("a role without limits", () => {
  it.each(Object.entries(rows))("%s", async (path, row: Row) => {
    const seen: Record<string, Answer> = {};
    const asked = asking(path);
    for (const [letter, asker] of Object.entries(everywhere)) seen[letter] = (await asked(asker, inside)).answer;
    const wanted = Object.keys(everywhere).map((letter) => [letter, row.all.includes(letter) ? "answered" : "refused"]);
    expect(seen).toEqual(Object.fromEntries(wanted));
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
    const asked = asking(path);
    const seen: Record<string, string> = {};
    const wanted: Record<string, string> = {};
    for (const letter of letters) {
      const asker = limited[`${letter} ${dimension}`]!;
      const here = await asked(asker, inside);
      const hidden = outsideNames[dimension].flatMap((name) => [name, organisation.ids[name] ?? name]);
      expect(
        hidden.filter((name) => here.raw.includes(name)),
        `${letter} reads of what is outside`,
      ).toEqual([]);
      const there = (await asked(asker, outside[dimension])).answer;
      const may = expected.includes(letter);
      // Whoever may not do it at all may as well be told that there is no such thing.
      const either = (answer: Answer) => (!may && answer === "none" ? "refused" : answer);
      seen[letter] = `${either(here.answer)} inside, ${either(there)} outside`;
      wanted[letter] = may
        ? `answered inside, ${beyond === "same" ? "answered" : beyond} outside`
        : "refused inside, refused outside";
    }
    expect(seen).toEqual(wanted);
  });
});

const changes = Object.entries(rows).filter(([path]) => described.get(path)?.type === "mutation");

describe.each(dimensions)("a role limited in one dimension, beside reading everything: %s", (dimension) => {
  it.each(changes.filter(([, row]) => row[dimension] !== undefined))("%s", async (path, row: Row) => {
    const expected = row.readingAll ?? row[dimension]![0];
    const asked = asking(path);
    const seen: Record<string, string> = {};
    const wanted: Record<string, string> = {};
    for (const letter of letters) {
      const asker = reading[`${letter} ${dimension}`]!;
      const [here, there] = [await asked(asker, inside), await asked(asker, outside[dimension])];
      seen[letter] = `${here.answer} inside, ${there.answer} outside`;
      wanted[letter] = `${expected.includes(letter) ? "answered" : "refused"} inside, refused outside`;
    }
    expect(seen).toEqual(wanted);
  });
});

describe("a role that holds everything but one permission", () => {
  it("is asked for each that a row needs", () => {
    const installationsOwn = Object.entries(rows).flatMap(([path, row]) => (row.all === "I" ? [path] : []));
    expect([...Object.values(needs).flat(), ...installationsOwn].toSorted()).toEqual(Object.keys(rows).toSorted());
  });

  it.each(Object.entries(needs))("%s: refused for want of it", async (permission, paths) => {
    const everything = (await organisation.owner.as.frame.access()).permissions;
    const permissions = everything.filter((each) => each !== permission);
    expect(permissions).toHaveLength(everything.length - 1);
    const { id } = await organisation.owner.as.roles.create({ name: `all but ${permission}`, permissions });
    const { personId, headers } = await world.web.member(organisation.owner.id, `all but ${permission}`, id);
    const asker: Asker = { personId, headers, organisationId: organisation.owner.id };
    const answers: Record<string, Answer> = {};
    for (const path of paths) answers[path] = (await asking(path)(asker, inside)).answer;
    expect(answers).toEqual(Object.fromEntries(paths.map((path) => [path, "refused"])));
  });
});
