import { amounts, conditions, kind, objectReference } from "./meta";
import { serviceAccountFields } from "./pod";
import {
  anything,
  bytes,
  flag,
  integer,
  intOrString,
  listBy,
  listOf,
  mapOf,
  microTime,
  object,
  oneOf,
  mergedSetOf,
  stringMap,
  strings,
  text,
  time,
} from "./types";

export const namespace = kind({
  spec: object({ finalizers: strings }),
  status: object({ phase: oneOf("Active", "Terminating"), conditions }),
});

export const node = kind({
  spec: object({
    podCIDR: text,
    podCIDRs: mergedSetOf(text),
    providerID: text,
    unschedulable: flag,
    taints: listOf(object({ "key!": text, value: text, "effect!": text, timeAdded: time })),
  }),
  status: object({
    addresses: listBy(["type"], object({ "type!": text, "address!": text })),
    allocatable: amounts,
    capacity: amounts,
    conditions,
    daemonEndpoints: anything,
    images: listOf(anything),
    nodeInfo: mapOf(anything),
    phase: text,
    features: anything,
    runtimeHandlers: anything,
    volumesAttached: anything,
    volumesInUse: anything,
  }),
});

const servicePort = object({
  name: text,
  protocol: oneOf("TCP", "UDP", "SCTP"),
  appProtocol: text,
  "port!": { type: "integer", minimum: 1, maximum: 65_535 },
  targetPort: intOrString,
  nodePort: integer,
});

export const service = kind({
  spec: object({
    ports: listBy(["port", "protocol"], servicePort),
    selector: { ...stringMap },
    clusterIP: text,
    clusterIPs: listOf(text),
    type: oneOf("ClusterIP", "NodePort", "LoadBalancer", "ExternalName"),
    externalIPs: listOf(text),
    sessionAffinity: oneOf("None", "ClientIP"),
    sessionAffinityConfig: object({ clientIP: object({ timeoutSeconds: integer }) }),
    loadBalancerIP: text,
    loadBalancerSourceRanges: listOf(text),
    loadBalancerClass: text,
    allocateLoadBalancerNodePorts: flag,
    externalName: text,
    externalTrafficPolicy: oneOf("Cluster", "Local"),
    internalTrafficPolicy: oneOf("Cluster", "Local"),
    healthCheckNodePort: integer,
    publishNotReadyAddresses: flag,
    ipFamilies: listOf(text),
    ipFamilyPolicy: text,
    trafficDistribution: text,
  }),
  status: object({ loadBalancer: anything, conditions }),
});

export const serviceAccount = kind(serviceAccountFields);

export const secret = kind({ data: mapOf(bytes), stringData: stringMap, type: text, immutable: flag });

export const configMap = kind({ data: stringMap, binaryData: mapOf(bytes), immutable: flag });

export const event = kind({
  "involvedObject!": objectReference,
  reason: text,
  message: text,
  source: object({ component: text, host: text }),
  firstTimestamp: time,
  lastTimestamp: time,
  eventTime: time,
  count: integer,
  type: text,
  action: text,
  related: objectReference,
  reportingComponent: text,
  reportingInstance: text,
  series: object({ count: integer, lastObservedTime: time }),
});

export const lease = kind({
  spec: object({
    holderIdentity: text,
    leaseDurationSeconds: { type: "integer", minimum: 1 },
    acquireTime: microTime,
    renewTime: microTime,
    leaseTransitions: integer,
    preferredHolder: text,
    strategy: text,
  }),
});

/** Served for reading: the kinds of this API server that a real cluster defines with CustomResourceDefinitions. */
export const customResourceDefinition = kind({ spec: mapOf(anything), status: mapOf(anything) });

/** Served for reading: which group and version is answered here, and which by a server behind. */
export const apiService = kind({ spec: mapOf(anything), status: mapOf(anything) });
