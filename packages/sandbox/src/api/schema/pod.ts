import { amounts, conditions, labelSelector, objectMeta } from "./meta";
import {
  anything,
  atomicObject,
  flag,
  integer,
  intOrString,
  listBy,
  listOf,
  mapOf,
  object,
  oneOf,
  quantity,
  strings,
  text,
  time,
  type ObjectSchema,
  type Schema,
} from "./types";

const localReference = atomicObject({ name: text });
const keyReference = atomicObject({ "key!": text, name: text, optional: flag });
const fieldReference = atomicObject({ apiVersion: text, "fieldPath!": text });
const resourceFieldReference = atomicObject({ containerName: text, divisor: quantity, "resource!": text });

const environment = object({
  "name!": text,
  value: text,
  valueFrom: object({
    configMapKeyRef: keyReference,
    secretKeyRef: keyReference,
    fieldRef: fieldReference,
    resourceFieldRef: resourceFieldReference,
  }),
});

const environmentSource = object({
  prefix: text,
  configMapRef: object({ name: text, optional: flag }),
  secretRef: object({ name: text, optional: flag }),
});

const handler = {
  exec: object({ command: strings }),
  httpGet: object({
    path: text,
    "port!": intOrString,
    host: text,
    scheme: oneOf("HTTP", "HTTPS"),
    httpHeaders: listOf(object({ "name!": text, "value!": text })),
  }),
  tcpSocket: object({ host: text, "port!": intOrString }),
};

const probe = object({
  ...handler,
  grpc: object({ "port!": integer, service: text }),
  initialDelaySeconds: integer,
  timeoutSeconds: integer,
  periodSeconds: integer,
  successThreshold: integer,
  failureThreshold: integer,
  terminationGracePeriodSeconds: integer,
});

const hook = object({ ...handler, sleep: object({ "seconds!": integer }) });
const seccompProfile = object({ "type!": oneOf("RuntimeDefault", "Localhost", "Unconfined"), localhostProfile: text });
const appArmorProfile = seccompProfile;
const seLinuxOptions = object({ user: text, role: text, type: text, level: text });

const containerSecurity = object({
  allowPrivilegeEscalation: flag,
  appArmorProfile,
  capabilities: object({ add: strings, drop: strings }),
  privileged: flag,
  procMount: text,
  readOnlyRootFilesystem: flag,
  runAsGroup: integer,
  runAsNonRoot: flag,
  runAsUser: integer,
  seLinuxOptions,
  seccompProfile,
});

const containerPort = object({
  "containerPort!": { type: "integer", minimum: 1, maximum: 65_535 },
  hostIP: text,
  hostPort: integer,
  name: text,
  protocol: oneOf("TCP", "UDP", "SCTP"),
});

const volumeMount = object({
  "name!": text,
  "mountPath!": text,
  subPath: text,
  subPathExpr: text,
  readOnly: flag,
  mountPropagation: text,
  recursiveReadOnly: text,
});

const resources = object({
  limits: amounts,
  requests: amounts,
  claims: listBy(["name"], object({ "name!": text, request: text })),
});

const container = object({
  "name!": text,
  image: text,
  imagePullPolicy: oneOf("Always", "Never", "IfNotPresent"),
  command: strings,
  args: strings,
  workingDir: text,
  ports: listBy(["containerPort", "protocol"], containerPort),
  env: listBy(["name"], environment),
  envFrom: listOf(environmentSource),
  resources,
  resizePolicy: listOf(anything),
  restartPolicy: text,
  volumeMounts: listBy(["mountPath"], volumeMount),
  volumeDevices: listBy(["devicePath"], object({ "name!": text, "devicePath!": text })),
  livenessProbe: probe,
  readinessProbe: probe,
  startupProbe: probe,
  lifecycle: object({ postStart: hook, preStop: hook, stopSignal: text }),
  terminationMessagePath: text,
  terminationMessagePolicy: text,
  securityContext: containerSecurity,
  stdin: flag,
  stdinOnce: flag,
  tty: flag,
});

const keyToPath = object({ "key!": text, "path!": text, mode: integer });
const downwardFile = object({
  "path!": text,
  mode: integer,
  fieldRef: fieldReference,
  resourceFieldRef: resourceFieldReference,
});

const projection = object({
  secret: object({ name: text, items: listOf(keyToPath), optional: flag }),
  configMap: object({ name: text, items: listOf(keyToPath), optional: flag }),
  downwardAPI: object({ items: listOf(downwardFile) }),
  serviceAccountToken: object({ audience: text, expirationSeconds: integer, "path!": text }),
  clusterTrustBundle: anything,
});

const volume: ObjectSchema = {
  ...object({
    "name!": text,
    emptyDir: object({ medium: text, sizeLimit: quantity }),
    hostPath: object({ "path!": text, type: text }),
    secret: object({ secretName: text, items: listOf(keyToPath), defaultMode: integer, optional: flag }),
    configMap: object({ name: text, items: listOf(keyToPath), defaultMode: integer, optional: flag }),
    downwardAPI: object({ items: listOf(downwardFile), defaultMode: integer }),
    projected: object({ sources: listOf(projection), defaultMode: integer }),
    persistentVolumeClaim: object({ "claimName!": text, readOnly: flag }),
    nfs: object({ "server!": text, "path!": text, readOnly: flag }),
    ephemeral: anything,
    csi: anything,
  }),
  retainKeys: true,
};

const toleration = object({
  key: text,
  operator: oneOf("Exists", "Equal"),
  value: text,
  effect: text,
  tolerationSeconds: integer,
});

const podSecurity = object({
  appArmorProfile,
  fsGroup: integer,
  fsGroupChangePolicy: text,
  runAsGroup: integer,
  runAsNonRoot: flag,
  runAsUser: integer,
  seLinuxOptions,
  seccompProfile,
  supplementalGroups: listOf(integer),
  supplementalGroupsPolicy: text,
  sysctls: listOf(object({ "name!": text, "value!": text })),
});

const topologySpread = object({
  "maxSkew!": integer,
  "topologyKey!": text,
  "whenUnsatisfiable!": text,
  labelSelector,
  matchLabelKeys: strings,
  minDomains: integer,
  nodeAffinityPolicy: text,
  nodeTaintsPolicy: text,
});

export const podSpec: ObjectSchema = object({
  "containers!": listBy(["name"], container),
  initContainers: listBy(["name"], container),
  ephemeralContainers: listBy(["name"], anything),
  volumes: listBy(["name"], volume),
  restartPolicy: oneOf("Always", "OnFailure", "Never"),
  terminationGracePeriodSeconds: integer,
  activeDeadlineSeconds: integer,
  dnsPolicy: oneOf("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"),
  dnsConfig: object({
    nameservers: strings,
    searches: strings,
    options: listOf(object({ name: text, value: text })),
  }),
  nodeSelector: { ...mapOf(text) },
  nodeName: text,
  serviceAccountName: text,
  serviceAccount: text,
  automountServiceAccountToken: flag,
  hostNetwork: flag,
  hostPID: flag,
  hostIPC: flag,
  hostUsers: flag,
  hostAliases: listBy(["ip"], object({ "ip!": text, hostnames: strings })),
  hostname: text,
  subdomain: text,
  setHostnameAsFQDN: flag,
  shareProcessNamespace: flag,
  securityContext: podSecurity,
  imagePullSecrets: listBy(["name"], localReference),
  affinity: object({ nodeAffinity: anything, podAffinity: anything, podAntiAffinity: anything }),
  schedulerName: text,
  schedulingGates: listBy(["name"], object({ "name!": text })),
  tolerations: listOf(toleration),
  priorityClassName: text,
  priority: integer,
  preemptionPolicy: text,
  readinessGates: listOf(object({ "conditionType!": text })),
  runtimeClassName: text,
  enableServiceLinks: flag,
  overhead: amounts,
  os: object({ "name!": text }),
  resources,
  resourceClaims: listBy(["name"], anything),
  topologySpreadConstraints: listBy(["topologyKey", "whenUnsatisfiable"], topologySpread),
});

/** `spec.template` of the kinds that make pods. */
export const podTemplate = object({ metadata: objectMeta, spec: podSpec });

const containerState = object({
  waiting: object({ reason: text, message: text }),
  running: object({ startedAt: time }),
  terminated: object({
    exitCode: integer,
    signal: integer,
    reason: text,
    message: text,
    startedAt: time,
    finishedAt: time,
    containerID: text,
  }),
});

const containerStatus = object({
  "name!": text,
  ready: flag,
  started: flag,
  restartCount: integer,
  image: text,
  imageID: text,
  containerID: text,
  state: containerState,
  lastState: containerState,
  allocatedResources: amounts,
  resources,
  volumeMounts: listOf(anything),
  user: anything,
});

const addresses: Schema = listBy(["ip"], object({ ip: text }));

export const podStatus = object({
  phase: oneOf("Pending", "Running", "Succeeded", "Failed", "Unknown"),
  conditions,
  message: text,
  reason: text,
  nominatedNodeName: text,
  hostIP: text,
  hostIPs: listOf(object({ ip: text })),
  podIP: text,
  podIPs: addresses,
  startTime: time,
  initContainerStatuses: listOf(containerStatus),
  containerStatuses: listOf(containerStatus),
  ephemeralContainerStatuses: listOf(containerStatus),
  qosClass: text,
  resize: text,
  observedGeneration: integer,
});

export const serviceAccountFields = {
  secrets: listBy(["name"], object({ name: text })),
  imagePullSecrets: listOf(localReference),
  automountServiceAccountToken: flag,
};
