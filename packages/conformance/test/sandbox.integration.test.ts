import { randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadAccess } from "@isthmus/k8s";
import { startSandboxCluster, type RunningCluster } from "@isthmus/sandbox";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allClauses, runConformance, type ConformanceReport, type Need } from "../src/index";

let cluster: RunningCluster;
let report: ConformanceReport;
const stateDir = mkdtempSync(join(tmpdir(), "isthmus-conformance-"));
const errors: unknown[] = [];

beforeAll(async () => {
  cluster = await startSandboxCluster({
    scenario: {
      name: "contract",
      podCidr: "10.60.0.0/22",
      serviceCidr: "10.160.0.0/22",
      nodes: ["contract-1", "contract-2"],
      labels: {},
      manifests: [],
    },
    index: 0,
    host: "127.0.0.1",
    port: 0,
    externalImages: [],
    now: Date.now,
    newUid: randomUUID,
    randomSuffix: (length) => randomBytes(length).toString("hex").slice(0, length),
    onError: (error) => errors.push(error),
    stateDir,
  });

  const access = await loadAccess({ kubeconfig: cluster.kubeconfig }, Date.now);
  if (!access.ok) throw new Error(access.error.message);
  report = await runConformance({ access: access.value, id: randomBytes(3).toString("hex"), atOnce: 4, now: Date.now });
}, 300_000);
afterAll(async () => {
  await cluster?.close();
  rmSync(stateDir, { recursive: true, force: true });
});

/** What the sandbox does not serve, or not so: it has Calico's kinds natively. */
const notServed: readonly Need[] = ["calico-aggregated"];

describe("the sandbox keeps the contract", () => {
  it.each(allClauses.map(({ id, says }) => ({ id, says })))("$id: $says", ({ id }) => {
    const result = report.results.find(({ clause }) => clause.id === id);
    const need = result?.clause.needs.find((each) => notServed.includes(each));
    expect(result?.verdict).toEqual(need === undefined ? { kind: "kept" } : { kind: "not-asked", need });
  });

  it("and nothing is left of the run", () => {
    expect(report.left).toEqual([]);
    const kinds = [
      "tiers.projectcalico.org",
      "globalnetworkpolicies.projectcalico.org",
      "globalnetworksets.projectcalico.org",
    ];
    const names = ["namespaces", "clusterroles.rbac.authorization.k8s.io", ...kinds].flatMap((resource) =>
      cluster.cluster.store.list(resource).map(({ metadata }) => metadata.name),
    );
    expect(names.filter((name) => name.startsWith("isthmus-"))).toEqual([]);
    expect(errors).toEqual([]);
  });
});
