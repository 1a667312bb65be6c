import {
  CALICO_CRD,
  CALICO_KINDS,
  CALICO_V3,
  CORE_KINDS,
  SERVICE_CIDR_KIND,
  apiGroup,
  listAt,
  recordAt,
  textAt,
  type KubernetesApi,
  type KubeObject,
  type ResourceKind,
} from "@isthmus/k8s";
import type { AddressesSeen, CalicoSeen, GoldmaneSeen } from "../observation";
import { readOf, type Read } from "../read";

interface Named {
  readonly namespace?: string;
  readonly name: string;
}
type Reads = Pick<KubernetesApi, "get" | "list" | "servedResources">;

const clusterKind = (apiVersion: string, kind: string, plural: string): ResourceKind => ({
  apiVersion,
  kind,
  plural,
  namespaced: false,
});
const INSTALLATIONS = clusterKind("operator.tigera.io/v1", "Installation", "installations");
const API_SERVICES = clusterKind("apiregistration.k8s.io/v1", "APIService", "apiservices");
const CALICO_NAMESPACES = ["calico-system", "kube-system"] as const;
const GOLDMANE = { namespace: "calico-system", name: "goldmane" } as const;

/** Calico's kinds in the version that is served: v3, else its storage. */
const servedAs = (kind: ResourceKind, v3: boolean): ResourceKind => (v3 ? kind : { ...kind, apiVersion: CALICO_CRD });

async function serves(api: Reads): Promise<CalicoSeen["served"]> {
  const answers = await Promise.all([CALICO_V3, CALICO_CRD].map((version) => api.servedResources(version)));
  const found = answers.map((answer) =>
    readOf(answer, "get /apis", (names) => names.includes(CALICO_KINDS.globalNetworkPolicies.plural)),
  );
  const failed = found.find((each) => each.kind !== "read");
  if (failed !== undefined) return failed;
  const [v3, crd] = found.map((each) => each.kind === "read" && each.value);
  return { kind: "read", value: { v3: v3 === true, crd: crd === true } };
}

async function nodeNamespaces(api: Reads): Promise<CalicoSeen["nodeNamespaces"]> {
  const found = await Promise.all(
    CALICO_NAMESPACES.map(async (namespace) => {
      const found = await oneOf(api, CORE_KINDS.daemonSets, { namespace, name: "calico-node" });
      return mapRead(found, () => namespace);
    }),
  );
  const namespaces = found.flatMap((each) => (each.kind === "read" ? [each.value] : []));
  const failed = found.find((each) => each.kind === "forbidden" || each.kind === "failed");
  if (namespaces.length === 0 && failed !== undefined) return failed;
  return { kind: "read", value: namespaces };
}

/** Looks at what there is of Calico. */
export async function observeCalico(api: Reads): Promise<CalicoSeen> {
  const served = await serves(api);
  const v3 = served.kind !== "read" || served.value.v3;
  const calico = (kind: ResourceKind): Promise<Read<KubeObject>> => oneOf(api, servedAs(kind, v3), { name: "default" });
  const operatorAt = { namespace: "tigera-operator", name: "tigera-operator" };
  const [information, operator, daemonSets, apiService, installation, felix, nodes] = await Promise.all([
    calico(CALICO_KINDS.clusterInformations),
    oneOf(api, CORE_KINDS.deployments, operatorAt),
    nodeNamespaces(api),
    named(api, API_SERVICES, "v3.projectcalico.org"),
    named(api, INSTALLATIONS, "default"),
    calico(CALICO_KINDS.felixConfigurations),
    api.list(CORE_KINDS.nodes, {}),
  ]);
  return {
    version: mapRead(information, (object) => textAt(object, "spec", "calicoVersion")),
    operator: mapRead(operator, (object) => ({
      namespace: operatorAt.namespace,
      helm: object.metadata.labels?.["app.kubernetes.io/managed-by"] === "Helm",
    })),
    nodeNamespaces: daemonSets,
    served,
    aggregated: mapRead(apiService, (object) => textAt(object, "spec", "service", "name") !== ""),
    installation: mapRead(installation, (object) => ({
      linuxDataplane: textAt(object, "spec", "calicoNetwork", "linuxDataplane"),
      windowsDataplane: textAt(object, "spec", "calicoNetwork", "windowsDataplane"),
    })),
    felix: mapRead(felix, felixSeen),
    nodes: readOf(nodes, "list nodes", ({ items }) => ({
      count: items.length,
      windows: items.filter((node) => node.metadata.labels?.["kubernetes.io/os"] === "windows").length,
    })),
  };
}

function felixSeen(object: KubeObject): Extract<CalicoSeen["felix"], { kind: "read" }>["value"] {
  const spec = recordAt(object, "spec");
  return {
    bpfEnabled: spec["bpfEnabled"] === true,
    nftablesMode: textAt(spec, "nftablesMode"),
    flowLogsFlushInterval: textAt(spec, "flowLogsFlushInterval"),
  };
}

/** One object by way of its list, which the agent may read anyway: its role needs no `get` for the examination. */
async function oneOf(api: Reads, kind: ResourceKind, { namespace, name }: Named): Promise<Read<KubeObject>> {
  const answer = await api.list(kind, namespace === undefined ? {} : { namespace });
  const group = apiGroup(kind.apiVersion);
  const read = readOf(answer, `list ${kind.plural}${group === "" ? "" : `.${group}`}`, ({ items }) =>
    items.find(({ metadata }) => metadata.name === name),
  );
  if (read.kind !== "read") return read;
  return read.value === undefined ? { kind: "absent" } : { kind: "read", value: read.value };
}

async function named(api: Reads, kind: ResourceKind, name: string): Promise<Read<KubeObject>> {
  const group = apiGroup(kind.apiVersion);
  return readOf(await api.get(kind, { name }), `get ${kind.plural}.${group} ${name}`, (object) => object);
}

const mapRead = <T, U>(read: Read<T>, to: (value: T) => U): Read<U> =>
  read.kind === "read" ? { kind: "read", value: to(read.value) } : read;

/** Looks at Goldmane's Deployment and Service. */
export async function observeGoldmaneObjects(api: Reads): Promise<Pick<GoldmaneSeen, "deployment" | "service">> {
  const [deployment, service] = await Promise.all([
    oneOf(api, CORE_KINDS.deployments, GOLDMANE),
    oneOf(api, CORE_KINDS.services, GOLDMANE),
  ]);
  const count = (value: unknown): number => (typeof value === "number" ? value : 0);
  return {
    deployment: mapRead(deployment, (object) => ({
      ready: count(recordAt(object, "status")["readyReplicas"]),
      wanted: count(recordAt(object, "spec")["replicas"] ?? 1),
    })),
    service: mapRead(service, (object) => textAt(object, "spec", "clusterIP")),
  };
}

const texts = (values: readonly unknown[]): readonly string[] =>
  [...new Set(values.filter((value): value is string => typeof value === "string" && value !== ""))].toSorted();

/** Looks for the cluster's ranges of addresses. */
export async function observeAddresses(api: Reads, v3: boolean): Promise<AddressesSeen> {
  const [pools, nodes, services] = await Promise.all([
    api.list(servedAs(CALICO_KINDS.ipPools, v3), {}),
    api.list(CORE_KINDS.nodes, {}),
    api.list(SERVICE_CIDR_KIND, {}),
  ]);
  return {
    pools: readOf(pools, "list ippools.projectcalico.org", ({ items }) =>
      texts(
        items.filter((item) => recordAt(item, "spec")["disabled"] !== true).map((item) => textAt(item, "spec", "cidr")),
      ),
    ),
    nodes: readOf(nodes, "list nodes", ({ items }) =>
      texts(items.flatMap((item) => [textAt(item, "spec", "podCIDR"), ...listAt(item, "spec", "podCIDRs")])),
    ),
    services: readOf(services, "list servicecidrs.networking.k8s.io", ({ items }) =>
      texts(items.flatMap((item) => listAt(item, "spec", "cidrs"))),
    ),
  };
}
