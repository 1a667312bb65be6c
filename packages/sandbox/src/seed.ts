import { kindOfObject, storedKinds } from "./api/registry";
import { openApiSchema } from "./api/openapi";
import { resourceOf, type Kind } from "./api/kinds";
import { defaultRoles } from "./auth/default-roles";
import { addressText, rangeOf } from "./controllers/address-pool";
import type { JsonObject } from "./json";
import { nodeObject } from "./nodes";
import type { ClusterScenario } from "./scenario-types";
import { timestamp } from "./store/object-store";
import type { KubeInput, ObjectStore } from "./store/types";

/** The version of Calico whose API the sandbox serves. */
export const calicoVersion = "v3.32.0";

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
  return [...namespaces(), ...defaultRoles, ...nodes(options), kubernetesService(options), ...calicoObjects(options)];
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
  const tiers = [
    { name: "kube-admin", order: 1_000, defaultAction: "Pass" },
    { name: "default", order: 1_000_000, defaultAction: "Deny" },
    { name: "kube-baseline", order: 10_000_000, defaultAction: "Pass" },
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
      calicoVersion,
      clusterGUID: newUid().replaceAll("-", ""),
      clusterType: "k8s,kdd",
      datastoreReady: true,
      variant: "Calico",
    }),
  ];
}

/** The CustomResourceDefinitions of Calico's kinds, from the schemas that the API holds them to. */
export function calicoDefinitions(now: number): readonly KubeInput[] {
  return storedKinds.filter(({ group }) => group === "projectcalico.org").map((kind) => definition(kind, now));
}

function definition(kind: Kind, now: number): KubeInput {
  const names = {
    kind: kind.kind,
    listKind: `${kind.kind}List`,
    plural: kind.plural,
    singular: kind.singular,
    ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
  };
  const subresources = kind.subresources.includes("status") ? { subresources: { status: {} } } : {};
  const schema = { openAPIV3Schema: openApiSchema(kind) };
  const version = { name: kind.version, served: true, storage: true, schema, ...subresources };
  const at = timestamp(now);
  const conditions = ["NamesAccepted", "Established"].map((type) => ({
    type,
    status: "True",
    reason: "Sandbox",
    message: "",
    lastTransitionTime: at,
  }));
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${kind.plural}.${kind.group}`, generation: 1 },
    spec: {
      group: kind.group,
      names,
      scope: kind.namespaced ? "Namespaced" : "Cluster",
      versions: [version],
      conversion: { strategy: "None" },
    },
    status: { acceptedNames: names, storedVersions: [kind.version], conditions },
  };
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
