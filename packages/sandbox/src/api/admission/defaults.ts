import { arrayOf, objectOf, objectsOf, stringMapOf, stringOf, stringsOf, valueAt, type JsonObject } from "../../json";
import { resourceOf, type Kind } from "../kinds";
import { builtInTiers, tierFinalizer } from "./calico-kinds";

type Defaulter = (object: JsonObject) => JsonObject;

/** `object` with the values that the API server fills in where a kind's author left them out. */
export function withDefaults(kind: Kind, object: JsonObject): JsonObject {
  return defaulters[resourceOf(kind)]?.(object) ?? object;
}

const withSpec = (object: JsonObject, spec: JsonObject): JsonObject => ({ ...object, spec });
const specOf = (object: JsonObject): JsonObject => objectOf(object["spec"]);
const defined = (defaults: JsonObject, given: JsonObject): JsonObject => ({ ...defaults, ...given });

function container(given: JsonObject): JsonObject {
  const latest =
    !/[:@]/.test(stringOf(given["image"]).split("/").at(-1) ?? "") || stringOf(given["image"]).endsWith(":latest");
  const ports = objectsOf(given["ports"]).map((port) => defined({ protocol: "TCP" }, port));
  const probes = ["livenessProbe", "readinessProbe", "startupProbe"]
    .filter((name) => given[name] !== undefined)
    .map((name) => [name, probe(objectOf(given[name]))]);
  const defaults = {
    imagePullPolicy: latest ? "Always" : "IfNotPresent",
    resources: {},
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
  };
  return { ...defaults, ...given, ...(ports.length > 0 ? { ports } : {}), ...Object.fromEntries(probes) };
}

function probe(given: JsonObject): JsonObject {
  return defined({ timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 }, given);
}

const volumeModes = ["secret", "configMap", "projected", "downwardAPI"];

function volume(given: JsonObject): JsonObject {
  const sources = volumeModes
    .filter((name) => given[name] !== undefined)
    .map((name) => [name, defined({ defaultMode: 0o644 }, objectOf(given[name]))]);
  return { ...given, ...Object.fromEntries(sources) };
}

function podSpec(given: JsonObject): JsonObject {
  const defaults = {
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    securityContext: {},
    schedulerName: "default-scheduler",
  };
  const volumes = arrayOf(given["volumes"]).length > 0 ? { volumes: objectsOf(given["volumes"]).map(volume) } : {};
  const init = objectsOf(given["initContainers"]).map(container);
  return {
    ...defaults,
    ...given,
    ...volumes,
    ...(init.length > 0 ? { initContainers: init } : {}),
    containers: objectsOf(given["containers"]).map(container),
  };
}

function template(spec: JsonObject): JsonObject {
  const given = objectOf(spec["template"]);
  return { ...spec, template: { ...given, spec: podSpec(objectOf(given["spec"])) } };
}

function workload(defaults: JsonObject): Defaulter {
  return (object) => withSpec(object, template(defined(defaults, specOf(object))));
}

function deployment(object: JsonObject): JsonObject {
  const spec = template(
    defined({ replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 }, specOf(object)),
  );
  const strategy = defined({ type: "RollingUpdate" }, objectOf(spec["strategy"]));
  const rolling = defined({ maxUnavailable: "25%", maxSurge: "25%" }, objectOf(strategy["rollingUpdate"]));
  const full = strategy["type"] === "RollingUpdate" ? { ...strategy, rollingUpdate: rolling } : strategy;
  return withSpec(object, { ...spec, strategy: full });
}

function service(object: JsonObject): JsonObject {
  const spec = defined({ type: "ClusterIP", sessionAffinity: "None" }, specOf(object));
  const ports = objectsOf(spec["ports"]).map((port) => defined({ protocol: "TCP", targetPort: port["port"] }, port));
  const families =
    spec["type"] === "ExternalName"
      ? {}
      : { ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack", internalTrafficPolicy: "Cluster" };
  return withSpec(object, { ...families, ...spec, ...(ports.length > 0 ? { ports } : {}) });
}

function secret({ stringData, ...object }: JsonObject): JsonObject {
  const plain = Object.entries(stringMapOf(stringData)).map(([name, value]) => [
    name,
    Buffer.from(value).toString("base64"),
  ]);
  const data = { ...objectOf(object["data"]), ...Object.fromEntries(plain) };
  return { type: "Opaque", ...object, ...(Object.keys(data).length > 0 ? { data } : {}) };
}

function networkPolicy(object: JsonObject): JsonObject {
  const spec = specOf(object);
  const policyTypes = spec["egress"] === undefined ? ["Ingress"] : ["Ingress", "Egress"];
  const rules = (list: unknown) =>
    objectsOf(list).map((rule) => {
      const ports = objectsOf(rule["ports"]).map((port) => defined({ protocol: "TCP" }, port));
      return ports.length > 0 ? { ...rule, ports } : rule;
    });
  const ingress = spec["ingress"] === undefined ? {} : { ingress: rules(spec["ingress"]) };
  const egress = spec["egress"] === undefined ? {} : { egress: rules(spec["egress"]) };
  return withSpec(object, { podSelector: {}, policyTypes, ...spec, ...ingress, ...egress });
}

function endpointSlice(object: JsonObject): JsonObject {
  const ports = objectsOf(object["ports"]).map((port) => defined({ name: "", protocol: "TCP" }, port));
  return { ...object, ...(ports.length > 0 ? { ports } : {}) };
}

function binding(object: JsonObject): JsonObject {
  const apiGroup = "rbac.authorization.k8s.io";
  const subjects = objectsOf(object["subjects"]).map((subject) =>
    subject["kind"] === "ServiceAccount" ? subject : defined({ apiGroup }, subject),
  );
  const roleRef = defined({ apiGroup }, objectOf(object["roleRef"]));
  return { ...object, roleRef, ...(subjects.length > 0 ? { subjects } : {}) };
}

function namespace(object: JsonObject): JsonObject {
  const name = stringOf(valueAt(object, "metadata", "name"));
  const labels = { ...stringMapOf(valueAt(object, "metadata", "labels")), "kubernetes.io/metadata.name": name };
  return {
    ...object,
    metadata: { ...objectOf(object["metadata"]), labels },
    spec: defined({ finalizers: ["kubernetes"] }, specOf(object)),
    status: defined({ phase: "Active" }, objectOf(object["status"])),
  };
}

/** A Calico policy says its tier and directions, and carries its tier as a label. */
function calicoPolicy(object: JsonObject): JsonObject {
  const given = specOf(object);
  const tier = stringOf(given["tier"]) || "default";
  const metadata = objectOf(object["metadata"]);
  const labels = { ...stringMapOf(metadata["labels"]), "projectcalico.org/tier": tier };
  const types = given["types"] ?? directions(given);
  return { ...object, metadata: { ...metadata, labels }, spec: { ...given, tier, types } };
}

function directions(spec: JsonObject): readonly string[] {
  const ingress = arrayOf(spec["ingress"]).length > 0;
  const egress = arrayOf(spec["egress"]).length > 0;
  if (!egress) return ["Ingress"];
  return ingress ? ["Ingress", "Egress"] : ["Egress"];
}

/** A tier waits for its policies to go before it goes. */
function tier(object: JsonObject): JsonObject {
  const metadata = objectOf(object["metadata"]);
  const fixed = Object.hasOwn(builtInTiers, stringOf(metadata["name"])) || metadata["deletionTimestamp"] !== undefined;
  const finalizers = fixed ? {} : { finalizers: [...new Set([...stringsOf(metadata["finalizers"]), tierFinalizer])] };
  return withSpec(
    { ...object, metadata: { ...metadata, ...finalizers } },
    defined({ defaultAction: "Deny" }, specOf(object)),
  );
}

const staged =
  (next: Defaulter): Defaulter =>
  (object) =>
    next(withSpec(object, defined({ stagedAction: "Set" }, specOf(object))));

const defaulters: Readonly<Record<string, Defaulter>> = {
  namespaces: namespace,
  pods: (object) => withSpec(object, { enableServiceLinks: true, ...podSpec(specOf(object)) }),
  services: service,
  secrets: secret,
  "deployments.apps": deployment,
  "replicasets.apps": workload({ replicas: 1 }),
  "statefulsets.apps": workload({
    replicas: 1,
    podManagementPolicy: "OrderedReady",
    revisionHistoryLimit: 10,
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
  }),
  "daemonsets.apps": workload({
    revisionHistoryLimit: 10,
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
  }),
  "networkpolicies.networking.k8s.io": networkPolicy,
  "endpointslices.discovery.k8s.io": endpointSlice,
  "rolebindings.rbac.authorization.k8s.io": binding,
  "clusterrolebindings.rbac.authorization.k8s.io": binding,
  "tiers.projectcalico.org": tier,
  "ippools.projectcalico.org": (object) =>
    withSpec(object, defined({ nodeSelector: "all()", assignmentMode: "Automatic" }, specOf(object))),
  "felixconfigurations.projectcalico.org": (object) =>
    withSpec(object, defined({ nftablesMode: "Auto", nftablesFlowTableOffload: "Disabled" }, specOf(object))),
  "networkpolicies.projectcalico.org": calicoPolicy,
  "globalnetworkpolicies.projectcalico.org": calicoPolicy,
  "stagednetworkpolicies.projectcalico.org": staged(calicoPolicy),
  "stagedglobalnetworkpolicies.projectcalico.org": staged(calicoPolicy),
  "stagedkubernetesnetworkpolicies.projectcalico.org": staged((object) => object),
};
