import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startAttacked, type Attacked, type Target } from "./support/attacked";

// What somebody whose role is limited could gain, or learn, by asking for more.

let attacked: Attacked;
let owner: Target;
let cookie: string;
const clusters: Record<string, string> = {};

const everywhere = { clusters: { kind: "all" }, namespaces: "all", tiers: "all" };
const where = (selector: string) => ({ ...everywhere, clusters: { kind: "selector", selector } });

async function own<T>(path: string, input: unknown): Promise<T> {
  const answer = await attacked.mutate(path, input, { cookie });
  if (answer.status !== 200) throw new Error(`${path}: ${answer.raw}`);
  return answer.data as T;
}

/** Somebody who holds a role in one scope each. */
async function holderOf(name: string, held: readonly (readonly [role: string, scope: unknown])[]) {
  const person = await attacked.person(name, { organisationId: owner.organisationId, role: null });
  for (const [roleId, scope] of held)
    await own("roles.bind", { roleId, scope, holder: { kind: "person", personId: person.personId } });
  const theirs = await attacked.signIn(person);
  return (path: string, input: unknown) => attacked.mutate(path, input, { cookie: theirs });
}

const labelsOf = async (name: string) =>
  (await attacked.sql<{ labels: object }>("select labels from cluster where id = $1", [clusters[name]]))[0]?.labels;

beforeAll(async () => {
  attacked = await startAttacked();
  owner = await attacked.person("owner");
  cookie = await attacked.signIn(owner);
  for (const [name, labels] of Object.entries({ eu: { env: "test" }, us: { env: "live" } }))
    clusters[name] = (await own<{ clusterId: string }>("clusters.connect", { name, labels })).clusterId;
  await own("tiers.create", { name: "team", order: 10 });
});
afterAll(() => attacked?.stop());

describe("labels, which decide where roles reach", () => {
  it("are not set so that a cluster comes within another role of one's own", async () => {
    const act = await holderOf("climber", [
      ["platform-operator", where("env == 'test' || env == 'live'")],
      ["security-engineer", where("env == 'live'")],
    ]);
    const refused = await act("clusters.setLabels", { clusterId: clusters["eu"], labels: { env: "live" } });
    expect(refused.error?.code).toBe("forbidden");
    expect(refused.error?.message).toMatch(/widen what you may do/);
    expect(await labelsOf("eu")).toEqual({ env: "test" });
    const fine = await act("clusters.setLabels", { clusterId: clusters["eu"], labels: { env: "test", team: "a" } });
    expect(fine.status).toBe(200);
  });

  it("are not set so that a cluster leaves one's own reach", async () => {
    const act = await holderOf("hider", [["platform-operator", where("env == 'test'")]]);
    const refused = await act("clusters.setLabels", { clusterId: clusters["eu"], labels: { env: "hidden" } });
    expect(refused.error?.message).toMatch(/would leave what you may manage/);
    expect(await labelsOf("eu")).toMatchObject({ env: "test" });
    expect((await act("clusters.connect", { name: "new", labels: { env: "live" } })).error?.code).toBe("forbidden");
    expect((await act("clusters.connect", { name: "new", labels: { env: "test" } })).status).toBe(200);
  });
});

describe("how a policy stands", () => {
  const yaml = (name: string) =>
    `apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata:\n  name: team.${name}\nspec:\n  tier: team\n  selector: all()\n  types: [Ingress]\n`;
  const save = (name: string, placement: string) =>
    own<{ policyId: string; revisionId: string }>("policies.saveRevision", { yaml: yaml(name), placement });

  it("is nothing that somebody learns who may not act on it", async () => {
    const act = await holderOf("curious", [
      ["viewer", everywhere],
      ["security-engineer", where("env == 'test'")],
    ]);
    const draft = await save("draft", "env == 'live'");
    const applied = await save("applied", "env == 'live'");
    await own("policies.applyRevision", applied);
    const broken = await save("broken", "env == 'nowhere'");
    const answers = [
      await act("policies.withdraw", { policyId: draft.policyId }),
      await act("policies.withdraw", { policyId: applied.policyId }),
      await act("policies.applyRevision", applied),
      await act("policies.move", { policyId: applied.policyId, tier: "team" }),
      await act("policies.saveRevision", {
        policyId: applied.policyId,
        yaml: yaml("another-name"),
        placement: "env == 'test'",
        basedOn: 7,
      }),
    ];
    expect(answers.map(({ error }) => error?.code)).toEqual(Array(answers.length).fill("forbidden"));
    const [ofDraft, ofApplied] = answers.map(({ error }) => error?.message);
    expect(ofDraft).toBe(ofApplied);
    // Who may, is told.
    expect((await attacked.mutate("policies.withdraw", { policyId: draft.policyId }, { cookie })).error?.code).toBe(
      "conflict",
    );
    expect((await attacked.mutate("policies.applyRevision", broken, { cookie })).error?.code).toBe("barred");
  });

  it("is changed by who may in all the clusters that it holds in, and not by who may in those to come", async () => {
    const act = await holderOf("mover", [
      ["viewer", everywhere],
      ["security-engineer", where("env == 'test'")],
    ]);
    const held = await save("held", "env == 'live'");
    await own("policies.applyRevision", held);
    // To take it from there, one has to be allowed to there.
    const moved = { policyId: held.policyId, yaml: yaml("held"), placement: "env == 'test'" };
    expect((await act("policies.saveRevision", moved)).error?.code).toBe("forbidden");
    const { revisionId } = await own<{ revisionId: string }>("policies.saveRevision", moved);
    const applying = { policyId: held.policyId, revisionId };
    expect((await act("policies.applyRevision", applying)).error?.code).toBe("forbidden");
    await own("policies.applyRevision", applying);
    expect((await act("policies.saveRevision", moved)).status).toBe(200);
    expect((await act("policies.withdraw", { policyId: held.policyId })).status).toBe(200);
    // A new policy needs the clusters that it names.
    const here = { yaml: yaml("own"), placement: "env == 'test'" };
    expect((await act("policies.saveRevision", here)).status).toBe(200);
    const there = { yaml: yaml("reaching"), placement: "has(env)" };
    expect((await act("policies.saveRevision", there)).error?.code).toBe("forbidden");
  });

  it("is kept in work by an author of limited clusters, as a draft and after it is withdrawn", async () => {
    const act = await holderOf("author", [["security-engineer", where("env == 'test'")]]);
    const again = async (placement: string, policyId?: string) =>
      await act("policies.saveRevision", { yaml: yaml("kept"), placement, ...(policyId ? { policyId } : {}) });
    const first = await again("env == 'test'");
    expect(first.status).toBe(200);
    const { policyId } = first.data as { policyId: string };
    const second = await again("env == 'test' ", policyId);
    expect(second.status).toBe(200);
    const { revisionId } = second.data as { revisionId: string };
    expect((await act("policies.applyRevision", { policyId, revisionId })).status).toBe(200);
    expect((await act("policies.withdraw", { policyId })).status).toBe(200);
    expect((await again("env == 'test'", policyId)).status).toBe(200);
    // It is not placed elsewhere for that, and a placement that matches nothing is said to match nothing.
    expect((await again("has(env)", policyId)).error?.code).toBe("forbidden");
    const nowhere = await again("env == 'nowhere'", policyId);
    expect([nowhere.error?.code, nowhere.error?.message]).toEqual([
      "forbidden",
      expect.stringMatching(/matches no cluster that you can see/),
    ]);
    // No more is said of a cluster out of sight.
    expect((await again("env == 'live'", policyId)).error?.message).toBe(nowhere.error?.message);
  });

  it("is no secret of a draft that is placed nowhere, but for who may write in no cluster", async () => {
    const broken = await save("placed-nowhere", "env == 'nowhere'");
    const [author, viewer] = [
      await holderOf("mender", [
        ["viewer", everywhere],
        ["security-engineer", where("env == 'test'")],
      ]),
      await holderOf("reader", [
        ["viewer", everywhere],
        ["security-engineer", { ...where("env == 'test'"), tiers: ["other"] }],
      ]),
    ];
    const mended = { policyId: broken.policyId, yaml: yaml("placed-nowhere"), placement: "env == 'test'" };
    expect((await viewer("policies.saveRevision", { ...mended, basedOn: 7 })).error?.code).toBe("forbidden");
    expect((await author("policies.applyRevision", broken)).error?.message).toMatch(/matches no cluster/);
    expect((await author("policies.withdraw", { policyId: broken.policyId })).error?.message).toMatch(
      /matches no cluster/,
    );
    expect((await author("policies.saveRevision", { ...mended, basedOn: 7 })).error?.code).toBe("stale");
    expect((await author("policies.saveRevision", { ...mended, basedOn: 1 })).status).toBe(200);
  });
});
