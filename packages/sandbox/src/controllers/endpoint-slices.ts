import { isDeepStrictEqual } from "node:util";
import { objectsOf, stringMapOf, stringOf, valueAt, type JsonObject } from "../json";
import type { KubeObject } from "../store/types";
import { isReady } from "./pods";
import { controlledBy, controllerReference, type ControllerContext } from "./runtime";
import { WorkQueue } from "./work-queue";

const resource = "endpointslices.discovery.k8s.io";
const managedBy = "endpointslice-controller.k8s.io";
const perSlice = 100;

/** Keeps the EndpointSlices of every Service that has a selector; slices of other Services are left alone. */
export function runEndpointSlices(context: ControllerContext): () => void {
  const { store } = context;
  const queue = new WorkQueue((key) => {
    const [namespace = "", name = ""] = key.split("/");
    const service = store.get({ resource: "services", namespace, name });
    if (service && Object.keys(selectorOf(service)).length > 0) reconcile(context, service);
  }, context.onError);
  const add = ({ metadata }: KubeObject) => queue.add(`${metadata.namespace ?? ""}/${metadata.name}`);
  const stops = [
    store.subscribe("services", ({ object }) => add(object)),
    store.subscribe("pods", ({ object }) =>
      store
        .list("services", object.metadata.namespace)
        .filter((service) => selects(service, object))
        .forEach(add),
    ),
  ];
  store.list("services").forEach(add);
  return () => [...stops, () => queue.close()].forEach((stop) => stop());
}

const selectorOf = (service: KubeObject) => stringMapOf(valueAt(service, "spec", "selector"));

function selects(service: KubeObject, pod: KubeObject): boolean {
  const wanted = Object.entries(selectorOf(service));
  return wanted.length > 0 && wanted.every(([key, value]) => pod.metadata.labels?.[key] === value);
}

interface Endpoint {
  readonly endpoint: JsonObject;
  readonly ports: readonly JsonObject[];
}

function reconcile(context: ControllerContext, service: KubeObject): void {
  const { store } = context;
  const pods = store.list("pods", service.metadata.namespace).filter((pod) => selects(service, pod));
  const endpoints = pods
    .filter((pod) => stringOf(valueAt(pod, "status", "podIP")) !== "")
    .filter(runs)
    .map((pod) =>
      endpointOf(store.get({ resource: "nodes", name: stringOf(valueAt(pod, "spec", "nodeName")) }), service, pod),
    );
  const wanted = slicesOf(service, endpoints);
  const present = controlledBy(store, resource, service);
  wanted.forEach((slice, index) => writeSlice(context, service, { slice, present: present[index] }));
  for (const { metadata } of present.slice(wanted.length))
    store.delete({ resource, namespace: metadata.namespace, name: metadata.name });
}

function runs(pod: KubeObject): boolean {
  const phase = valueAt(pod, "status", "phase");
  return phase !== "Succeeded" && phase !== "Failed";
}

function endpointOf(node: KubeObject | undefined, service: KubeObject, pod: KubeObject): Endpoint {
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const serving = isReady(pod);
  const ready = (serving && !terminating) || valueAt(service, "spec", "publishNotReadyAddresses") === true;
  const zone = node?.metadata.labels?.["topology.kubernetes.io/zone"];
  const endpoint = {
    addresses: [stringOf(valueAt(pod, "status", "podIP"))],
    conditions: { ready, serving, terminating },
    nodeName: valueAt(pod, "spec", "nodeName"),
    targetRef: { kind: "Pod", namespace: pod.metadata.namespace, name: pod.metadata.name, uid: pod.metadata.uid },
    ...(zone === undefined ? {} : { zone }),
  };
  return { endpoint, ports: portsFor(service, pod) };
}

function portsFor(service: KubeObject, pod: KubeObject): readonly JsonObject[] {
  return objectsOf(valueAt(service, "spec", "ports")).flatMap((port) => {
    const protocol = stringOf(port["protocol"]) || "TCP";
    const target = targetPort(pod, port["targetPort"] ?? port["port"], protocol);
    if (target === undefined) return [];
    const appProtocol = port["appProtocol"] === undefined ? {} : { appProtocol: port["appProtocol"] };
    return [{ name: stringOf(port["name"]), protocol, port: target, ...appProtocol }];
  });
}

function targetPort(pod: KubeObject, target: unknown, protocol: string): number | undefined {
  if (typeof target === "number") return target;
  const ports = objectsOf(valueAt(pod, "spec", "containers")).flatMap((container) => objectsOf(container["ports"]));
  const found = ports.find((port) => port["name"] === target && (stringOf(port["protocol"]) || "TCP") === protocol);
  const number = found?.["containerPort"];
  return typeof number === "number" ? number : undefined;
}

/** Endpoints with the same ports share slices of at most 100. */
function slicesOf(service: KubeObject, endpoints: readonly Endpoint[]): readonly JsonObject[] {
  const byPorts = new Map<string, Endpoint[]>();
  for (const entry of endpoints) {
    const key = JSON.stringify(entry.ports);
    byPorts.set(key, [...(byPorts.get(key) ?? []), entry]);
  }
  const slices = [...byPorts.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / perSlice) }, (_, index) => ({
      ports: group[0]?.ports ?? [],
      endpoints: group.slice(index * perSlice, (index + 1) * perSlice).map(({ endpoint }) => endpoint),
    })),
  );
  const ports = objectsOf(valueAt(service, "spec", "ports")).map((port) => ({
    name: stringOf(port["name"]),
    protocol: port["protocol"],
  }));
  return slices.length > 0 ? slices : [{ ports, endpoints: [] }];
}

function writeSlice(
  context: ControllerContext,
  service: KubeObject,
  { slice, present }: { slice: JsonObject; present: KubeObject | undefined },
): void {
  const { name, namespace = "", labels = {} } = service.metadata;
  if (present) {
    const same =
      isDeepStrictEqual(present["endpoints"], slice["endpoints"]) &&
      isDeepStrictEqual(present["ports"], slice["ports"]);
    if (!same) context.store.update(resource, { ...present, ...slice });
    return;
  }
  context.store.create(resource, {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: `${name}-${context.randomSuffix(5)}`,
      namespace,
      generateName: `${name}-`,
      generation: 1,
      labels: { ...labels, "kubernetes.io/service-name": name, "endpointslice.kubernetes.io/managed-by": managedBy },
      ownerReferences: [controllerReference(service)],
    },
    addressType: "IPv4",
    ...slice,
  });
}
