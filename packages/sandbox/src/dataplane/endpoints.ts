import { objectOf, objectsOf, stringOf, stringsOf, valueAt, type JsonObject } from "../json";
import type { KubeObject } from "../store/types";
import { parseAddress, parseNet } from "./address";
import { readProtocol } from "./lower-rule";
import type { Endpoint, HostEndpoint, NamedPort, NetworkSet, Profile } from "./model";
import { accountProfile, inheritLabels, namespaceProfile } from "./profiles";
import { NAMESPACE_LABEL, ORCHESTRATOR_LABEL, SERVICE_ACCOUNT_LABEL, type Labels } from "./selector";

type Profiles = ReadonlyMap<string, Profile>;

const ALL_INTERFACES = "*";
/** A label's value is at most 63 characters, and Calico leaves out what does not stay below. */
const LONGEST_ACCOUNT_LABEL = 62;

/** The service account that a pod runs as. */
export function serviceAccountOf(pod: KubeObject): string {
  return stringOf(valueAt(pod, "spec", "serviceAccountName")) || "default";
}

interface Lowered {
  readonly endpoint: Endpoint | undefined;
  /** The profiles that it inherited from. */
  readonly from: readonly (Profile | undefined)[];
}

const lowered = new WeakMap<KubeObject, Lowered>();

/** As `lowerPod`; a pod that has not changed, and whose profiles have not, is the same endpoint as before. */
export function endpointOf(pod: KubeObject, known: Profiles): Endpoint | undefined {
  const before = lowered.get(pod);
  const from = profilesOf(pod).map((name) => known.get(name));
  if (before !== undefined && from.every((profile, index) => profile === before.from[index])) return before.endpoint;
  const endpoint = lowerPod(pod, known);
  lowered.set(pod, { endpoint, from });
  return endpoint;
}

function profilesOf(pod: KubeObject): readonly string[] {
  const { namespace = "" } = pod.metadata;
  return [namespaceProfile(namespace), accountProfile(namespace, serviceAccountOf(pod))];
}

/**
 * A pod as an endpoint (libcalico-go, podToDefaultWorkloadEndpoint); undefined where it shares its node's network, has
 * no address yet or has finished.
 */
function lowerPod(pod: KubeObject, known: Profiles): Endpoint | undefined {
  const spec = objectOf(pod["spec"]);
  const phase = stringOf(valueAt(pod, "status", "phase"));
  const node = stringOf(spec["nodeName"]);
  const addresses = podAddresses(pod).flatMap((text) => parseAddress(text) ?? []);
  const [address] = addresses;
  if (address === undefined || node === "" || spec["hostNetwork"] === true) return undefined;
  if (phase === "Succeeded" || phase === "Failed") return undefined;
  const { name, namespace = "", generateName } = pod.metadata;
  const profiles = profilesOf(pod);
  const ownLabels = podLabels(pod);
  return {
    kind: "workload",
    name,
    namespace,
    node,
    generateName,
    address,
    addresses,
    ownLabels,
    labels: inheritLabels(ownLabels, profiles, known),
    ports: [...objectsOf(spec["containers"]), ...objectsOf(spec["initContainers"])].flatMap((container) =>
      objectsOf(container["ports"]).flatMap((port) => namedPort(port, port["containerPort"])),
    ),
    profiles,
  };
}

/** `podIPs` where it is there, else `podIP`. */
function podAddresses(pod: KubeObject): readonly string[] {
  const several = objectsOf(valueAt(pod, "status", "podIPs")).map(({ ip }) => stringOf(ip));
  return several.length > 0 ? several : [stringOf(valueAt(pod, "status", "podIP"))];
}

function podLabels(pod: KubeObject): Labels {
  const account = serviceAccountOf(pod);
  const labels = new Map(Object.entries(pod.metadata.labels ?? {}));
  labels.set(NAMESPACE_LABEL, pod.metadata.namespace ?? "");
  labels.set(ORCHESTRATOR_LABEL, "k8s");
  if (account.length <= LONGEST_ACCOUNT_LABEL) labels.set(SERVICE_ACCOUNT_LABEL, account);
  return labels;
}

function namedPort(port: JsonObject, number: unknown): readonly NamedPort[] {
  const name = stringOf(port["name"]);
  if (name === "" || typeof number !== "number") return [];
  const protocol = typeof port["protocol"] === "number" ? port["protocol"] : stringOf(port["protocol"]) || "TCP";
  return [{ name, port: number, protocol: readProtocol(protocol) ?? 0 }];
}

/** A HostEndpoint: known to other endpoints' rules by the addresses that it expects (libcalico-go, convertHostEndpointV2ToV1). */
export function hostEndpointOf(object: KubeObject, known: Profiles): HostEndpoint {
  const spec = objectOf(object["spec"]);
  const profiles = stringsOf(spec["profiles"]);
  return {
    kind: "host",
    name: object.metadata.name,
    node: stringOf(spec["node"]),
    everyInterface: spec["interfaceName"] === ALL_INTERFACES,
    addresses: stringsOf(spec["expectedIPs"]).flatMap((text) => parseAddress(text) ?? []),
    labels: inheritLabels(new Map(Object.entries(object.metadata.labels ?? {})), profiles, known),
    ports: objectsOf(spec["ports"]).flatMap((port) => namedPort(port, port["port"])),
    profiles,
  };
}

/** A NetworkSet, which inherits from its namespace, or a GlobalNetworkSet; nets that are none are left out. */
export function networkSetOf(object: KubeObject, known: Profiles): NetworkSet {
  const { name, namespace } = object.metadata;
  const ownLabels = new Map(Object.entries(object.metadata.labels ?? {}));
  if (namespace !== undefined) ownLabels.set(NAMESPACE_LABEL, namespace);
  const profiles = namespace === undefined ? [] : [namespaceProfile(namespace)];
  return {
    name,
    namespace,
    ownLabels,
    labels: inheritLabels(ownLabels, profiles, known),
    nets: stringsOf(valueAt(object, "spec", "nets")).flatMap((text) => parseNet(text) ?? []),
  };
}
