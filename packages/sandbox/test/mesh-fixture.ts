import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { formatAddress, parseIpv4 } from "../src/dataplane/address";
import { objectsOf, numberOf, stringMapOf, stringOf, valueAt, type JsonObject } from "../src/json";
import type { ClusterScenario, SandboxCluster, ScenarioObject } from "../src/scenario-types";
import { DurableStore } from "../src/store/object-store";
import type { KubeInput, KubeObject, ObjectStore } from "../src/store/types";

/** Plurals of the kinds that scenarios use, as the API server derives them. */
function resourceOf({ apiVersion, kind }: ScenarioObject): string {
  const group = apiVersion.includes("/") ? apiVersion.split("/")[0] : "";
  const plural = kind.endsWith("y") ? `${kind.slice(0, -1)}ies` : `${kind}s`;
  return group === "" || group === undefined ? plural.toLowerCase() : `${plural.toLowerCase()}.${group}`;
}

/** Addresses of a CIDR in turn. */
function addressesOf(cidr: string): () => string {
  const base = parseIpv4(cidr.split("/")[0] ?? "");
  if (base === undefined) throw new Error(`${cidr} is no IPv4 CIDR`);
  let next = base + 10;
  return () => formatAddress(next++);
}

/**
 * A store that holds what a cluster's controllers would make of a scenario: pods of its Deployments with addresses,
 * services with theirs, and endpoint slices. It stands for the API server and the controllers where a test is about
 * what is behind them. Its folder goes with the test.
 */
export function materialise(scenario: ClusterScenario): SandboxCluster {
  const stateDir = mkdtempSync(join(tmpdir(), `isthmus-${scenario.name}-`));
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }));
  const store = DurableStore.open({ dir: join(stateDir, "store"), now: () => Date.now() });
  const podAddress = addressesOf(scenario.podCidr);
  const serviceAddress = addressesOf(scenario.serviceCidr);
  for (const name of ["default", "kube-system"]) {
    create(store, "namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }
  create(store, "tiers.projectcalico.org", {
    apiVersion: "projectcalico.org/v3",
    kind: "Tier",
    metadata: { name: "default" },
    spec: { order: 1_000_000, defaultAction: "Deny" },
  });
  for (const object of scenario.manifests) {
    const spec =
      object.kind === "Service" ? { ...(object["spec"] as JsonObject), clusterIP: serviceAddress() } : object["spec"];
    create(store, resourceOf(object), { ...object, ...(spec !== undefined && { spec }) });
    if (object.kind === "Deployment") makePods(store, object, { podAddress, nodes: scenario.nodes });
  }
  for (const service of store.list("services")) makeSlice(store, service);
  const { name, podCidr, serviceCidr } = scenario;
  return { name, podCidr, serviceCidr, store, stateDir, goldmaneListen: { host: "127.0.0.1", port: 0 } };
}

export function create(store: ObjectStore, resource: string, object: KubeInput): KubeObject {
  const created = store.create(resource, object);
  if (!created.ok) throw new Error(`${resource} ${object.metadata.name}: ${created.error.code}`);
  return created.value;
}

interface Placement {
  readonly podAddress: () => string;
  readonly nodes: readonly string[];
}

function makePods(store: ObjectStore, workload: ScenarioObject, { podAddress, nodes }: Placement): void {
  const template = valueAt(workload, "spec", "template") as JsonObject;
  const generateName = `${workload.metadata.name}-6d8f9c7b5-`;
  for (let index = 0; index < numberOf(valueAt(workload, "spec", "replicas"), 1); index += 1) {
    create(store, "pods", {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: `${generateName}${String(index).padStart(5, "p")}`,
        generateName,
        ...(workload.metadata.namespace !== undefined && { namespace: workload.metadata.namespace }),
        labels: stringMapOf(valueAt(template, "metadata", "labels")),
      },
      spec: { ...(template["spec"] as JsonObject), nodeName: nodes[index % nodes.length] },
      status: {
        phase: "Running",
        podIP: podAddress(),
        containerStatuses: [{ name: "server", restartCount: 0, ready: true, state: { running: {} } }],
      },
    });
  }
}

function makeSlice(store: ObjectStore, service: KubeObject): void {
  const selector = stringMapOf(valueAt(service, "spec", "selector"));
  if (Object.keys(selector).length === 0) return;
  const pods = store
    .list("pods", service.metadata.namespace)
    .filter((pod) => Object.entries(selector).every(([label, value]) => pod.metadata.labels?.[label] === value));
  create(store, "endpointslices.discovery.k8s.io", {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: `${service.metadata.name}-abcde`,
      namespace: service.metadata.namespace ?? "",
      labels: { "kubernetes.io/service-name": service.metadata.name },
    },
    addressType: "IPv4",
    ports: objectsOf(valueAt(service, "spec", "ports")).map((port) => ({
      name: port["name"],
      port: port["targetPort"],
      protocol: port["protocol"],
    })),
    endpoints: pods.map((pod) => ({
      addresses: [stringOf(valueAt(pod, "status", "podIP"))],
      conditions: { ready: true },
    })),
  });
}
