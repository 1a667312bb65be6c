import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { arrayOf, objectsOf, stringOf, valueAt } from "../src/json";
import { smallScenario, startTestCluster, temporaryFolder, type TestCluster } from "./api/fixture";

const group = "/apis/projectcalico.org/v3";
const storage = "/apis/crd.projectcalico.org/v1";
const policies = `${group}/globalnetworkpolicies`;

const policy = (name: string, spec: object = {}) => ({
  apiVersion: "projectcalico.org/v3",
  kind: "GlobalNetworkPolicy",
  metadata: { name },
  spec: { selector: "all()", ...spec },
});

const manifest = {
  apiVersion: "projectcalico.org/v3",
  kind: "GlobalNetworkSet",
  metadata: { name: "seeded" },
  spec: { nets: ["192.0.2.0/24"] },
};

const groupsOf = async (cluster: TestCluster): Promise<readonly string[]> =>
  objectsOf((await cluster.request("GET", "/apis")).body["groups"]).map(({ name }) => stringOf(name));

const namesAt = async (cluster: TestCluster, path: string): Promise<readonly string[]> =>
  objectsOf((await cluster.request("GET", path)).body["items"]).map((item) =>
    stringOf(valueAt(item, "metadata", "name")),
  );

const definitionsOf = async (cluster: TestCluster): Promise<ReadonlySet<string>> => {
  const names = await namesAt(cluster, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions");
  return new Set(names.map((name) => name.slice(name.indexOf(".") + 1)));
};

describe("Calico's kinds from its own API server", () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startTestCluster({
      scenario: { ...smallScenario, calicoApi: "aggregated", manifests: [manifest] },
    });
  });
  afterAll(() => cluster.destroy());

  it("are served in both groups, with definitions of the storage alone, and a registered server", async () => {
    expect(await groupsOf(cluster)).toEqual(expect.arrayContaining(["projectcalico.org", "crd.projectcalico.org"]));
    expect([...(await definitionsOf(cluster))]).toEqual(["crd.projectcalico.org"]);
    const services = await cluster.kubectl(["get", "apiservices", "--no-headers"]);
    expect(services.stdout).toMatch(/^v3\.projectcalico\.org +calico-system\/calico-api +True /m);
    expect(services.stdout).toMatch(/^v1\.apps +Local +True /m);
    const information = await cluster.request("GET", `${group}/clusterinformations/default`);
    expect(valueAt(information.body, "spec", "calicoVersion")).toMatch(/^v3\.31\./);
    expect(await namesAt(cluster, `${storage}/globalnetworksets`)).toEqual(["seeded"]);
  });

  it.each([
    { name: "bare", spec: {}, code: 201 },
    { name: "default.prefixed", spec: {}, code: 201 },
    { name: "bare-elsewhere", spec: { tier: "team" }, code: 422 },
    { name: "other.elsewhere", spec: { tier: "team" }, code: 422 },
    { name: "team.own", spec: { tier: "team" }, code: 201 },
  ])("answers $code to a policy named $name with $spec", async ({ name, spec, code }) => {
    const tier = { apiVersion: "projectcalico.org/v3", kind: "Tier", metadata: { name: "team" }, spec: { order: 5 } };
    await cluster.request("POST", `${group}/tiers`, { body: tier });
    const answer = await cluster.request("POST", `${policies}?dryRun=All`, { body: policy(name, spec) });
    expect(answer.code).toBe(code);
  });

  it("are not created by server-side apply as policies, which kubectl's own apply does", async () => {
    const text = JSON.stringify(policy("applied"));
    const serverSide = await cluster.kubectl(["apply", "--server-side", "-f", "-"], text);
    expect(serverSide.stderr).toContain('globalnetworkpolicies.projectcalico.org "applied" not found');
    expect((await cluster.kubectl(["apply", "-f", "-"], text)).stdout).toContain("applied created");
    const changed = JSON.stringify(policy("applied", { order: 3 }));
    const again = await cluster.kubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], changed);
    expect(again).toMatchObject({ code: 0 });
    expect(await namesAt(cluster, `${storage}/globalnetworkpolicies`)).toContain("default.applied");
    const table = await cluster.kubectl(["get", "gnp"]);
    expect(table.stdout).toMatch(/^NAME +CREATED AT\napplied +20\d\d-/);
  });

  it("take a strategic merge patch, which definitions refuse", async () => {
    const contentType = "application/strategic-merge-patch+json";
    const set = { body: { spec: { nets: ["198.51.100.0/24"] } }, contentType };
    const served = await cluster.request("PATCH", `${group}/globalnetworksets/seeded`, set);
    expect(arrayOf(valueAt(served.body, "spec", "nets"))).toEqual(["198.51.100.0/24"]);
    expect((await cluster.request("PATCH", `${storage}/globalnetworksets/seeded`, set)).code).toBe(415);
  });

  it("are not changed twice at once through the two groups", async () => {
    const path = "globalnetworksets/seeded";
    const stored = await cluster.request("GET", `${storage}/${path}`);
    await cluster.request("PATCH", `${group}/${path}`, {
      body: { spec: { nets: ["203.0.113.0/24"] } },
      contentType: "application/merge-patch+json",
    });
    expect((await cluster.request("PUT", `${storage}/${path}`, { body: stored.body })).code).toBe(409);
  });
});

describe("Calico's storage alone", () => {
  it("is read and written as a definition, is the same cluster natively after a restart with another style", async () => {
    const stateDir = temporaryFolder();
    const first = await startTestCluster({
      stateDir,
      scenario: { ...smallScenario, calicoApi: "crd-only", manifests: [manifest] },
    });
    try {
      expect(await groupsOf(first)).not.toContain("projectcalico.org");
      expect((await first.request("GET", policies)).code).toBe(404);
      const raw = {
        ...policy("default.raw", { tier: "default", types: ["Ingress"], ingress: [{ action: "Deny" }] }),
        apiVersion: "crd.projectcalico.org/v1",
      };
      expect(await first.kubectl(["apply", "-f", "-"], JSON.stringify(raw))).toMatchObject({ code: 0 });
      const listed = await first.kubectl(["get", "globalnetworkpolicies.crd.projectcalico.org", "-o", "name"]);
      expect(listed.stdout).toBe("globalnetworkpolicy.crd.projectcalico.org/default.raw\n");
      expect(first.errors).toEqual([]);
    } finally {
      await first.close();
    }
    const second = await startTestCluster({ stateDir });
    try {
      expect(await namesAt(second, policies)).toEqual(["raw"]);
      expect(await namesAt(second, `${group}/globalnetworksets`)).toEqual(["seeded"]);
      expect([...(await definitionsOf(second))].toSorted()).toEqual(["policy.networking.k8s.io", "projectcalico.org"]);
    } finally {
      await second.destroy();
      rmSync(stateDir, { recursive: true, force: true });
    }
  });
});
