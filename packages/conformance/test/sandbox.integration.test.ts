import { randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadAccess } from "@isthmus/k8s";
import { startSandboxCluster, type CalicoApi, type RunningCluster } from "@isthmus/sandbox";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allClauses, runConformance, type ConformanceReport, type Need } from "../src/index";

/** How the sandbox serves Calico, with what such a cluster lacks. */
const styles: Readonly<Record<CalicoApi, { readonly only?: readonly string[]; readonly lacks: readonly Need[] }>> = {
  native: { lacks: ["calico-aggregated", "calico-storage"] },
  aggregated: { only: ["calico/", "cluster-network-policy/"], lacks: ["calico-native", "cluster-network-policy"] },
  "crd-only": {
    only: ["calico/", "cluster-network-policy/"],
    lacks: ["calico", "calico-native", "calico-aggregated", "calico-tiers", "calico-staged", "cluster-network-policy"],
  },
};

const goldmaneNeeds: readonly Need[] = ["goldmane", "goldmane-flows", "goldmane-statistics"];
const stateDir = mkdtempSync(join(tmpdir(), "isthmus-conformance-"));
const errors: unknown[] = [];
const held: { readonly style: CalicoApi; readonly cluster: RunningCluster; readonly report: ConformanceReport }[] = [];

async function hold(style: CalicoApi, index: number): Promise<void> {
  const cluster = await startSandboxCluster({
    scenario: {
      name: style,
      podCidr: `10.6${index}.0.0/22`,
      serviceCidr: `10.16${index}.0.0/22`,
      nodes: [`${style}-1`, `${style}-2`],
      labels: {},
      calicoApi: style,
      manifests: [],
    },
    index,
    host: "127.0.0.1",
    port: 0,
    externalImages: [],
    now: Date.now,
    newUid: randomUUID,
    randomSuffix: (length) => randomBytes(length).toString("hex").slice(0, length),
    onError: (error) => errors.push(error),
    stateDir: join(stateDir, style),
  });
  const access = await loadAccess({ kubeconfig: cluster.kubeconfig }, Date.now);
  if (!access.ok) throw new Error(access.error.message);
  const { only } = styles[style];
  const options = { access: access.value, id: randomBytes(3).toString("hex"), atOnce: 4, now: Date.now };
  held.push({ style, cluster, report: await runConformance({ ...options, ...(only ? { only } : {}) }) });
}

beforeAll(async () => {
  await hold("native", 0);
  await Promise.all([hold("aggregated", 1), hold("crd-only", 2)]);
}, 300_000);
afterAll(async () => {
  await Promise.all(held.map(({ cluster }) => cluster.close()));
  rmSync(stateDir, { recursive: true, force: true });
});

const asked = (Object.keys(styles) as CalicoApi[]).flatMap((style) => {
  const { only } = styles[style];
  const clauses = allClauses.filter(({ id }) => only?.some((prefix) => id.startsWith(prefix)) ?? true);
  return clauses.map(({ id, says }) => ({ style, id, says }));
});

describe("the sandbox keeps the contract", () => {
  it.each(asked)("$style $id: $says", ({ style, id }) => {
    const { report } = held.find((each) => each.style === style) ?? {};
    const result = report?.results.find(({ clause }) => clause.id === id);
    const lacks = [...styles[style].lacks, ...goldmaneNeeds];
    const need = result?.clause.needs.find((each) => lacks.includes(each));
    expect(result?.verdict).toEqual(need === undefined ? { kind: "kept" } : { kind: "not-asked", need });
  });

  it("and nothing is left of the runs", () => {
    const kinds = [
      "tiers.projectcalico.org",
      "globalnetworkpolicies.projectcalico.org",
      "globalnetworksets.projectcalico.org",
    ];
    for (const { report, cluster } of held) {
      expect(report.left).toEqual([]);
      const names = ["namespaces", "clusterroles.rbac.authorization.k8s.io", ...kinds].flatMap((resource) =>
        cluster.cluster.store.list(resource).map(({ metadata }) => metadata.name),
      );
      expect(names.filter((name) => name.startsWith("isthmus-"))).toEqual([]);
    }
    expect(errors).toEqual([]);
  });
});
