import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CORE_KINDS, recordAt, type KubeObject, type KubernetesApi, type ResourceKind } from "@isthmus/k8s";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AgentArguments } from "../src/arguments";
import { parseDoctorArguments } from "../src/doctor/doctor-arguments";
import { examine, type ExamineOptions } from "../src/doctor/examine";
import type { Finding } from "../src/doctor/finding";
import { newIdentity, writeIdentity } from "../src/identity/identity";
import { agentBundle } from "./support/bundles";
import { agentToken, filledManifest, install } from "./support/install";
import { LinkGateway } from "./support/link-gateway";
import { apiOf, startSandbox, writeTokenKubeconfig, type RunningSandbox } from "./support/sandbox";

const CLUSTER_ROLES: ResourceKind = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  plural: "clusterroles",
  namespaced: false,
};
const HOUR_MS = 3_600_000;
const home = mkdtempSync(join(tmpdir(), "isthmus-doctor-test-"));
let sandbox: RunningSandbox;
let gateway: LinkGateway;
let bundle: string;
let api: KubernetesApi;
let args: readonly string[];
let given: AgentArguments;

async function findings(changed: Partial<ExamineOptions> = {}): Promise<ReadonlyMap<string, Finding>> {
  const examined = await examine({
    api,
    arguments: given,
    proxies: { secure: "", plain: "", except: "" },
    readGrant: () => Promise.resolve(Buffer.from("secret")),
    readCa: () => Promise.resolve(undefined),
    clock: { now: Date.now },
    ...changed,
  });
  return new Map(examined.findings.map((finding) => [finding.id.split(":")[0] ?? "", finding]));
}

/** Those that are not in order, with their state. */
const wrong = (found: ReadonlyMap<string, Finding>): Record<string, string> =>
  Object.fromEntries(
    [...found].flatMap(([id, { state }]) => (["ok", "not-applicable"].includes(state) ? [] : [[id, state]])),
  );

async function replaced(kind: ResourceKind, at: { namespace?: string; name: string }, change: object): Promise<void> {
  const found = await sandbox.api.get(kind, at);
  if (!found.ok) throw new Error(found.error.message);
  const answer = await sandbox.api.update(kind, { ...found.value, ...change });
  if (!answer.ok) throw new Error(answer.error.message);
}

const asData = (texts: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, Buffer.from(text).toString("base64")]));

beforeAll(async () => {
  gateway = new LinkGateway();
  const gatewayUrls = await gateway.listen();
  [sandbox, bundle] = await Promise.all([startSandbox(), agentBundle()]);
  const objects = filledManifest({
    image: "isthmus-agent:test",
    imagePullPolicy: "IfNotPresent",
    gatewayUrls,
    pins: gateway.key.id,
    grantId: gateway.grant.id,
    grantSecretBase64: "",
    caBundle: "",
    goldmaneAddress: sandbox.goldmaneAddress,
    goldmaneServerName: "goldmane.calico-system.svc",
    goldmaneTlsSecret: "whisker-backend-key-pair",
    goldmaneCaConfigMap: "goldmane-ca-bundle",
  });
  await install(sandbox.api, objects);
  const credential = { id: "c", issuedAtMs: Date.now(), expiresAtMs: Date.now() + HOUR_MS, grantId: gateway.grant.id };
  const data = asData(writeIdentity({ ...newIdentity(), credential }));
  await replaced(CORE_KINDS.secrets, { namespace: "isthmus", name: "isthmus-agent-identity" }, { data });
  const kubeconfig = join(home, "kubeconfig");
  writeTokenKubeconfig({ sandbox, token: await agentToken(sandbox.api) }, kubeconfig);
  api = await apiOf(kubeconfig);
  const deployment = objects.find(({ kind }) => kind === "Deployment");
  const [container] = recordAt(deployment, "spec", "template", "spec")["containers"] as readonly { args: string[] }[];
  args = (container?.args ?? []).map((arg) =>
    arg.replace("/var/spool/isthmus", home).replace("/etc/isthmus/grant", home),
  );
  const parsed = await parseDoctorArguments(args);
  if (!parsed.ok) throw new Error(parsed.error.join());
  given = parsed.value.arguments;
}, 120_000);

afterAll(async () => {
  api?.close();
  await gateway?.close();
  await sandbox?.stop();
  rmSync(home, { recursive: true, force: true });
});

describe("an examination of a sandbox cluster", () => {
  it("finds all in order that is in order", async () => {
    const found = await findings();
    expect(wrong(found)).toEqual({});
    expect(found.get("goldmane.certificate")?.seen).toMatch(
      /^CN=whisker-backend.* signed by .*tigera-operator-signer/u,
    );
    expect(found.get("gateway.reachable")?.seen).toMatch(/: WebSocket open in \d+ ms, without TLS$/u);
  });

  it("names a client certificate of another authority, and a server that refuses it", async () => {
    const other = sandbox.cluster("eu-central").api;
    const pair = await other.get(CORE_KINDS.secrets, { namespace: "calico-system", name: "whisker-backend-key-pair" });
    if (!pair.ok) throw new Error(pair.error.message);
    const at = { namespace: "calico-system", name: "other-pair" };
    await sandbox.api.create(CORE_KINDS.secrets, { ...pair.value, metadata: at } as KubeObject);
    const found = await findings({ api: sandbox.api, arguments: { ...given, goldmaneTlsSecret: at } });
    expect(wrong(found)).toMatchObject({ "goldmane.certificate": "warning", "goldmane.reachable": "failing" });
    expect(found.get("goldmane.reachable")?.seen).toContain("certificate");
  });

  it("names a permission that was taken away, with the rule that gives it back", async () => {
    const role = await sandbox.api.get(CLUSTER_ROLES, { name: "isthmus-agent" });
    if (!role.ok) throw new Error(role.error.message);
    const rules = (role.value["rules"] as readonly { resources?: readonly string[] }[]).filter(
      ({ resources }) => !["installations", "jobs"].includes(resources?.[0] ?? ""),
    );
    await replaced(CLUSTER_ROLES, { name: "isthmus-agent" }, { rules });
    const found = await findings();
    await replaced(CLUSTER_ROLES, { name: "isthmus-agent" }, { rules: role.value["rules"] });
    expect(wrong(found)).toMatchObject({ "permissions.inventory": "failing", "permissions.examination": "warning" });
    expect(found.get("permissions.inventory")).toMatchObject({
      seen: "may not list jobs.batch; watch jobs.batch",
      remedy: '- apiGroups: ["batch"]\n  resources: [jobs]\n  verbs: [list, watch]',
    });
  });

  it("names a clock that is off", async () => {
    const found = await findings({ clock: { now: () => Date.now() + 90_000 } });
    expect(found.get("clock.api-server")).toMatchObject({
      state: "failing",
      seen: "the agent's clock is 90 s ahead of the API server",
    });
    expect(found.get("clock.goldmane")).toMatchObject({
      state: "failing",
      seen: expect.stringMatching(/^the agent's clock is (?:89|90|91) s ahead of Goldmane$/u) as unknown,
    });
    const late = await findings({ clock: { now: () => Date.now() - 20_000 } });
    expect(late.get("clock.goldmane")).toMatchObject({
      state: "warning",
      seen: expect.stringMatching(/^the agent's clock is (?:19|20|21) s behind Goldmane$/u) as unknown,
    });
  });

  it("names a gateway that is not there", async () => {
    const gateways = ["ws://127.0.0.1:1", "ws://nowhere.invalid:80"];
    const { findings: all } = await examine({
      api,
      arguments: { ...given, gateways },
      proxies: { secure: "", plain: "", except: "" },
      readGrant: () => Promise.reject(new Error("none")),
      readCa: () => Promise.resolve(undefined),
      clock: { now: Date.now },
    });
    const seen = all.filter(({ group }) => group === "gateway").map(({ state, seen: text }) => `${state} ${text}`);
    expect(seen[0]).toMatch(
      /^failing ws:\/\/127\.0\.0\.1:1: no TCP connection to 127\.0\.0\.1 port 1: .*ECONNREFUSED/u,
    );
    expect(seen[1]).toMatch(/^failing ws:\/\/nowhere\.invalid:80: the name nowhere\.invalid does not resolve/u);
  });

  it("is printed by `isthmus-agent doctor`, last with Goldmane gone", async () => {
    const run = (extra: readonly string[]): Promise<{ status: unknown; stdout: string }> =>
      new Promise((resolve) => {
        const line = [bundle, "doctor", ...args, `--kubeconfig=${join(home, "kubeconfig")}`, ...extra];
        execFile(process.execPath, line, (error, stdout) => resolve({ status: error?.code ?? 0, stdout }));
      });
    for (const kind of [CORE_KINDS.deployments, CORE_KINDS.services]) {
      const at = { namespace: "calico-system", name: "goldmane" };
      const found = await sandbox.api.get(kind, at);
      if (found.ok) await sandbox.api.remove(kind, at, found.value.metadata.uid ?? "");
    }
    const text = await run(["--goldmane=127.0.0.1:1"]);
    expect(text.status).toBe(2);
    expect(text.stdout).toMatch(
      /^Goldmane\n {2}FAILING Goldmane runs: there is no Deployment calico-system\/goldmane\n/u,
    );
    expect(text.stdout).toContain("kind: Goldmane");
    const json = JSON.parse((await run(["--output=json"])).stdout) as { findings: readonly Finding[] };
    expect(json.findings.map(({ id }) => id.split(":")[0])).toEqual([...(await findings()).keys()]);
  }, 30_000);
});
