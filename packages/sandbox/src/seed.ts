import { kindOfObject } from "./api/registry";
import { resourceOf } from "./api/kinds";
import { defaultRoles } from "./auth/default-roles";
import { addressText, rangeOf } from "./controllers/address-pool";
import type { JsonObject } from "./json";
import { nodeObject } from "./nodes";
import type { ClusterScenario } from "./scenario-types";
import { timestamp } from "./store/object-store";
import type { KubeInput, ObjectStore } from "./store/types";

/** The version of Calico that serves its kinds in each way; only the first has what came with 3.32. */
const calicoVersions = { native: "v3.32.0", aggregated: "v3.31.2", "crd-only": "v3.31.2" } as const;

/** What the objects of a new cluster depend on. */
export interface SeedOptions {
  readonly scenario: ClusterScenario;
  /** Place of the cluster in the scenario: keeps the nodes' addresses of different clusters apart. */
  readonly index: number;
  readonly now: number;
  readonly newUid: () => string;
}

/** What every cluster holds before anything is applied to it: namespaces, roles, nodes, Calico's tiers and settings. */
export function systemObjects(options: SeedOptions): readonly KubeInput[] {
  return [
    ...namespaces(),
    ...defaultRoles,
    ...nodes(options),
    serviceRange(options),
    kubernetesService(options),
    ...calicoObjects(options),
  ];
}

function namespaces(): readonly KubeInput[] {
  return ["default", "kube-node-lease", "kube-public", "kube-system"].map((name) => ({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels: { "kubernetes.io/metadata.name": name } },
    spec: { finalizers: ["kubernetes"] },
    status: { phase: "Active" },
  }));
}

function nodes(options: SeedOptions): readonly KubeInput[] {
  return options.scenario.nodes.map((name, place) => nodeObject(options, { name, place }));
}

function serviceRange({ scenario, now }: SeedOptions): KubeInput {
  const ready = { type: "Ready", status: "True", reason: "", message: "", lastTransitionTime: timestamp(now) };
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "ServiceCIDR",
    metadata: { name: "kubernetes", generation: 1 },
    spec: { cidrs: [scenario.serviceCidr] },
    status: { conditions: [ready] },
  };
}

function kubernetesService({ scenario }: SeedOptions): KubeInput {
  const clusterIP = addressText(rangeOf(scenario.serviceCidr).first + 1);
  const ports = [{ name: "https", port: 443, protocol: "TCP", targetPort: 6443 }];
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "kubernetes", namespace: "default", labels: { component: "apiserver", provider: "kubernetes" } },
    spec: {
      type: "ClusterIP",
      clusterIP,
      clusterIPs: [clusterIP],
      ports,
      sessionAffinity: "None",
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      internalTrafficPolicy: "Cluster",
    },
    status: { loadBalancer: {} },
  };
}

const calico = "projectcalico.org/v3";

function calicoObjects({ scenario, now, newUid }: SeedOptions): readonly KubeInput[] {
  const style = scenario.calicoApi ?? "native";
  const [admin, baseline] =
    style === "native" ? ["kube-admin", "kube-baseline"] : ["adminnetworkpolicy", "baselineadminnetworkpolicy"];
  const tiers = [
    { name: admin, order: 1_000, defaultAction: "Pass" },
    { name: "default", order: 1_000_000, defaultAction: "Deny" },
    { name: baseline, order: 10_000_000, defaultAction: "Pass" },
  ];
  const ready = { type: "Ready", status: "True", reason: "Active", message: "", lastTransitionTime: timestamp(now) };
  const object = (kind: string, name: string, spec: JsonObject): KubeInput => ({
    apiVersion: calico,
    kind,
    metadata: { name, generation: 1 },
    spec,
  });
  return [
    ...tiers.map(({ name, ...spec }) => ({ ...object("Tier", name, spec), status: { conditions: [ready] } })),
    object("IPPool", "default-ipv4-ippool", {
      cidr: scenario.podCidr,
      blockSize: 26,
      ipipMode: "Never",
      vxlanMode: "Never",
      natOutgoing: true,
      nodeSelector: "all()",
      allowedUses: ["Workload", "Tunnel"],
      assignmentMode: "Automatic",
    }),
    object("FelixConfiguration", "default", { flowLogsFlushInterval: "15s" }),
    object("ClusterInformation", "default", {
      calicoVersion: calicoVersions[style],
      clusterGUID: newUid().replaceAll("-", ""),
      clusterType: "k8s,kdd",
      datastoreReady: true,
      variant: "Calico",
    }),
  ];
}

/** Creates what is not there yet. */
export function ensure(store: ObjectStore, objects: readonly KubeInput[]): void {
  for (const object of objects) {
    const kind = kindOfObject(object.apiVersion, object.kind);
    if (!kind) throw new Error(`${object.apiVersion} ${object.kind} is not served`);
    const resource = resourceOf(kind);
    const { namespace, name } = object.metadata;
    if (!store.get({ resource, namespace, name })) store.create(resource, object);
  }
}
