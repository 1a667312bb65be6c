import { randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Action, createGoldmaneClient, EndpointType, PolicyKind, Reporter } from "@isthmus/goldmane-api";
import { loadAccess } from "@isthmus/k8s";
import { startDataplane, startSandboxCluster, type ClusterScenario, type RunningCluster } from "@isthmus/sandbox";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allClauses, runConformance, type ConformanceReport, type GoldmaneAccess } from "../src/index";

const scenario: ClusterScenario = {
  name: "flows",
  podCidr: "10.63.0.0/22",
  serviceCidr: "10.163.0.0/22",
  nodes: ["flows-1"],
  labels: {},
  manifests: [],
};
const stateDir = mkdtempSync(join(tmpdir(), "isthmus-goldmane-contract-"));
const ends: (() => Promise<void> | void)[] = [];
let cluster: RunningCluster;
let report: ConformanceReport;

/** What a Felix reports: some flows of the last minutes, of both ends, allowed and denied, between three namespaces. */
async function* reports() {
  const now = BigInt(Math.floor(Date.now() / 1_000));
  for (let at = 0; at < 24; at += 1) {
    const denied = at % 4 === 0;
    const action = denied ? Action.Deny : Action.Allow;
    const hit = { kind: PolicyKind.Profile, name: "kns.shop", tier: "__PROFILE__", action };
    const Key = {
      sourceName: `caller-${at % 3}-*`,
      sourceNamespace: `team-${at % 3}`,
      sourceType: EndpointType.WorkloadEndpoint,
      destName: `web-${at % 5}-*`,
      destNamespace: at % 2 === 0 ? "shop" : "stock",
      destType: EndpointType.WorkloadEndpoint,
      destPort: 8_080n,
      proto: "tcp",
      reporter: at % 2 === 0 ? Reporter.Src : Reporter.Dst,
      action,
      policies: { enforcedPolicies: [hit], pendingPolicies: [hit] },
    };
    const startTime = now - 200n - BigInt(at * 15);
    yield { flow: { Key, startTime, endTime: startTime + 15n, packetsOut: 3n, bytesOut: 180n } };
  }
}

function accessOf({ cluster: { store } }: RunningCluster, address: string): GoldmaneAccess {
  const namespace = "calico-system";
  const data = (resource: string, name: string) =>
    (store.get({ resource, namespace, name })?.["data"] ?? {}) as Readonly<Record<string, string>>;
  const pair = data("secrets", "whisker-backend-key-pair");
  const text = (field: string) => Buffer.from(pair[field] ?? "", "base64").toString("utf8");
  const ca = data("configmaps", "goldmane-ca-bundle")["tigera-ca-bundle.crt"] ?? "";
  return { address, tls: { ca, cert: text("tls.crt"), key: text("tls.key") } };
}

beforeAll(async () => {
  cluster = await startSandboxCluster({
    scenario,
    index: 0,
    host: "127.0.0.1",
    port: 0,
    externalImages: [],
    now: Date.now,
    newUid: randomUUID,
    randomSuffix: (length) => randomBytes(length).toString("hex").slice(0, length),
    onError: (error) => {
      throw error;
    },
    stateDir: join(stateDir, "flows"),
  });
  ends.unshift(() => cluster.close());
  const dataplane = await startDataplane([cluster.cluster], {
    scenario: { seed: 1, clusters: [scenario] },
    timing: "",
  });
  ends.unshift(() => dataplane.close());
  const goldmane = accessOf(cluster, dataplane.goldmaneAddress("flows"));
  const felix = createGoldmaneClient(goldmane);
  for await (const _ of felix.collector.connect(reports()));
  felix.close();
  const access = await loadAccess({ kubeconfig: cluster.kubeconfig }, Date.now);
  if (!access.ok) throw new Error(access.error.message);
  const id = randomBytes(3).toString("hex");
  report = await runConformance({ access: access.value, goldmane, id, only: ["goldmane/"], atOnce: 4, now: Date.now });
}, 120_000);
afterAll(async () => {
  for (const end of ends) await end();
  rmSync(stateDir, { recursive: true, force: true });
});

describe("the sandbox's Goldmane keeps the contract", () => {
  const asked = allClauses.filter(({ id }) => id.startsWith("goldmane/"));
  it.each(asked.map(({ id, says }) => ({ id, says })))("$id: $says", ({ id }) => {
    const result = report.results.find(({ clause }) => clause.id === id);
    expect(result?.verdict).toEqual({ kind: "kept" });
  });
});
