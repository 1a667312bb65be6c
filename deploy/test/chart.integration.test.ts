import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { extractHelm } from "../../packages/sandbox/src/kubectl";
import { startTestCluster, type TestCluster } from "../../packages/sandbox/test/api/fixture";
import { unknownFields } from "./support/known-fields";
import { complaintOf, root, variablesOf, type ProcessName } from "./support/process-settings";

const chart = join(root, "deploy/helm/isthmus");
const folder = mkdtempSync(join(tmpdir(), "isthmus-chart-"));
let helm: string;

interface Rendered {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: Readonly<Record<string, unknown>>;
}

interface Container {
  readonly name: string;
  readonly args?: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly securityContext: object;
  readonly resources: { readonly requests: object; readonly limits: object };
}

interface PodSpec {
  readonly containers: readonly Container[];
  readonly volumes: readonly { readonly name: string }[];
  readonly automountServiceAccountToken: boolean;
  readonly securityContext: object;
}

const least = {
  image: { registry: "registry.example.org/isthmus" },
  publicUrl: "https://isthmus.example.org",
  database: { existingSecret: "isthmus-database" },
  clickhouse: { url: "http://clickhouse.stores:8123", existingSecret: "isthmus-clickhouse" },
  keys: { signingSecret: "isthmus-signing" },
  gateway: { publicUrls: "wss://mesh.example.org" },
};
const everything = {
  ...least,
  image: { ...least.image, pullSecrets: ["registry"] },
  clickhouse: { ...least.clickhouse, cluster: "flows" },
  keys: { ...least.keys, secretsKeySecret: "isthmus-secrets-key" },
  bootstrap: { email: "owner@example.org", existingSecret: "isthmus-owner" },
  web: { agentImage: "registry.example.org/isthmus-agent:1", accessSecret: "isthmus-access", nodeSelector: { a: "b" } },
  gateway: { ...least.gateway, tolerations: [{ key: "mesh", operator: "Exists" }], podAnnotations: { a: "b" } },
  ingress: { enabled: true, webHost: "isthmus.example.org", gatewayHost: "mesh.example.org", tlsSecret: "tls" },
  gatewayApi: { enabled: true, webHost: "a.example", gatewayHost: "b.example", parentRefs: [{ name: "edge" }] },
  networkPolicy: {
    ingressFrom: [{ namespaceSelector: { matchLabels: { name: "ingress" } } }],
    metricsFrom: [{ namespaceSelector: { matchLabels: { name: "monitoring" } } }],
    extraEgress: [{ ports: [{ port: 8443, protocol: "TCP" }] }],
  },
  serviceMonitor: { enabled: true, labels: { release: "prometheus" } },
  prometheusRule: { enabled: true },
};
function run(args: readonly string[], values: object): Promise<string> {
  const file = join(folder, "values.yaml");
  writeFileSync(file, JSON.stringify(values));
  return new Promise((done, fail) =>
    execFile(
      helm,
      args[0] === "uninstall" ? args : [...args, "--values", file],
      { env: { HOME: folder, PATH: "" } },
      (error, stdout, stderr) => (error === null ? done(stdout) : fail(new Error(stderr || stdout, { cause: error }))),
    ),
  );
}

async function render(values: object): Promise<readonly Rendered[]> {
  const text = await run(["template", "isthmus", chart, "--namespace", "isthmus-system"], values);
  return parseAllDocuments(text).flatMap((document) => {
    expect(document.errors).toEqual([]);
    const object = document.toJS() as Rendered | null;
    return object === null ? [] : [object];
  });
}

function podsOf(objects: readonly Rendered[]): readonly PodSpec[] {
  return objects.flatMap(({ spec }) => {
    const template = spec?.["template"] as { readonly spec: PodSpec } | undefined;
    return template === undefined ? [] : [template.spec];
  });
}

beforeAll(async () => {
  helm = await extractHelm(join(tmpdir(), "isthmus-test-kubectl-1.35"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the chart isthmus", () => {
  it("is taken by helm lint without a warning", async () => {
    expect(await run(["lint", "--strict", chart], everything)).toContain("0 chart(s) failed");
  });

  it.each([
    { name: "nothing", values: {}, word: /publicUrl/ },
    { name: "a gateway's address with http", values: { gateway: { publicUrls: "https://x" } }, word: /publicUrls/ },
    { name: "a key that there is not", values: { web: { replica: 2 } }, word: /additional properties 'replica'/ },
    { name: "an owner without a password", values: { bootstrap: { email: "a@b.c" } }, word: /bootstrap/ },
    { name: "an ingress without a host", values: { ingress: { enabled: true } }, word: /webHost/ },
  ])("refuses $name before anything is rendered", async ({ name, values, word }) => {
    await expect(run(["template", "x", chart], name === "nothing" ? {} : { ...least, ...values })).rejects.toThrow(
      word,
    );
  });

  it("uses only fields that Kubernetes has, with the least and with everything", async () => {
    for (const values of [least, everything]) {
      const objects = await render(values);
      const stock = objects.filter(({ apiVersion }) => !/^(gateway\.networking|monitoring\.coreos)/.test(apiVersion));
      expect(stock.length).toBeGreaterThan(8);
      expect(stock.flatMap(unknownFields)).toEqual([]);
    }
    const [first] = await render(least);
    expect(unknownFields({ ...first!, spec: { podSelektor: {} } } as never)).not.toEqual([]);
  });

  it("gives each process settings that it reads and starts with", async () => {
    for (const values of [least, everything]) {
      for (const { containers, volumes } of podsOf(await render(values))) {
        for (const { name, env, volumeMounts } of containers) {
          const process = name as ProcessName;
          const environment = Object.fromEntries(env.map((each) => [each.name, each.value]));
          expect(complaintOf(process, environment), name).toBeUndefined();
          const read = variablesOf(process);
          expect(Object.keys(environment).filter((each) => !read.has(each))).toEqual([]);
          const files = env.filter((each) => each.name.endsWith("_FILE")).map(({ value }) => value);
          const mounts = volumeMounts.map(({ mountPath }) => `${mountPath}/`);
          expect(files.filter((file) => !mounts.some((mount) => file.startsWith(mount)))).toEqual([]);
          expect(volumes.map((each) => each.name)).toEqual(
            expect.arrayContaining(volumeMounts.map((each) => each.name)),
          );
        }
      }
    }
  });

  it("keeps every pod to the restricted standard, without a token and with bounded memory", async () => {
    const pods = podsOf(await render(least));
    expect(pods).toHaveLength(3);
    for (const pod of pods) {
      expect(pod).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } },
      });
      for (const { securityContext, resources } of pod.containers) {
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        });
        expect(resources).toMatchObject({
          requests: { cpu: expect.anything() },
          limits: { memory: expect.anything() },
        });
      }
    }
  });

  it("migrates in a hook before anything new starts, and gives the owner's password to that alone", async () => {
    const objects = await render(everything);
    const job = objects.find(({ kind }) => kind === "Job");
    expect(job?.metadata.annotations).toMatchObject({ "helm.sh/hook": "pre-install,pre-upgrade" });
    const holders = objects.filter((object) => JSON.stringify(object).includes("owner-url"));
    expect(holders.map(({ kind }) => kind)).toEqual(["Job"]);
  });

  it("lets agents' path alone through to the gateway, and carries the alerts as they lie in its folder", async () => {
    const objects = await render(everything);
    const paths = objects
      .filter(
        ({ kind, metadata }) => (kind === "Ingress" || kind === "HTTPRoute") && metadata.name.endsWith("-gateway"),
      )
      .map((object) => /"(?:path|value)":"(\/[^"]*)"/.exec(JSON.stringify(object))?.[1]);
    expect(paths).toEqual(["/v1/agent", "/v1/agent"]);
    const rules = objects.find(({ kind }) => kind === "PrometheusRule");
    expect(rules?.spec).toEqual(parse(readFileSync(join(chart, "files/alerts.yaml"), "utf8")));
  });

  it("has each process scraped, and leads nobody from outside to the web app's metrics", async () => {
    const objects = await render(everything);
    const named = (wanted: string, name: string) =>
      objects.find(({ kind, metadata }) => kind === wanted && metadata.name === name)?.spec;
    const monitoring = [{ namespaceSelector: { matchLabels: { name: "monitoring" } } }];
    for (const component of ["web", "gateway"]) {
      const { endpoints, selector } = named("ServiceMonitor", `isthmus-${component}`) as {
        endpoints: [{ port: string }];
        selector: object;
      };
      const service = named("Service", `isthmus-${component}`) as { ports: { name: string }[] };
      expect(service.ports.map(({ name }) => name)).toContain(endpoints[0].port);
      expect(selector).toMatchObject({ matchLabels: { "app.kubernetes.io/name": `isthmus-${component}` } });
    }
    expect(named("NetworkPolicy", "isthmus-web")).toMatchObject({
      ingress: [{ ports: [{ port: "http" }] }, { ports: [{ port: "metrics" }], from: monitoring }],
    });
    const ways = objects.filter(({ kind }) => kind === "Ingress" || kind === "HTTPRoute");
    expect(ways).toHaveLength(4);
    expect(JSON.stringify(ways)).not.toMatch(/metrics|7410/);
  });

  it("says where to open it and how to sign in", async () => {
    const text = await run(["install", "isthmus", chart, "--dry-run=client", "--namespace", "shop"], everything);
    const notes = text.slice(text.indexOf("NOTES:"));
    expect(notes).toContain("https://isthmus.example.org");
    expect(notes).toContain("owner@example.org");
    expect(notes).toContain("kubectl -n shop get secret isthmus-owner");
  });
});

describe("applied to a cluster", () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startTestCluster();
  });
  afterAll(() => cluster?.destroy());

  const served = { ...least, podDisruptionBudget: { enabled: false } };

  it("is taken object by object with strict validation", async () => {
    const objects = await render(served);
    const texts = objects.map((object) => JSON.stringify(object)).join("\n---\n");
    const check = ["apply", "--dry-run=server", "--validate=strict", "-f", "-"];
    expect(await cluster.kubectl(["create", "namespace", "isthmus-system"])).toMatchObject({ code: 0 });
    expect(await cluster.kubectl(check, texts)).toMatchObject({ code: 0, stderr: "" });
    const wrong = texts.replace('"replicas"', '"replikas"');
    expect((await cluster.kubectl(check, wrong)).stderr).toContain("replikas");
  });

  it("is installed, upgraded and uninstalled by Helm: migrations first, then pods that are ready, then nothing", async () => {
    const on = ["--kubeconfig", cluster.kubeconfig, "--namespace", "isthmus-system"];
    await run(["install", "isthmus", chart, ...on, "--wait", "--timeout", "30s"], served);
    const slices = await cluster.kubectl(["get", "endpointslices", "-n", "isthmus-system", "-o", "json"]);
    const { items } = JSON.parse(slices.stdout) as { items: readonly { readonly endpoints?: readonly unknown[] }[] };
    expect(items.map(({ endpoints }) => endpoints?.length)).toEqual([2, 2]);
    await run(["upgrade", "isthmus", chart, ...on, "--wait", "--timeout", "30s"], {
      ...served,
      web: { replicas: 3 },
    });
    const pods = await cluster.kubectl(["get", "pods", "-n", "isthmus-system", "-o", "name"]);
    expect(pods.stdout.match(/isthmus-web-/g)).toHaveLength(3);
    await run(["uninstall", "isthmus", ...on, "--wait", "--timeout", "30s"], {});
    const kinds = "deployments,jobs,services,networkpolicies,serviceaccounts";
    const left = await cluster.kubectl(["get", kinds, "-n", "isthmus-system", "-o", "name"]);
    expect(left.stdout.trim().split("\n")).toEqual(["serviceaccount/default"]);
  });
});
