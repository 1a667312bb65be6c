import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { numberOf, valueAt } from "../json";
import type { Scenario } from "../scenario-types";
import { builtInScenarios } from "./built-in";
import { readScenario } from "./read-scenario";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "isthmus-scenario-"));
  mkdirSync(path.join(folder, "shop/policies"), { recursive: true });
  const web =
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web, namespace: shop }\nspec: { replicas: 2 }\n";
  writeFileSync(path.join(folder, "shop/a-web.yaml"), `${web}---\n${web.replaceAll("web", "api")}`);
  const shop = "apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n";
  writeFileSync(path.join(folder, "shop/policies/z.yml"), shop);
  writeFileSync(path.join(folder, "broken.yaml"), "kind: Pod\n---\nkind: [\n");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = () => path.join(folder, "mesh.yaml");

function read(text: string) {
  writeFileSync(file(), text);
  return readScenario(file());
}

function good(text: string): Scenario {
  const result = read(text);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

/** Problems as `field: message`. */
function problems(text: string): readonly string[] {
  const result = read(text);
  return result.ok ? [] : result.error.map((problem) => `${problem.path}: ${problem.message}`);
}

const replicas = ({ clusters }: Scenario) =>
  (clusters[0]?.manifests ?? [])
    .filter(({ kind }) => kind === "Deployment")
    .map((object) => numberOf(valueAt(object, "spec", "replicas"), 0));

describe("a scenario file", () => {
  it("needs no more than a cluster's name", () => {
    expect(good("clusters: [{ name: eu }, { name: us }]").clusters).toMatchObject([
      {
        name: "eu",
        podCidr: "10.10.0.0/16",
        serviceCidr: "10.110.0.0/16",
        nodes: ["eu-node-1", "eu-node-2", "eu-node-3"],
      },
      {
        name: "us",
        podCidr: "10.20.0.0/16",
        serviceCidr: "10.120.0.0/16",
        nodes: ["us-node-1", "us-node-2", "us-node-3"],
      },
    ]);
  });

  it("reads nodes by number, by name, and with what each has", () => {
    expect(good("clusters: [{ name: eu, nodes: { count: 3, zones: [a, b], pods: 20 } }]").clusters[0]).toMatchObject({
      nodes: ["eu-node-1", "eu-node-2", "eu-node-3"],
      nodeSettings: {
        "eu-node-1": { pods: 20, labels: { "topology.kubernetes.io/zone": "a" } },
        "eu-node-2": { pods: 20, labels: { "topology.kubernetes.io/zone": "b" } },
        "eu-node-3": { pods: 20, labels: { "topology.kubernetes.io/zone": "a" } },
      },
    });
    const taint = "{ key: pool, value: batch, effect: NoSchedule }";
    expect(good(`clusters: [{ name: eu, nodes: [one, { name: two, taints: [${taint}] }] }]`).clusters[0]).toMatchObject(
      {
        nodes: ["one", "two"],
        nodeSettings: { two: { taints: [{ key: "pool", value: "batch", effect: "NoSchedule" }] } },
      },
    );
  });

  it("takes manifests from folders, files and itself, namespaces first", () => {
    const inline = "{ apiVersion: v1, kind: Service, metadata: { name: web } }";
    const { manifests } = good(`clusters: [{ name: eu, manifests: [shop, ${inline}] }]`).clusters[0] ?? {
      manifests: [],
    };
    expect(manifests.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? "-"}/${metadata.name}`)).toEqual([
      "Namespace -/shop",
      "Deployment shop/web",
      "Deployment shop/api",
      "Service default/web",
    ]);
  });

  it("draws workloads from the seed: the same for the same, as many pods as are asked for", () => {
    const text = (seed: number) =>
      `seed: ${seed}\nclusters: [{ name: eu, generate: { namespaces: 4, deployments: 30, replicas: 1..20, pods: 333 } }]`;
    expect(good(text(5))).toEqual(good(text(5)));
    expect(good(text(6)).clusters[0]?.manifests).not.toEqual(good(text(5)).clusters[0]?.manifests);
    expect(replicas(good(text(5))).reduce((sum, each) => sum + each, 0)).toBe(333);
    const drawn = replicas(good("clusters: [{ name: eu, generate: { deployments: 300, replicas: 2..4 } }]"));
    expect(new Set(drawn)).toEqual(new Set([2, 3, 4]));
  });

  it("makes room for what it runs where it does not say how many nodes", () => {
    const { nodes = [] } =
      good("clusters: [{ name: eu, generate: { deployments: 10, pods: 1100 } }]").clusters[0] ?? {};
    expect(nodes).toHaveLength(11);
  });

  it("reads a life", () => {
    const life = "{ crashes: { perMinute: 2 }, nodes: { perMinute: 0.5, downSeconds: 10..20 } }";
    expect(good(`clusters: [{ name: eu, life: ${life} }]`).clusters[0]?.life).toEqual({
      crashes: { perMinute: 2, atMost: 10, restarts: { from: 1, to: 5 } },
      nodes: { perMinute: 0.5, downSeconds: { from: 10, to: 20 }, replace: false },
    });
  });

  it("reads the form in JSON that it replaces", () => {
    const cluster = {
      name: "eu",
      podCidr: "10.1.0.0/16",
      serviceCidr: "10.2.0.0/16",
      nodes: ["n"],
      labels: {},
      manifests: [],
    };
    expect(good(JSON.stringify({ seed: 7, clusters: [cluster] }))).toMatchObject({ seed: 7, clusters: [cluster] });
  });

  it.each([
    { text: "[", says: /^line 1, column \d+: / },
    { text: "clusters: []", says: "clusters: is empty: give at least one cluster" },
    { text: "clusters: [{ name: a }, { name: a }]", says: "clusters: has two clusters named a" },
    { text: "seed: many\nclusters: [{ name: a }]", says: 'seed: is "many": give a whole number' },
    { text: "clusters: [{ name: A }]", says: 'clusters[0].name: is "A": use a-z, 0-9 and "-"' },
    {
      text: "clusters: [{ name: a, replica: 1 }]",
      says: "clusters[0].replica: is not known here; known are name, podCidr",
    },
    { text: "clusters: [{ name: a, podCidr: 10.0.0.0/40 }]", says: "clusters[0].podCidr: is" },
    { text: "clusters: [{ name: a, nodes: 0 }]", says: "clusters[0].nodes: is 0: give a whole number from 1 to 1000" },
    { text: "clusters: [{ name: a, nodes: [n, n] }]", says: 'clusters[0].nodes: is "n": each node needs a name' },
    { text: "clusters: [{ name: a, nodes: [{ name: n, cpu: lots }] }]", says: "clusters[0].nodes[0].cpu: is" },
    {
      text: "clusters: [{ name: a, manifests: [none] }]",
      says: 'clusters[0].manifests[0]: is "none": there is no such',
    },
    {
      text: "clusters: [{ name: a, manifests: [{ kind: Pod }] }]",
      says: "clusters[0].manifests[0].apiVersion: is missing",
    },
    {
      text: "clusters: [{ name: a, manifests: [{ apiVersion: v1, kind: Pot, metadata: { name: x } }] }]",
      says: 'clusters[0].manifests[0]: is "v1 Pot": the sandbox does not serve this kind',
    },
    { text: "clusters: [{ name: a, generate: { replicas: 5..2, deployments: 1 } }]", says: "generate.replicas: is" },
    { text: "clusters: [{ name: a, generate: { deployments: 9, pods: 20000 } }]", says: "generate.pods: is 20000" },
    {
      text: "clusters: [{ name: a, nodes: 1, generate: { deployments: 9, pods: 200 } }]",
      says: "clusters[0].nodes: take 110 pods",
    },
    {
      text: "clusters: [{ name: a, podCidr: 10.0.0.0/26, generate: { deployments: 9, pods: 99 } }]",
      says: "has 62 addresses",
    },
    { text: "clusters: [{ name: a, life: { crashes: {} } }]", says: "life.crashes.perMinute: is missing" },
    { text: "clusters: [{ name: a, life: { storms: {} } }]", says: "life.storms: is not known here" },
  ])("says what is wrong in $text", ({ text, says }) => {
    expect(problems(text).join("\n")).toMatch(says);
  });

  it("names the file of a manifest that cannot be read", () => {
    const result = read("clusters: [{ name: a, manifests: [broken.yaml] }]");
    expect(result.ok ? [] : result.error).toMatchObject([
      { file: path.join(folder, "broken.yaml"), path: "document 1.apiVersion" },
      { file: path.join(folder, "broken.yaml"), path: "document 2" },
    ]);
    const missing = readScenario("/nowhere.yaml");
    expect(missing).toMatchObject({ ok: false, error: [{ file: "/nowhere.yaml" }] });
  });
});

describe("built-in scenarios", () => {
  it("are what their names say", () => {
    expect(Object.keys(builtInScenarios)).toEqual(["boutique", "large"]);
    const large = builtInScenarios["large"]?.make();
    expect(large && replicas(large).reduce((sum, each) => sum + each, 0)).toBe(10_000);
  });
});
