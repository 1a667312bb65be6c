import { arrayOf, numberOf, objectOf, objectsOf, stringMapOf, stringOf, stringsOf, valueAt } from "../json";
import type { KubeObject } from "../store/types";
import type { Column } from "./kinds";

type Read = (object: KubeObject, now: number) => string | number | boolean;

const column = (name: string, value: Read): Column => ({ name, type: "string", value });
const wide = (name: string, value: Read): Column => ({ name, type: "string", priority: 1, value });
const count = (name: string, value: Read): Column => ({ name, type: "integer", value });
const words = (values: readonly string[]): string => values.join(",") || "<none>";
const scalar = (value: unknown): string =>
  typeof value === "object" || value === undefined ? "" : `${value as string | number | boolean}`;
const orNone = (value: unknown): string => stringOf(value) || "<none>";
const at =
  (...path: readonly string[]): Read =>
  (object) =>
    orNone(valueAt(object, ...path));
const countAt =
  (...path: readonly string[]): Read =>
  (object) =>
    numberOf(valueAt(object, ...path), 0);

/** The age of a timestamp as kubectl prints it: two units at most. */
export function age(since: string, now: number): string {
  const seconds = Math.floor((now - Date.parse(since)) / 1_000);
  if (!Number.isFinite(seconds)) return "<unknown>";
  if (seconds < 120) return `${Math.max(0, seconds)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return `${minutes}m${seconds % 60 ? `${seconds % 60}s` : ""}`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return `${hours}h${minutes % 60 ? `${minutes % 60}m` : ""}`;
  return hours < 48 ? `${hours}h` : `${Math.floor(hours / 24)}d`;
}

const containers = (object: KubeObject) => objectsOf(valueAt(object, "spec", "template", "spec", "containers"));
const containerNames = wide("Containers", (object) => words(containers(object).map(({ name }) => stringOf(name))));
const images = wide("Images", (object) => words(containers(object).map(({ image }) => stringOf(image))));

/** A label selector as text. */
export function selectorText(selector: unknown): string {
  const equals = Object.entries(stringMapOf(valueAt(selector, "matchLabels"))).map(([key, value]) => `${key}=${value}`);
  const sets = objectsOf(valueAt(selector, "matchExpressions")).map(expressionText);
  return words([...equals, ...sets]);
}

function expressionText(expression: Readonly<Record<string, unknown>>): string {
  const key = stringOf(expression["key"]);
  const values = `(${stringsOf(expression["values"]).join(",")})`;
  const forms: Record<string, string> = {
    In: `${key} in ${values}`,
    NotIn: `${key} notin ${values}`,
    Exists: key,
    DoesNotExist: `!${key}`,
  };
  return forms[stringOf(expression["operator"])] ?? key;
}

const selector = wide("Selector", (object) => selectorText(valueAt(object, "spec", "selector")));
const conditionOf = (object: KubeObject, type: string) =>
  objectsOf(valueAt(object, "status", "conditions")).find((condition) => condition["type"] === type);

export const namespace = [column("Status", at("status", "phase"))];

const roles = (object: KubeObject) =>
  words(
    Object.keys(object.metadata.labels ?? {})
      .filter((label) => label.startsWith("node-role.kubernetes.io/"))
      .map((label) => label.slice("node-role.kubernetes.io/".length)),
  );
const internalAddress = (object: KubeObject) =>
  orNone(objectsOf(valueAt(object, "status", "addresses")).find(({ type }) => type === "InternalIP")?.["address"]);

function nodeState(object: KubeObject): string {
  const ready = conditionOf(object, "Ready")?.["status"] === "True" ? "Ready" : "NotReady";
  return valueAt(object, "spec", "unschedulable") === true ? `${ready},SchedulingDisabled` : ready;
}

export const node = [
  column("Status", nodeState),
  column("Roles", roles),
  column("Version", at("status", "nodeInfo", "kubeletVersion")),
  wide("Internal-IP", internalAddress),
  wide("OS-Image", at("status", "nodeInfo", "osImage")),
  wide("Kernel-Version", at("status", "nodeInfo", "kernelVersion")),
  wide("Container-Runtime", at("status", "nodeInfo", "containerRuntimeVersion")),
];

const statuses = (object: KubeObject) => objectsOf(valueAt(object, "status", "containerStatuses"));

function podReady(object: KubeObject): string {
  const total = arrayOf(valueAt(object, "spec", "containers")).length;
  return `${statuses(object).filter(({ ready }) => ready === true).length}/${total}`;
}

function podState(object: KubeObject): string {
  if (object.metadata.deletionTimestamp) return "Terminating";
  const states = statuses(object).map((status) => objectOf(status["state"]));
  const reasons = states.map((state) => valueAt(state, "waiting", "reason") ?? valueAt(state, "terminated", "reason"));
  const reason = stringOf(reasons.find((found) => stringOf(found) !== ""));
  return reason || stringOf(valueAt(object, "status", "reason")) || orNone(valueAt(object, "status", "phase"));
}

export const pod = [
  column("Ready", podReady),
  column("Status", podState),
  count("Restarts", (object) => statuses(object).reduce((sum, status) => sum + numberOf(status["restartCount"], 0), 0)),
  { ...column("Age", (object, now) => age(object.metadata.creationTimestamp, now)) },
  wide("IP", at("status", "podIP")),
  wide("Node", at("spec", "nodeName")),
  wide("Nominated Node", at("status", "nominatedNodeName")),
  wide("Readiness Gates", () => "<none>"),
];

function portText(port: Readonly<Record<string, unknown>>): string {
  const nodePort = port["nodePort"] ? `:${scalar(port["nodePort"])}` : "";
  return `${scalar(port["port"])}${nodePort}/${stringOf(port["protocol"]) || "TCP"}`;
}

export const service = [
  column("Type", at("spec", "type")),
  column("Cluster-IP", at("spec", "clusterIP")),
  column("External-IP", (object) => words(stringsOf(valueAt(object, "spec", "externalIPs")))),
  column("Port(s)", (object) => words(objectsOf(valueAt(object, "spec", "ports")).map(portText))),
  { ...column("Age", (object, now) => age(object.metadata.creationTimestamp, now)) },
  wide("Selector", (object) =>
    words(Object.entries(stringMapOf(valueAt(object, "spec", "selector"))).map(([key, value]) => `${key}=${value}`)),
  ),
];

export const serviceAccount = [count("Secrets", (object) => arrayOf(object["secrets"]).length)];
const dataCount = count("Data", (object) => Object.keys(objectOf(object["data"])).length);
export const secret = [column("Type", at("type")), dataCount];
export const configMap = [dataCount];

export const event = [
  column("Last Seen", (object, now) => age(stringOf(object["lastTimestamp"]) || stringOf(object["eventTime"]), now)),
  column("Type", at("type")),
  column("Reason", at("reason")),
  column("Object", (object) => {
    const { kind, name } = objectOf(object["involvedObject"]);
    return `${stringOf(kind).toLowerCase()}/${stringOf(name)}`;
  }),
  wide("Subobject", (object) => stringOf(valueAt(object, "involvedObject", "fieldPath"))),
  wide("Source", (object) =>
    [valueAt(object, "source", "component"), valueAt(object, "source", "host")]
      .map(stringOf)
      .filter(Boolean)
      .join(", "),
  ),
  column("Message", at("message")),
  wide("First Seen", (object, now) => age(stringOf(object["firstTimestamp"]) || stringOf(object["eventTime"]), now)),
  wide("Count", (object) => String(numberOf(object["count"], 1))),
  wide("Name", ({ metadata }) => metadata.name),
];

const readyOf: Read = (object) =>
  `${numberOf(valueAt(object, "status", "readyReplicas"), 0)}/${numberOf(valueAt(object, "spec", "replicas"), 0)}`;
const ageColumn = column("Age", (object, now) => age(object.metadata.creationTimestamp, now));

export const deployment = [
  column("Ready", readyOf),
  count("Up-to-date", countAt("status", "updatedReplicas")),
  count("Available", countAt("status", "availableReplicas")),
  ageColumn,
  containerNames,
  images,
  selector,
];

export const replicaSet = [
  count("Desired", countAt("spec", "replicas")),
  count("Current", countAt("status", "replicas")),
  count("Ready", countAt("status", "readyReplicas")),
  ageColumn,
  containerNames,
  images,
  selector,
];

export const statefulSet = [column("Ready", readyOf), ageColumn, containerNames, images];

export const daemonSet = [
  count("Desired", countAt("status", "desiredNumberScheduled")),
  count("Current", countAt("status", "currentNumberScheduled")),
  count("Ready", countAt("status", "numberReady")),
  count("Up-to-date", countAt("status", "updatedNumberScheduled")),
  count("Available", countAt("status", "numberAvailable")),
  ageColumn,
  containerNames,
  images,
  selector,
];

export const cronJob = [
  column("Schedule", at("spec", "schedule")),
  column("Timezone", (object) => orNone(valueAt(object, "spec", "timeZone"))),
  column("Suspend", (object) => (valueAt(object, "spec", "suspend") === true ? "True" : "False")),
  count("Active", (object) => objectsOf(valueAt(object, "status", "active")).length),
  column("Last Schedule", (object, now) => {
    const last = stringOf(valueAt(object, "status", "lastScheduleTime"));
    return last === "" ? "<none>" : age(last, now);
  }),
  ageColumn,
];

export const podDisruptionBudget = [
  column("Min Available", (object) => scalar(valueAt(object, "spec", "minAvailable")) || "N/A"),
  column("Max Unavailable", (object) => scalar(valueAt(object, "spec", "maxUnavailable")) || "N/A"),
  count("Allowed Disruptions", (object) => numberOf(valueAt(object, "status", "disruptionsAllowed"), 0)),
];

export const endpointSlice = [
  column("AddressType", at("addressType")),
  column("Ports", (object) => words(objectsOf(object["ports"]).map(({ port }) => scalar(port)))),
  column("Endpoints", (object) => {
    const addresses = objectsOf(object["endpoints"]).flatMap((endpoint) => stringsOf(endpoint["addresses"]));
    const more = addresses.length > 3 ? ` + ${addresses.length - 3} more...` : "";
    return words(addresses.slice(0, 3)) + more;
  }),
];

export const serviceCidr = [
  column("CIDRs", (object) => stringsOf(valueAt(object, "spec", "cidrs")).join(",")),
  ageColumn,
];

export const kubernetesNetworkPolicy = [
  column("Pod-Selector", (object) => selectorText(valueAt(object, "spec", "podSelector"))),
];

const subjectsOf = (object: KubeObject, kind: string) =>
  objectsOf(object["subjects"]).filter((subject) => subject["kind"] === kind);
const subjectNames = (kind: string) => (object: KubeObject) =>
  subjectsOf(object, kind)
    .map(({ name }) => stringOf(name))
    .join(", ");

export const binding = [
  column("Role", (object) => `${at("roleRef", "kind")(object, 0)}/${at("roleRef", "name")(object, 0)}`),
  ageColumn,
  wide("Users", subjectNames("User")),
  wide("Groups", subjectNames("Group")),
  wide("ServiceAccounts", (object) =>
    subjectsOf(object, "ServiceAccount")
      .map(({ name, namespace }) => `${stringOf(namespace)}/${stringOf(name)}`)
      .join(", "),
  ),
];

export const lease = [column("Holder", at("spec", "holderIdentity"))];

export const policy = [
  column("Tier", at("spec", "tier")),
  { ...column("Order", (object) => scalar(valueAt(object, "spec", "order"))), type: "string" as const },
];

export const clusterNetworkPolicy = [
  column("Tier", at("spec", "tier")),
  column("Priority", (object) => scalar(valueAt(object, "spec", "priority"))),
];

export const tier = [
  column("Order", (object) => scalar(valueAt(object, "spec", "order"))),
  column("DefaultAction", at("spec", "defaultAction")),
  column("Status", (object) => stringOf(conditionOf(object, "Ready")?.["reason"])),
];

export const ipPool = [column("CIDR", at("spec", "cidr"))];

export const bgpPeer = [
  column("Node Selector", at("spec", "nodeSelector")),
  column("Node", at("spec", "node")),
  column("Local ASN", (object) => scalar(valueAt(object, "spec", "localASNumber"))),
  column("Peer Selector", at("spec", "peerSelector")),
  column("Peer IP", at("spec", "peerIP")),
  column("Peer ASN", (object) => scalar(valueAt(object, "spec", "asNumber"))),
];

export const clusterInformation = [
  column("Version", at("spec", "calicoVersion")),
  column("Ready", (object) => scalar(valueAt(object, "spec", "datastoreReady"))),
  column("Types", at("spec", "clusterType")),
];

export const hostEndpoint = [column("Node", at("spec", "node")), column("Interface", at("spec", "interfaceName"))];

/** What a server prints that has no columns of its own; it stands in the place of the age. */
export const createdAt = [column("Created At", ({ metadata }) => metadata.creationTimestamp)];

export const apiService = [
  column("Service", (object) => {
    const service = objectOf(valueAt(object, "spec", "service"));
    return service["name"] === undefined ? "Local" : `${stringOf(service["namespace"])}/${stringOf(service["name"])}`;
  }),
  column("Available", (object) => {
    const [condition] = objectsOf(valueAt(object, "status", "conditions"));
    return stringOf(condition?.["status"]);
  }),
];
