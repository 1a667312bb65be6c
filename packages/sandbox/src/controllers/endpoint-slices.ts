import { isDeepStrictEqual } from "node:util";
import { objectsOf, stringMapOf, stringOf, valueAt, type JsonObject } from "../json";
import type { KubeObject, ObjectStore } from "../store/types";
import { arrangeSlices, type Endpoint, type Slice } from "./arrange-slices";
import { LabelIndex } from "./label-index";
import { isReady, nodeOf } from "./pods";
import { controlledBy, controllerReference, type ControllerContext } from "./runtime";
import { WorkQueue } from "./work-queue";

const resource = "endpointslices.discovery.k8s.io";
const managedBy = "endpointslice-controller.k8s.io";

/** Keeps the EndpointSlices of every Service that has a selector; slices of other Services are left alone. */
export function runEndpointSlices(context: ControllerContext): () => void {
  const { store } = context;
  const queue = new WorkQueue((key) => {
    const [namespace = "", name = ""] = key.split("/");
    const service = store.get({ resource: "services", namespace, name });
    if (service && Object.keys(selectorOf(service)).length > 0) reconcile(context, service);
  }, context.onError);
  const add = ({ metadata }: KubeObject) => queue.add(`${metadata.namespace ?? ""}/${metadata.name}`);
  const selectors = new LabelIndex();
  const stops = [
    store.subscribe("services", ({ type, object, previous }) => {
      if (previous) selectors.remove(bySelector(previous));
      if (type !== "DELETED") selectors.add(bySelector(object));
      add(object);
    }),
    store.subscribe("pods", ({ type, object, previous }) => {
      if (type === "MODIFIED" && previous && sameForServices(object, previous)) return;
      for (const pod of previous ? [object, previous] : [object])
        for (const key of selectedBy(selectors, store, pod)) queue.add(key);
    }),
  ];
  for (const service of store.list("services")) {
    selectors.add(bySelector(service));
    add(service);
  }
  return () => [...stops, () => queue.close()].forEach((stop) => stop());
}

/** A service under one of the labels that it selects by: a pod that it selects carries that label. */
function bySelector(service: KubeObject): KubeObject {
  const [first] = Object.entries(selectorOf(service));
  return { ...service, metadata: { ...service.metadata, labels: first === undefined ? {} : { [first[0]]: first[1] } } };
}

function selectedBy(selectors: LabelIndex, store: ObjectStore, pod: KubeObject): readonly string[] {
  const { namespace = "", labels = {} } = pod.metadata;
  const names = Object.entries(labels).flatMap(([label, value]) => [...selectors.withLabel(namespace, label, value)]);
  return names.flatMap((name) => {
    const service = store.get({ resource: "services", namespace, name });
    return service && selects(service, pod) ? [`${namespace}/${name}`] : [];
  });
}

/** Whether a change of a pod is none that its services' endpoints show. */
function sameForServices(pod: KubeObject, before: KubeObject): boolean {
  const part = (of: KubeObject) => [
    valueAt(of, "status", "podIP"),
    valueAt(of, "status", "phase"),
    valueAt(of, "spec", "nodeName"),
    of.metadata.deletionTimestamp,
    isReady(of),
  ];
  const [now, then] = [part(pod), part(before)];
  return (
    now.every((each, index) => each === then[index]) && isDeepStrictEqual(pod.metadata.labels, before.metadata.labels)
  );
}

const selectorOf = (service: KubeObject) => stringMapOf(valueAt(service, "spec", "selector"));

function selects(service: KubeObject, pod: KubeObject): boolean {
  const wanted = Object.entries(selectorOf(service));
  return wanted.length > 0 && wanted.every(([key, value]) => pod.metadata.labels?.[key] === value);
}

function reconcile(context: ControllerContext, service: KubeObject): void {
  const { store, indexes } = context;
  const { namespace } = service.metadata;
  const endpoints = [...indexes.pods.candidates(namespace, selectorOf(service))]
    .flatMap((name) => store.get({ resource: "pods", namespace, name }) ?? [])
    .filter((pod) => selects(service, pod) && stringOf(valueAt(pod, "status", "podIP")) !== "" && runs(pod))
    .map((pod) => endpointOf(store.get({ resource: "nodes", name: nodeOf(pod) }), service, pod));
  const present = controlledBy(context, resource, service);
  const slices = arrangeSlices(endpoints, { present, noPorts: portsWithoutNumbers(service) });
  for (const slice of slices) writeSlice(context, service, slice);
  const kept = new Set(slices.map((slice) => slice.present));
  for (const slice of present.filter((each) => !kept.has(each)))
    store.delete({ resource, namespace, name: slice.metadata.name });
}

function portsWithoutNumbers(service: KubeObject): readonly JsonObject[] {
  return objectsOf(valueAt(service, "spec", "ports")).map((port) => ({
    name: stringOf(port["name"]),
    protocol: port["protocol"],
  }));
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

function writeSlice(context: ControllerContext, service: KubeObject, { ports, endpoints, present }: Slice): void {
  const slice = { ports, endpoints };
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
