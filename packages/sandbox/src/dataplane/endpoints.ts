import { arrayOf, objectOf, objectsOf, stringMapOf, stringOf, stringsOf, valueAt } from "../json";
import type { KubeObject } from "../store/types";
import { parseAddress, parseNet } from "./address";
import { readProtocol } from "./lower-rule";
import type { Endpoint, NamedPort, NetworkSet } from "./model";
import {
  NAMESPACE_LABEL,
  NAMESPACE_PREFIX,
  ORCHESTRATOR_LABEL,
  SERVICE_ACCOUNT_LABEL,
  SERVICE_ACCOUNT_PREFIX,
  type Labels,
} from "./selector";

const NAME_LABEL = "projectcalico.org/name";

/** Labels that what lives in a namespace inherits from it (Calico's profile `kns.<namespace>`). */
export function namespaceLabels(namespace: KubeObject | undefined): Labels {
  return prefixedLabels(namespace, NAMESPACE_PREFIX);
}

function prefixedLabels(object: KubeObject | undefined, prefix: string): Labels {
  if (object === undefined) return new Map();
  const labels = Object.entries(object.metadata.labels ?? {}).map(([k, v]): [string, string] => [prefix + k, v]);
  return new Map([...labels, [prefix + NAME_LABEL, object.metadata.name]]);
}

/** What a pod inherits labels from. */
export interface PodContext {
  readonly namespace: KubeObject | undefined;
  readonly serviceAccount: KubeObject | undefined;
}

/** The service account that a pod runs as. */
export function serviceAccountOf(pod: KubeObject): string {
  return stringOf(valueAt(pod, "spec", "serviceAccountName")) || "default";
}

/** A pod as an endpoint; undefined where it shares its node's network, has no address yet or has finished. */
export function endpointOf(pod: KubeObject, context: PodContext): Endpoint | undefined {
  const spec = objectOf(pod["spec"]);
  const status = objectOf(pod["status"]);
  const address = parseAddress(stringOf(status["podIP"]));
  const phase = stringOf(status["phase"]);
  const node = stringOf(spec["nodeName"]);
  if (address === undefined || node === "" || spec["hostNetwork"] === true) return undefined;
  if (phase === "Succeeded" || phase === "Failed") return undefined;
  const namespace = pod.metadata.namespace ?? "";
  const ownLabels = new Map([
    ...Object.entries(pod.metadata.labels ?? {}),
    [NAMESPACE_LABEL, namespace],
    [ORCHESTRATOR_LABEL, "k8s"],
    [SERVICE_ACCOUNT_LABEL, serviceAccountOf(pod)],
  ] as const);
  const inherited = [
    ...namespaceLabels(context.namespace),
    ...prefixedLabels(context.serviceAccount, SERVICE_ACCOUNT_PREFIX),
  ];
  return {
    name: pod.metadata.name,
    namespace,
    node,
    generateName: pod.metadata.generateName,
    address,
    ownLabels,
    labels: new Map([...inherited, ...ownLabels]),
    ports: objectsOf(spec["containers"]).flatMap((container) => objectsOf(container["ports"]).flatMap(namedPort)),
  };
}

function namedPort(port: Readonly<Record<string, unknown>>): readonly NamedPort[] {
  const name = stringOf(port["name"]);
  const number = port["containerPort"];
  if (name === "" || typeof number !== "number") return [];
  return [{ name, port: number, protocol: readProtocol(stringOf(port["protocol"]) || "TCP") ?? 0 }];
}

/** A NetworkSet or GlobalNetworkSet; nets that are no IPv4 are left out. */
export function networkSetOf(object: KubeObject, namespace: KubeObject | undefined): NetworkSet {
  const own = new Map(Object.entries(object.metadata.labels ?? {}));
  if (object.metadata.namespace !== undefined) own.set(NAMESPACE_LABEL, object.metadata.namespace);
  const nets = stringsOf(valueAt(object, "spec", "nets")).flatMap((text) => {
    const parsed = parseNet(text);
    return parsed.kind === "ipv4" ? [parsed.net] : [];
  });
  return {
    name: object.metadata.name,
    namespace: object.metadata.namespace,
    ownLabels: own,
    labels: new Map([...namespaceLabels(namespace), ...own]),
    nets,
  };
}

/** An address and port behind a service. */
export interface ServiceEndpoint {
  readonly address: number;
  readonly protocol: number;
  readonly port: number;
}

/** What an EndpointSlice names, ready or not, as Felix takes it. */
export function serviceEndpointsOf(slice: KubeObject): readonly ServiceEndpoint[] {
  const ports = objectsOf(slice["ports"]).flatMap((port) =>
    typeof port["port"] === "number"
      ? [{ port: port["port"], protocol: readProtocol(stringOf(port["protocol"]) || "TCP") ?? 0 }]
      : [],
  );
  return objectsOf(slice["endpoints"]).flatMap((endpoint) =>
    arrayOf(endpoint["addresses"]).flatMap((text) => {
      const address = parseAddress(stringOf(text));
      return address === undefined ? [] : ports.map((port) => ({ address, ...port }));
    }),
  );
}

/** The service that an EndpointSlice belongs to. */
export function serviceOfSlice(slice: KubeObject): string {
  return stringMapOf(slice.metadata.labels)["kubernetes.io/service-name"] ?? "";
}
