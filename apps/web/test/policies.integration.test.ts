import { storeApplyReport, storeClusterPlan } from "@isthmus/db";
import { contentHash, type JsonValue } from "@isthmus/policy-engine";
import { Client } from "pg";
import { parse } from "yaml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { policyTemplate } from "../src/features/policies/model/templates";
import { startTestWeb, type TestWeb } from "./people";

let web: TestWeb;
let acme: Awaited<ReturnType<TestWeb["organisation"]>>;
let other: typeof acme;
const clusterIds: Record<string, string> = {};
const view = { scope: "", range: "1h" };

beforeAll(async () => {
  web = await startTestWeb();
  acme = await web.organisation("acme");
  other = await web.organisation("other");
  const places = { "eu-west": "EU", "eu-central": "EU", "us-east": "US" };
  for (const [name, jurisdiction] of Object.entries(places)) {
    clusterIds[name] = (await acme.as.clusters.connect({ name, labels: { jurisdiction } })).clusterId;
  }
  await acme.as.tiers.create({ name: "boutique", order: 500 });
});
afterAll(() => web.stop());

let counter = 0;
const freshYaml = () => policyTemplate("boutique", `policy-${(counter += 1)}`);
const save = (yaml = freshYaml(), placement = "all()") => acme.as.policies.saveRevision({ yaml, placement });
const detail = (policyId: string) => acme.as.policies.get({ policyId, view });
const ids = (...names: string[]) => names.map((name) => clusterIds[name] ?? "");

describe("tiers", () => {
  const wrong = [
    { name: "a name in use", input: { name: "boutique", order: 7 }, message: /already/ },
    { name: "Calico's own", input: { name: "default", order: 7 }, message: /Calico's own last tier/ },
    { name: "an order in use", input: { name: "later", order: 500 }, message: /has the order 500/ },
    { name: "a name that is none", input: { name: "A b", order: 7 }, message: /lower case/ },
  ];
  it.each(wrong)("refuses $name", async ({ input, message }) => {
    await expect(acme.as.tiers.create(input)).rejects.toThrow(message);
  });
});

describe("saving", () => {
  it("numbers revisions from one and keeps each as it was written", async () => {
    const yaml = freshYaml();
    const first = await save(yaml);
    const second = await acme.as.policies.saveRevision({
      policyId: first.policyId,
      yaml: `${yaml}# more\n`,
      placement: "all()",
      basedOn: 1,
    });
    expect([first.number, second.number]).toEqual([1, 2]);
    const { revisions } = await detail(first.policyId);
    expect(revisions.map((revision) => revision.manifestYaml)).toEqual([`${yaml}# more\n`, yaml]);
  });

  it("cannot be undone in the database, not even by its owner", async () => {
    await save();
    const owner = new Client({ connectionString: web.ownerUrl });
    await owner.connect();
    for (const statement of [
      "update policy_revision set manifest_yaml = ''",
      "delete from policy_application",
      "update audit_entry set action = ''",
    ]) {
      await expect(owner.query(statement)).rejects.toThrow(/append-only/);
    }
    await owner.end();
  });

  it("refuses a text that is based on an older revision", async () => {
    const yaml = freshYaml();
    const { policyId } = await save(yaml);
    await acme.as.policies.saveRevision({ policyId, yaml: `${yaml}# a\n`, placement: "all()", basedOn: 1 });
    await expect(
      acme.as.policies.saveRevision({ policyId, yaml: `${yaml}# b\n`, placement: "all()", basedOn: 1 }),
    ).rejects.toThrow(/Somebody saved revision 2/);
  });

  it("gives racing saves numbers of their own", async () => {
    const yaml = freshYaml();
    const { policyId } = await save(yaml);
    const made = await Promise.all(
      ["a", "b", "c"].map((mark) =>
        acme.as.policies.saveRevision({ policyId, yaml: `${yaml}# ${mark}\n`, placement: "all()" }),
      ),
    );
    expect(made.map((each) => each.number).sort((a, b) => a - b)).toEqual([2, 3, 4]);
  });

  const wrong = [
    { name: "YAML that is not YAML", yaml: () => "kind: [NetworkPolicy\n", message: /line \d+: this is not YAML/ },
    { name: "no text", yaml: () => "", message: /no policy here yet/ },
    {
      name: "several mistakes, with their lines",
      yaml: () => freshYaml().replace("action: Allow", "action: Permit").replace("8080", "99999999"),
      message: /line \d+: .*; line \d+: /,
    },
    {
      name: "a selector that does not parse",
      yaml: () => freshYaml().replace(/selector: app == "policy-\d+"/, 'selector: app = "x"'),
      message: /line \d+: /,
    },
    {
      name: "a tier that is not ours",
      yaml: () => freshYaml().replace("tier: boutique", "tier: default"),
      message: /not managed by us/,
    },
    {
      name: "a tier that nobody has",
      yaml: () => freshYaml().replaceAll("boutique", "nowhere"),
      message: /not managed by us/,
    },
    {
      name: "a name without its tier",
      yaml: () => freshYaml().replace("name: boutique.", "name: "),
      message: /begins with `boutique\.`/,
    },
  ];
  it.each(wrong)("refuses $name and keeps nothing", async ({ yaml, message }) => {
    const before = (await acme.as.audit.list({ action: "policy.save" })).lines[0]?.id;
    await expect(save(yaml())).rejects.toThrow(message);
    expect((await acme.as.audit.list({ action: "policy.save" })).lines[0]?.id).toBe(before);
  });

  it("refuses a placement that is no selector, and takes one that matches nothing yet", async () => {
    await expect(save(freshYaml(), "jurisdiction = EU")).rejects.toThrow(/^clusters: /);
    await expect(save(freshYaml(), "  ")).rejects.toThrow(/choose the clusters/);
    expect((await save(freshYaml(), "jurisdiction == 'CH'")).number).toBe(1);
  });

  it("refuses a second policy of the same name", async () => {
    const yaml = freshYaml();
    await save(yaml);
    await expect(save(yaml)).rejects.toThrow(/already/);
  });
});

describe("applying", () => {
  it("places on exactly the clusters that the selector matches", async () => {
    const { policyId, revisionId } = await save(freshYaml(), 'jurisdiction == "EU"');
    const applied = await acme.as.policies.applyRevision({
      policyId,
      revisionId,
      clusterIds: ids("eu-west", "eu-central"),
    });
    expect(applied.clusterIds).toEqual(ids("eu-west", "eu-central"));
    const found = await detail(policyId);
    expect(found.states.map((state) => state.state)).toEqual(["pending", "pending"]);
    const { lines } = await acme.as.audit.list({ targetId: policyId });
    expect(lines.map((line) => line.action)).toEqual(["policy.apply", "policy.save"]);
    expect(lines[0]?.detail).toEqual({
      before: { revision: null, clusters: [] },
      after: { revision: 1, clusters: ["eu-west", "eu-central"] },
    });
  });

  it("applies nothing where the selector matches nothing", async () => {
    const { policyId, revisionId } = await save(freshYaml(), "jurisdiction == 'CH'");
    await expect(acme.as.policies.applyRevision({ policyId, revisionId })).rejects.toThrow(/matches no cluster/);
    expect((await detail(policyId)).applications).toEqual([]);
  });

  it("applies nothing where the clusters are not those that were shown", async () => {
    const { policyId, revisionId } = await save(freshYaml(), "all()");
    await expect(acme.as.policies.applyRevision({ policyId, revisionId, clusterIds: ids("eu-west") })).rejects.toThrow(
      /have changed since you looked/,
    );
    expect((await detail(policyId)).applications).toEqual([]);
  });

  it("keeps every decision: apply, apply again, revert, withdraw", async () => {
    const yaml = freshYaml();
    const first = await save(yaml);
    const second = await acme.as.policies.saveRevision({
      policyId: first.policyId,
      yaml: `${yaml}# r2\n`,
      placement: "name == 'us-east'",
    });
    const { policyId } = first;
    await acme.as.policies.applyRevision({ policyId, revisionId: first.revisionId });
    await acme.as.policies.applyRevision({ policyId, revisionId: second.revisionId });
    await acme.as.policies.applyRevision({ policyId, revisionId: first.revisionId, comment: "r2 was wrong" });
    await acme.as.policies.withdraw({ policyId });
    const found = await detail(policyId);
    expect(found.mode).toBe("withdrawn");
    expect(
      found.applications.map(({ action, number, clusterIds: on }) => `${action} ${number ?? "-"} ${on.length}`),
    ).toEqual(["withdraw - 0", "apply 1 3", "apply 2 1", "apply 1 3"]);
    await expect(acme.as.policies.withdraw({ policyId })).rejects.toThrow(/not applied anywhere/);
  });

  it("refuses a revision of another policy", async () => {
    const [one, two] = [await save(), await save()];
    await expect(
      acme.as.policies.applyRevision({ policyId: one.policyId, revisionId: two.revisionId }),
    ).rejects.toThrow(/no such revision/);
  });

  it("announces the policy, so that gateways compile at once", async () => {
    const listener = new Client({ connectionString: web.server.config.databaseUrl });
    await listener.connect();
    await listener.query("listen isthmus");
    const heard: string[] = [];
    listener.on("notification", ({ payload }) => heard.push(payload ?? ""));
    const { policyId, revisionId } = await save();
    await acme.as.policies.applyRevision({ policyId, revisionId });
    await listener.query("select 1");
    expect(heard.map((payload) => JSON.parse(payload) as unknown)).toContainEqual({
      organisation: acme.id,
      topic: "policy",
      id: policyId,
    });
    await listener.end();
  });
});

describe("what clusters report", () => {
  it("turns pending into applied, failed in the API server's words, and removed", async () => {
    const yaml = freshYaml();
    const { policyId, revisionId } = await save(yaml, 'jurisdiction == "EU"');
    await acme.as.policies.applyRevision({ policyId, revisionId });
    const manifest = parse(yaml) as JsonValue & { metadata: { name: string } };
    const ref = {
      apiVersion: "projectcalico.org/v3",
      kind: "NetworkPolicy",
      namespace: "default",
      name: manifest.metadata.name,
    };
    const hash = contentHash(manifest);
    const at = new Date(web.clock.now());
    const origin = { kind: "policy", policyId, revisionId, applicationId: "1" } as const;
    const store = (name: string, resources: boolean, problems: readonly object[] = []) =>
      web.database.forOrganisation(acme.id).transaction((tx) =>
        storeClusterPlan(tx, {
          at,
          digest: `${name} ${resources}`,
          plan: {
            clusterId: clusterIds[name] ?? "",
            publishedSets: [],
            problems: problems as never,
            resources: resources ? [{ ref, manifest: manifest as never, hash, position: 0, origin }] : [],
          },
        }),
      );
    const report = (name: string, state: "applied" | "failed" | "removed", message = "") =>
      web.database.forOrganisation(acme.id).transaction((tx) =>
        storeApplyReport(tx, {
          clusterId: clusterIds[name] ?? "",
          revision: 1n,
          results: [
            { ref, hash: Buffer.from(hash, "hex"), state, message, uid: "u", resourceVersion: "1", observedAt: at },
          ],
        }),
      );
    const states = async () =>
      (await detail(policyId)).states.map((each) =>
        `${Object.keys(clusterIds).find((name) => clusterIds[name] === each.clusterId)} ${each.state} ${each.message}`.trim(),
      );
    await store("eu-west", true);
    await store("eu-central", true);
    expect(await states()).toEqual(["eu-west pending", "eu-central pending"]);
    await report("eu-west", "applied");
    await report("eu-central", "failed", "admission webhook said no");
    expect(await states()).toEqual(["eu-west applied", "eu-central failed admission webhook said no"]);
    const board = await acme.as.policies.board({ view });
    const card = board.tiers[0]?.policies.find((each) => each.id === policyId);
    expect(card).toMatchObject({ placed: 2, applied: 1, problems: 1, hits: null });
    await store("eu-central", true, [
      { code: "too-many-rules", severity: "error", message: "1 300 rules, 1 024 are allowed", policyId },
    ]);
    expect((await states())[1]).toBe("eu-central refused 1 300 rules, 1 024 are allowed");
    await acme.as.policies.withdraw({ policyId });
    await store("eu-west", false);
    await store("eu-central", false);
    expect(await states()).toEqual(["eu-west removing", "eu-central failed admission webhook said no"]);
    await report("eu-west", "removed");
    expect(await states()).toEqual(["eu-central failed admission webhook said no"]);
  });
});

describe("another organisation", () => {
  it("sees no tier and no policy, and can change none", async () => {
    const { policyId, revisionId } = await save();
    expect((await other.as.policies.board({ view })).tiers).toEqual([]);
    await expect(other.as.policies.get({ policyId, view })).rejects.toThrow(/no such policy/);
    await expect(other.as.policies.applyRevision({ policyId, revisionId })).rejects.toThrow(/no such policy/);
    await expect(other.as.policies.withdraw({ policyId })).rejects.toThrow(/no such policy/);
    await expect(other.as.policies.saveRevision({ policyId, yaml: freshYaml(), placement: "all()" })).rejects.toThrow(
      /no such policy/,
    );
  });

  it("may have the same names", async () => {
    await other.as.tiers.create({ name: "boutique", order: 500 });
    expect(
      (await other.as.policies.saveRevision({ yaml: policyTemplate("boutique", "policy-1"), placement: "all()" }))
        .number,
    ).toBe(1);
  });
});

it("pages the audit log without a gap or a repetition", async () => {
  const all = (await acme.as.audit.list({ limit: 200 })).lines.map((line) => line.id);
  const paged: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof acme.as.audit.list>> = await acme.as.audit.list({ limit: 7, cursor });
    paged.push(...page.lines.map((line) => line.id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(all.length).toBeGreaterThan(20);
  expect(paged).toEqual(all);
  expect(all.map(BigInt)).toEqual(all.map(BigInt).toSorted((a, b) => (a > b ? -1 : 1)));
});

it("lets a viewer read and not write", async () => {
  const viewer = await web.organisation("readers", "viewer");
  await expect(viewer.as.tiers.create({ name: "a", order: 1 })).rejects.toThrow(
    /“Manage tiers”, which none of your roles gives you/,
  );
  expect((await viewer.as.policies.board({ view })).tiers).toEqual([]);
});
