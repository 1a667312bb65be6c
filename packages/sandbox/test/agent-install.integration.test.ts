import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { parseAllDocuments } from "yaml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isObject, stringOf, valueAt, type JsonObject } from "../src/json";
import { extractHelm } from "../src/kubectl";
import { startTestCluster, temporaryFolder, toolsFolder, type TestCluster } from "./api/fixture";

const deploy = path.join(import.meta.dirname, "../../../deploy");
const chart = path.join(deploy, "helm/isthmus-agent");

/** The same cluster, in the words of the manifest and in those of the chart. */
const placeholders: Readonly<Record<string, string>> = {
  image: "registry.example:5000/isthmus-agent:7",
  imagePullPolicy: "Always",
  gatewayUrls: "wss://a.example:7401,wss://b.example:7401",
  pins: "SHA256:abc_-,SHA256:def",
  grantId: "0b7c0d4e-0000-4000-8000-000000000001",
  grantSecretBase64: Buffer.from("the secret").toString("base64"),
  caBundle: Buffer.from("-----BEGIN CERTIFICATE-----\nMA==\n").toString("base64"),
  goldmaneAddress: "goldmane.calico-system.svc:7443",
  goldmaneServerName: "goldmane.calico-system.svc",
  goldmaneTlsSecret: "whisker-backend-key-pair",
  goldmaneCaConfigMap: "goldmane-ca-bundle",
};
const values = {
  gateway: { urls: ["wss://a.example:7401", "wss://b.example:7401"], pins: ["SHA256:abc_-", "SHA256:def"] },
  grant: { id: placeholders["grantId"], secret: "the secret" },
  caBundle: "-----BEGIN CERTIFICATE-----\nMA==\n",
  image: { repository: "registry.example:5000/isthmus-agent", tag: "7", pullPolicy: "Always" },
};
const manifest = (file = "agent"): string =>
  readFileSync(path.join(deploy, `agent/${file}.yaml`), "utf8").replaceAll(
    /\{\{(\w+)\}\}/gu,
    (whole, name: string) => placeholders[name] ?? whole,
  );

const objectsIn = (text: string): ReadonlyMap<string, JsonObject> =>
  new Map(
    parseAllDocuments(text)
      .map((document) => document.toJS() as unknown)
      .filter(isObject)
      .map((object) => [`${stringOf(object["kind"])} ${stringOf(valueAt(object, "metadata", "name"))}`, object]),
  );

const folder = mkdtempSync(path.join(tmpdir(), "isthmus-chart-"));
let helmPath: string;
let cluster: TestCluster;

function valuesFile(given: object): string {
  const file = path.join(folder, "values.json");
  writeFileSync(file, JSON.stringify(given));
  return file;
}

async function helm(args: readonly string[], given: object = values): Promise<string> {
  const file = ["template", "install", "upgrade"].includes(args[0] ?? "") ? ["-f", valuesFile(given)] : [];
  const env = { PATH: process.env["PATH"], KUBECONFIG: cluster.kubeconfig, HOME: folder };
  const { stdout } = await promisify(execFile)(helmPath, [...args, ...file], { env });
  return stdout;
}

const rendered = async (given: object): Promise<ReadonlyMap<string, JsonObject>> =>
  objectsIn(await helm(["template", "isthmus-agent", chart, "-n", "isthmus"], given));

async function kubectl(args: string, input?: string): Promise<string> {
  const output = await cluster.kubectl(args.split(" "), input);
  expect({ args, ...output }).toMatchObject({ args, code: 0 });
  return output.stdout;
}

/** Everything in the cluster, of every kind, whose name or namespace is ours. */
async function ours(): Promise<readonly string[]> {
  const kinds = (await kubectl("api-resources --verbs=list -o name")).split("\n").filter((name) => name !== "");
  const columns = "custom-columns=:kind,:metadata.namespace,:metadata.name";
  const found = await kubectl(`get ${kinds.join(",")} -A --no-headers -o ${columns}`);
  return found.split("\n").filter((line) => line.includes("isthmus"));
}

const identity = async (): Promise<string> =>
  kubectl("-n isthmus get secret isthmus-agent-identity -o jsonpath={.data}");
const keepIdentity = () =>
  kubectl(`-n isthmus patch secret isthmus-agent-identity --field-manager=isthmus -p {"data":{"key.pem":"a2V5"}}`);
const holdLease = () =>
  kubectl(`-n isthmus patch lease isthmus-agent --field-manager=isthmus -p {"spec":{"holderIdentity":"pod-1"}}`);
const holder = () => kubectl("-n isthmus get lease isthmus-agent -o jsonpath={.spec.holderIdentity}");
const rolledOut = () => kubectl("-n isthmus rollout status deployment/isthmus-agent --timeout=20s");

beforeAll(async () => {
  [helmPath, cluster] = await Promise.all([
    extractHelm(toolsFolder),
    startTestCluster({ stateDir: temporaryFolder() }),
  ]);
  await kubectl("create namespace calico-system");
});

afterAll(async () => {
  await cluster.destroy();
  rmSync(folder, { recursive: true, force: true });
});

describe("the agent's chart", () => {
  it("says what the manifest says, object by object; the namespace is Helm's to make", async () => {
    const shipped = new Map(objectsIn(manifest()));
    expect(shipped.delete("Namespace isthmus")).toBe(true);
    const made = await rendered(values);
    expect([...made.keys()].toSorted()).toEqual([...shipped.keys()].toSorted());
    for (const [name, object] of made) expect(object, name).toEqual(shipped.get(name));
  });

  it("says what the probe pod's manifest says, where it is turned on", async () => {
    const given = { ...values, probe: { enabled: true }, image: { ...values.image, pullPolicy: "IfNotPresent" } };
    const [off, on] = [await rendered(values), await rendered(given)];
    const added = new Map([...on].filter(([name]) => !off.has(name)));
    expect(added).toEqual(new Map(objectsIn(manifest("probe"))));
  });

  it("holds the manifest's rules as they stand, comments included", async () => {
    const script = path.join(deploy, "../scripts/agent-chart.mjs");
    await promisify(execFile)(process.execPath, [script, "--check"]);
  });

  it("puts in what differs between clusters", async () => {
    const made = await rendered({
      ...values,
      grant: { id: "g", existingSecret: "mine" },
      image: { ...values.image, digest: `sha256:${"0".repeat(64)}` },
      imagePullSecrets: [{ name: "pull" }],
      proxy: { url: "http://proxy:3128", exceptions: [".svc", "10.0.0.0/8"] },
      nodeSelector: { pool: "system" },
      tolerations: [{ operator: "Exists" }],
      resources: { limits: { memory: "512Mi" } },
      priorityClassName: "system-cluster-critical",
      logLevel: "debug",
      lease: { duration: "30s" },
      replicas: 1,
    });
    expect(made.has("Secret isthmus-agent-grant")).toBe(false);
    const deployment = made.get("Deployment isthmus-agent");
    expect(valueAt(deployment, "spec", "replicas")).toBe(1);
    const pod = valueAt(deployment, "spec", "template", "spec");
    expect(pod).toMatchObject({
      imagePullSecrets: [{ name: "pull" }],
      nodeSelector: { pool: "system" },
      tolerations: [{ operator: "Exists" }],
      priorityClassName: "system-cluster-critical",
      containers: [
        {
          image: `registry.example:5000/isthmus-agent@sha256:${"0".repeat(64)}`,
          args: expect.arrayContaining(["--log-level=debug", "--grant-id=g", "--lease-duration=30s"]) as unknown,
          env: expect.arrayContaining([
            { name: "HTTPS_PROXY", value: "http://proxy:3128" },
            { name: "NO_PROXY", value: ".svc,10.0.0.0/8" },
          ]) as unknown,
          resources: { limits: { memory: "512Mi" } },
        },
      ],
      volumes: [{ secret: { secretName: "mine" } }, {}],
    });
  });

  it.each([
    { name: "no gateway", given: { ...values, gateway: { urls: [], pins: ["k"] } }, says: "/gateway/urls" },
    {
      name: "an address of another kind",
      given: { ...values, gateway: { urls: ["https://a"], pins: ["k"] } },
      says: "/gateway/urls/0",
    },
    { name: "a value that there is not", given: { ...values, gatway: {} }, says: "'gatway' not allowed" },
    { name: "a lease that is no time", given: { ...values, lease: { duration: "15" } }, says: "/lease/duration" },
    { name: "an authority that is none", given: { ...values, caBundle: "nonsense" }, says: "/caBundle" },
  ])("refuses $name before anything is installed", async ({ given, says }) => {
    await expect(rendered(given)).rejects.toThrow(says);
  });
});

describe("installed by Helm", () => {
  it("comes, is upgraded with its identity kept, and goes without a trace", async () => {
    const before = await ours();
    const release = ["isthmus-agent", chart, "-n", "isthmus"];
    expect(await helm(["install", ...release, "--create-namespace"])).toContain("wss://a.example:7401");
    await rolledOut();
    await keepIdentity();
    await holdLease();
    const kept = await identity();
    await helm(["upgrade", ...release], { ...values, logLevel: "debug" });
    await rolledOut();
    expect(await identity()).toBe(kept);
    expect(await holder()).toBe("pod-1");
    const args = await kubectl(
      "-n isthmus get deployment isthmus-agent -o jsonpath={.spec.template.spec.containers[0].args}",
    );
    expect(args).toContain("--log-level=debug");
    await helm(["uninstall", "isthmus-agent", "-n", "isthmus"]);
    await kubectl("delete namespace isthmus --timeout=20s");
    expect(await ours()).toEqual(before);
  });
});

describe("installed by kubectl", () => {
  it("comes with one apply, keeps its identity over another, and goes without a trace", async () => {
    const before = await ours();
    await kubectl("apply -f -", manifest());
    await rolledOut();
    await keepIdentity();
    await holdLease();
    const kept = await identity();
    const again = (await kubectl("apply -f -", manifest())).trim().split("\n");
    // kubectl sends a budget's selector each time, since it is one that is replaced as a whole.
    expect(again.filter((line) => !line.endsWith(" unchanged"))).toEqual([
      "poddisruptionbudget.policy/isthmus-agent configured",
    ]);
    expect([await identity(), await holder()]).toEqual([kept, "pod-1"]);
    await kubectl("delete --ignore-not-found -f - --timeout=20s", manifest());
    expect(await ours()).toEqual(before);
  });
});
