import { conditions, kind } from "./meta";
import { networkPolicyFields } from "./network";
import {
  anything,
  decimal,
  flag,
  intOrString,
  listOf,
  mapOf,
  object,
  oneOf,
  setOf,
  stringMap,
  text,
  type ObjectSchema,
  type Schema,
  type StringSchema,
} from "./types";

const selector: StringSchema = { type: "string", maxLength: 1_024 };
const objectName: StringSchema = { type: "string", maxLength: 253 };
const nets = setOf(text, 256);
const ports = listOf(intOrString, 50);
const icmp = object({
  type: { type: "integer", minimum: 0, maximum: 254 },
  code: { type: "integer", minimum: 0, maximum: 255 },
});

const entityRule = object({
  nets,
  notNets: nets,
  selector,
  notSelector: selector,
  namespaceSelector: selector,
  ports,
  notPorts: ports,
  serviceAccounts: object({ names: setOf(text), selector: text }),
  services: object({ name: objectName, namespace: objectName }),
});

const httpPath = object({ exact: selector, prefix: selector });

const rule = object({
  metadata: object({ annotations: stringMap }),
  "action!": oneOf("Allow", "Deny", "Log", "Pass"),
  protocol: intOrString,
  notProtocol: intOrString,
  icmp,
  notICMP: icmp,
  ipVersion: { type: "integer", minimum: 4, maximum: 6 },
  source: entityRule,
  destination: entityRule,
  http: object({ methods: listOf(text, 20), paths: listOf(httpPath, 20) }),
});

const rules = listOf(rule, 1_024);

const types: Schema = { ...setOf(oneOf("Ingress", "Egress"), 2), minItems: 1 };

const policyFields = {
  tier: text,
  order: decimal,
  selector,
  serviceAccountSelector: selector,
  types,
  ingress: rules,
  egress: rules,
  performanceHints: setOf(oneOf("AssumeNeededOnEveryNode")),
};

const globalPolicyFields = {
  ...policyFields,
  namespaceSelector: selector,
  doNotTrack: flag,
  preDNAT: flag,
  applyOnForward: flag,
};

const stagedAction = { stagedAction: oneOf("Set", "Delete", "Learn", "Ignore") };

function required(fields: Readonly<Record<string, Schema>>, status?: Schema): ObjectSchema {
  return kind({ "spec!": object(fields), ...(status ? { status } : {}) });
}

export const networkPolicy = required(policyFields);
export const globalNetworkPolicy = required(globalPolicyFields);
export const stagedNetworkPolicy = required({ ...stagedAction, ...policyFields });
export const stagedGlobalNetworkPolicy = required({ ...stagedAction, ...globalPolicyFields });
export const stagedKubernetesNetworkPolicy = required({
  ...stagedAction,
  ...networkPolicyFields,
  policyTypes: types,
});

export const tier = required({ order: decimal, defaultAction: oneOf("Pass", "Deny") }, object({ conditions }));
export const networkSet = required({ nets: setOf(text) });

export const ipPool = required(
  {
    "cidr!": { type: "string", maxLength: 48 },
    blockSize: { type: "integer", minimum: 0, maximum: 128 },
    ipipMode: oneOf("Never", "Always", "CrossSubnet"),
    vxlanMode: oneOf("Never", "Always", "CrossSubnet"),
    natOutgoing: flag,
    disabled: flag,
    disableBGPExport: flag,
    nodeSelector: selector,
    namespaceSelector: selector,
    allowedUses: setOf(oneOf("Workload", "Tunnel", "LoadBalancer"), 10),
    assignmentMode: oneOf("Automatic", "Manual"),
  },
  object({ conditions }),
);

const seconds = text;
const asNumber: Schema = { type: "integer" };
const secretKey = object({ secretKeyRef: object({ "key!": text, name: text, optional: flag }) });
const announced = setOf(object({ cidr: text }));

export const bgpConfiguration = required({
  asNumber,
  bindMode: oneOf("None", "NodeIP"),
  communities: setOf(object({ name: text, value: text })),
  ignoredInterfaces: setOf(text),
  listenPort: { type: "integer", minimum: 1, maximum: 65_535 },
  localWorkloadPeeringIPV4: text,
  localWorkloadPeeringIPV6: text,
  logSeverityScreen: text,
  nodeMeshMaxRestartTime: seconds,
  nodeMeshPassword: secretKey,
  nodeToNodeMeshEnabled: flag,
  prefixAdvertisements: setOf(object({ cidr: text, communities: listOf(text) })),
  serviceClusterIPs: announced,
  serviceExternalIPs: announced,
  serviceLoadBalancerAggregation: oneOf("Enabled", "Disabled"),
  serviceLoadBalancerIPs: announced,
});

export const bgpPeer = required({
  asNumber,
  filters: listOf(text),
  keepOriginalNextHop: flag,
  keepaliveTime: seconds,
  localASNumber: asNumber,
  localWorkloadSelector: selector,
  maxRestartTime: seconds,
  nextHopMode: oneOf("Auto", "Self", "Keep"),
  node: objectName,
  nodeSelector: selector,
  numAllowedLocalASNumbers: asNumber,
  password: secretKey,
  peerIP: { type: "string", maxLength: 64 },
  peerSelector: selector,
  reachableBy: { type: "string", maxLength: 64 },
  reversePeering: oneOf("Auto", "Manual"),
  sourceAddress: oneOf("UseNodeIP", "None"),
  ttlSecurity: { type: "integer" },
});

export const clusterInformation = required({
  calicoVersion: text,
  clusterGUID: text,
  clusterType: text,
  datastoreReady: flag,
  variant: text,
});

export const hostEndpoint = required({
  node: objectName,
  interfaceName: { type: "string", maxLength: 15 },
  expectedIPs: setOf(text),
  profiles: setOf(text),
  ports: listOf(
    object({
      "name!": text,
      "protocol!": intOrString,
      "port!": { type: "integer", minimum: 1, maximum: 65_535 },
    }),
  ),
});

/** Felix has several hundred settings; they are kept as written, and the sandbox reads none. */
export const felixConfiguration = kind({ "spec!": mapOf(anything) });
