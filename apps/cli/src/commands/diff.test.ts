import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCommandLine } from "../command-line";
import { memoryIo } from "../testing/memory-io";

const pod = (name: string, ip: string, app = name) => `apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: shop, labels: {app: ${app}}}
status: {podIP: "${ip}"}
---
`;

const policy = (rule: string) => `apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: default.db, namespace: shop}
spec: {selector: app == "db", ingress: [{action: Allow, protocol: TCP, ${rule}}]}
---
`;

const PODS = pod("web", "10.0.0.1") + pod("db", "10.0.0.2");
const FROM_WEB = policy('source: {selector: app == "web"}, destination: {ports: [5432]}');

async function run(old: string, next: string, ...words: string[]) {
  const { io, out, err } = memoryIo({ "old.yaml": old, "new.yaml": next, "pods.yaml": PODS });
  const code = await runCommandLine(["diff", "old.yaml", "new.yaml", ...words], io);
  return { code, out: out().trimEnd().split("\n"), err: err() };
}

describe("isthmus diff", () => {
  it.each([
    { name: "equal manifests", old: PODS, next: PODS },
    { name: "another order", old: PODS + FROM_WEB, next: FROM_WEB + PODS },
    {
      name: "other words for the same",
      old: PODS + FROM_WEB,
      next: PODS + FROM_WEB.replace('app == "web"', 'app == "web" && has(app)'),
    },
  ])("finds no difference in $name", async ({ old, next }) => {
    expect(await run(old, next)).toEqual({ code: 0, out: [""], err: "" });
  });

  it("tells what a first policy takes away, and whom it protects", async () => {
    expect(await run(PODS, PODS + FROM_WEB)).toEqual({
      code: 1,
      out: [
        "- 0.0.0.0-255.255.255.255[External] => shop/db[Pod] : All Connections",
        "~ shop/web[Pod] => shop/db[Pod] : All Connections -> TCP 5432",
        "shop/db[Pod] became protected (ingress)",
        "shop/db[Pod] became unexposed (ingress)",
      ],
      err: "",
    });
  });

  it("tells the contrary the other way round", async () => {
    const { out } = await run(
      FROM_WEB,
      "kind: ConfigMap\napiVersion: v1\nmetadata: {name: x}\n",
      "--with",
      "pods.yaml",
    );
    expect(out).toEqual([
      "+ 0.0.0.0-255.255.255.255[External] => shop/db[Pod] : All Connections",
      "~ shop/web[Pod] => shop/db[Pod] : TCP 5432 -> All Connections",
      "shop/db[Pod] became unprotected (ingress)",
      "shop/db[Pod] became exposed (ingress)",
    ]);
  });

  it("cuts outside addresses where either side tells them apart", async () => {
    const nets = (text: string) => PODS + policy(`source: {nets: [${text}]}`);
    const { out } = await run(nets("20.0.0.0/8, 30.0.0.0/8"), nets("20.0.0.0/9, 30.0.0.0/7"));
    expect(out).toEqual([
      "- 20.128.0.0-20.255.255.255[External] => shop/db[Pod] : TCP 0-65535".replace(" 0-65535", ""),
      "+ 31.0.0.0-31.255.255.255[External] => shop/db[Pod] : TCP",
    ]);
  });

  it("tells workloads that came and went", async () => {
    const { out } = await run(PODS, pod("web", "10.0.0.1") + pod("cache", "10.0.0.9"));
    expect(out).toContain("workload added: shop/cache[Pod]");
    expect(out).toContain("workload removed: shop/db[Pod]");
    expect(out).toContain("+ shop/web[Pod] => shop/cache[Pod] : All Connections");
    expect(out).toContain("- shop/web[Pod] => shop/db[Pod] : All Connections");
  });

  it("calls a workload protected where all of its pods are", async () => {
    const owner = "ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: db, controller: true}], labels:";
    const two = (pod("db-1", "10.0.0.2", "db") + pod("db-2", "10.0.0.3", "new")).replaceAll("labels:", owner);
    const { out } = await run(two, two + FROM_WEB);
    expect(out.join()).not.toContain("became protected");
    const both = two.replace("app: new", "app: db");
    expect((await run(both, both + FROM_WEB)).out.join()).toContain("became protected");
  });

  it("tells what staged policies would change", async () => {
    const staged = FROM_WEB.replace("NetworkPolicy", "StagedNetworkPolicy");
    expect((await run(PODS, PODS + staged)).code).toBe(0);
    expect((await run(PODS, PODS + staged, "--pending")).code).toBe(1);
  });

  it("answers in JSON and Markdown", async () => {
    const json = await run(PODS, PODS + FROM_WEB, "-o", "json");
    expect(JSON.parse(json.out.join("\n"))).toMatchObject({
      version: 1,
      command: "diff",
      same: false,
      connections: [
        { kind: "lost", dst: "shop/db[Pod]", after: "No Connections" },
        { kind: "changed", src: "shop/web[Pod]", before: "All Connections", after: "TCP 5432" },
      ],
      postures: [{ became: "protected", workload: "shop/db[Pod]", direction: "ingress" }, { became: "unexposed" }],
    });
    const markdown = await run(PODS, PODS + FROM_WEB, "-o", "md");
    expect(markdown.out).toContain("| changed | shop/web[Pod] | shop/db[Pod] | All Connections | TCP 5432 |  |");
  });

  it("compares one cluster of a mesh", async () => {
    const { io, out } = memoryIo({ "old.yaml": PODS, "new.yaml": PODS + FROM_WEB, "us.yaml": pod("api", "10.7.0.1") });
    const words = ["diff", "cluster=eu:old.yaml", "cluster=eu:new.yaml", "--with", "cluster=us:us.yaml"];
    expect(await runCommandLine(words, io)).toBe(1);
    expect(out()).toContain("- us/shop/api[Pod] => eu/shop/db[Pod] : All Connections\n");
    expect(out()).not.toContain("=> us/shop/api[Pod]");
  });

  it.each([
    { name: "standard input twice", words: ["-", "-"] },
    { name: "standard input beside both", words: ["old.yaml", "new.yaml", "--with", "-"] },
    { name: "one path", words: ["old.yaml"] },
    { name: "a path that is not there", words: ["old.yaml", "gone.yaml"] },
  ])("refuses $name", async ({ words }) => {
    const { io, out } = memoryIo({ "old.yaml": PODS, "new.yaml": PODS });
    expect(await runCommandLine(["diff", ...words], io)).toBe(2);
    expect(out()).toBe("");
  });
});

const BOUTIQUE = ["workloads", "policies"].map((name) =>
  readFileSync(join(import.meta.dirname, `../../testdata/boutique/eu/${name}.yaml`), "utf8"),
);
const DOCUMENTS = BOUTIQUE.join("---\n").split(/^---$/m);

interface Line {
  readonly from: string;
  readonly to: string;
  readonly allowed: string;
}

interface Changed {
  readonly src: string;
  readonly dst: string;
}

describe("a difference and the connectivity of both sides", () => {
  it.each(DOCUMENTS.map((text, at) => ({ at, name: /name: (\S+)/.exec(text)?.[1] ?? "" })))(
    "agree where $name goes",
    async ({ at }) => {
      const tree = { "old.yaml": DOCUMENTS.join("---\n"), "new.yaml": DOCUMENTS.toSpliced(at, 1).join("---\n") };
      const ask = async (...words: string[]): Promise<unknown> => {
        const { io, out } = memoryIo(tree);
        await runCommandLine([...words, "-o", "json"], io);
        return JSON.parse(out());
      };
      const lines = async (file: string) => {
        const { connections } = (await ask("connectivity", file)) as { connections: readonly Line[] };
        const inside = connections.filter(({ from, to }) => !`${from}${to}`.includes("[External]"));
        return new Map(inside.map(({ from, to, allowed }) => [`${from} => ${to}`, allowed]));
      };
      const [before, after] = [await lines("old.yaml"), await lines("new.yaml")];
      const pairs = [...new Set([...before.keys(), ...after.keys()])];
      const expected = pairs.filter((pair) => before.get(pair) !== after.get(pair)).sort();
      const answer = (await ask("diff", "old.yaml", "new.yaml")) as { connections: readonly Changed[] };
      const found = answer.connections
        .map(({ src, dst }) => `${src} => ${dst}`)
        .filter((pair) => !pair.includes("[External]"));
      expect(found.sort()).toEqual(expected);
    },
  );
});
