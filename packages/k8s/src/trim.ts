import { isRecord, listAt, recordAt, textAt, type KubeObject, type ObjectMeta } from "./object";

/** Annotations that mean something to Isthmus; others (last-applied above all) stay where they are. */
const KEPT_ANNOTATIONS =
  /^(isthmus\.io|federation\.tigera\.io|projectcalico\.org|cni\.projectcalico\.org\/(ipv4pools|hwAddr)$|multicluster\.x-k8s\.io)/u;
/** Changed by the machinery with every write, and read by nobody here. */
const DROPPED_ANNOTATIONS = /^projectcalico\.org\/(metadata|kube-labels|kube-annotations)$/u;

type Fields = Readonly<Record<string, unknown>>;

/** What of spec and status is kept of each kind; a kind without an entry keeps its spec. */
const KEEP: Readonly<Record<string, (object: KubeObject) => Fields>> = {
  Namespace: (object) => ({ status: pick(object["status"], ["phase"]) }),
  Node: trimNode,
  Pod: trimPod,
  Service: (object) => ({
    spec: pick(object["spec"], [
      "type",
      "clusterIP",
      "clusterIPs",
      "externalName",
      "selector",
      "ports",
      "ipFamilies",
      "internalTrafficPolicy",
      "publishNotReadyAddresses",
    ]),
  }),
  EndpointSlice: (object) => pick(object, ["addressType", "endpoints", "ports"]),
  ServiceAccount: () => ({}),
  Deployment: (object) => ({
    spec: pick(object["spec"], ["replicas", "selector"]),
    status: pick(object["status"], ["replicas", "readyReplicas", "availableReplicas"]),
  }),
  ReplicaSet: trimSet,
  StatefulSet: trimSet,
  DaemonSet: (object) => ({
    spec: pick(object["spec"], ["selector"]),
    status: pick(object["status"], ["desiredNumberScheduled", "numberReady"]),
  }),
  Job: (object) => ({
    spec: pick(object["spec"], ["completions", "parallelism"]),
    status: pick(object["status"], ["active", "succeeded", "failed"]),
  }),
  Tier: (object) => pick(object, ["spec"]),
  // Without the names of the Secrets that passwords are in.
  BGPConfiguration: (object) => ({
    spec: pick(object["spec"], [
      "asNumber",
      "nodeToNodeMeshEnabled",
      "listenPort",
      "serviceClusterIPs",
      "serviceExternalIPs",
      "serviceLoadBalancerIPs",
      "prefixAdvertisements",
    ]),
  }),
  BGPPeer: (object) => ({ spec: omit(object["spec"], ["password"]) }),
};

/** An object with what Isthmus reads of it: no managedFields, no heartbeat times, nothing that changes for nobody. */
export function trimObject(object: KubeObject): KubeObject {
  const keep = KEEP[object.kind];
  const rest = keep === undefined ? pick(object, ["spec"]) : keep(object);
  const fields = Object.entries(rest).filter(([, value]) => !(isRecord(value) && Object.keys(value).length === 0));
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: trimMeta(object.metadata),
    ...Object.fromEntries(fields),
  };
}

function trimMeta(meta: ObjectMeta): ObjectMeta {
  const annotations = Object.entries(meta.annotations ?? {}).filter(
    ([key]) => KEPT_ANNOTATIONS.test(key) && !DROPPED_ANNOTATIONS.test(key),
  );
  const owners = (meta.ownerReferences ?? []).map(({ apiVersion, kind, name, uid, controller }) => ({
    apiVersion,
    kind,
    name,
    uid,
    ...(controller === true ? { controller } : {}),
  }));
  return {
    name: meta.name,
    ...pick(meta, ["namespace", "generateName", "uid", "creationTimestamp", "deletionTimestamp"]),
    ...(Object.keys(meta.labels ?? {}).length === 0 ? {} : { labels: meta.labels }),
    ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
    ...(owners.length === 0 ? {} : { ownerReferences: owners }),
  };
}

function trimNode(object: KubeObject): Fields {
  const info = recordAt(object, "status", "nodeInfo");
  return {
    spec: pick(object["spec"], ["podCIDR", "podCIDRs", "unschedulable", "taints"]),
    status: {
      ...pick(object["status"], ["addresses"]),
      nodeInfo: pick(info, ["kubeletVersion", "osImage", "kernelVersion", "containerRuntimeVersion", "architecture"]),
      conditions: readyCondition(object),
    },
  };
}

function trimPod(object: KubeObject): Fields {
  const spec = recordAt(object, "spec");
  const containers = listAt(spec, "containers").map((each) => ({
    ...pick(each, ["name", "image"]),
    ...(listAt(each, "ports").length === 0
      ? {}
      : { ports: listAt(each, "ports").map((port) => pick(port, ["name", "containerPort", "protocol"])) }),
  }));
  const statuses = listAt(object, "status", "containerStatuses").map((each) => ({
    ...pick(each, ["name", "ready", "restartCount"]),
    ...startedAt(each),
  }));
  return {
    spec: { ...pick(spec, ["nodeName", "serviceAccountName", "hostNetwork"]), containers },
    status: {
      ...pick(object["status"], ["phase", "podIP", "podIPs"]),
      conditions: readyCondition(object),
      ...(statuses.length === 0 ? {} : { containerStatuses: statuses }),
    },
  };
}

function startedAt(status: unknown): Fields {
  const time = textAt(status, "state", "running", "startedAt");
  return time === "" ? {} : { state: { running: { startedAt: time } } };
}

function trimSet(object: KubeObject): Fields {
  return {
    spec: pick(object["spec"], ["replicas", "selector"]),
    status: pick(object["status"], ["replicas", "readyReplicas"]),
  };
}

function readyCondition(object: KubeObject): readonly Fields[] {
  return listAt(object, "status", "conditions")
    .filter((each) => textAt(each, "type") === "Ready")
    .map((each) => pick(each, ["type", "status", "reason"]));
}

function omit(value: unknown, fields: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(recordAt(value)).filter(([field]) => !fields.includes(field)));
}

function pick(value: unknown, fields: readonly string[]): Fields {
  const record = recordAt(value);
  return Object.fromEntries(
    fields.filter((field) => record[field] !== undefined).map((field) => [field, record[field]]),
  );
}
