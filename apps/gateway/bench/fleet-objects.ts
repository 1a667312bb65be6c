import { hashedBody, type Json, type RefFields } from "@isthmus/protocol";

/** A resource as an agent holds and sends it. */
export interface FleetObject {
  readonly ref: RefFields;
  readonly uid: string;
  readonly hash: Uint8Array;
  readonly body: Uint8Array;
}

/** What a small cluster holds: pods with bodies of a usual size (about 1 KiB), a namespace and ReplicaSets for each 20. */
export function fleetObjects(pods: number): readonly FleetObject[] {
  const groups = Math.ceil(pods / 20);
  return [
    ...Array.from({ length: groups }, (_, group) => namespaceOf(group)),
    ...Array.from({ length: groups }, (_, group) => replicaSetOf(group)),
    ...Array.from({ length: pods }, (_, index) => podOf(index)),
  ];
}

const uuidOf = (index: number): string => `00000000-0000-4000-8000-${index.toString(16).padStart(12, "0")}`;

function made(ref: RefFields, manifest: { readonly [key: string]: Json }): FleetObject {
  return {
    ref,
    uid: uuidOf(ref.name.length),
    ...hashedBody({ apiVersion: ref.apiVersion, kind: ref.kind, ...manifest }),
  };
}

const namespaceOf = (group: number): FleetObject => {
  const name = `team-${group}`;
  const labels = { "kubernetes.io/metadata.name": name, team: name };
  return made({ apiVersion: "v1", kind: "Namespace", namespace: "", name }, { metadata: { name, labels } });
};

const replicaSetOf = (group: number): FleetObject => {
  const [namespace, name] = [`team-${group}`, `api-${group}-5d8f7c9b4`];
  const owner = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    name: `api-${group}`,
    uid: uuidOf(group),
    controller: true,
  };
  const ref = { apiVersion: "apps/v1", kind: "ReplicaSet", namespace, name };
  return made(ref, { metadata: { name, namespace, ownerReferences: [owner] } });
};

function podOf(index: number): FleetObject {
  const group = Math.floor(index / 20);
  const [namespace, name] = [`team-${group}`, `api-${group}-5d8f7c9b4-${index.toString(36).padStart(5, "x")}`];
  const ip = `10.0.${index >> 8}.${index & 255}`;
  const labels = {
    app: `api-${group}`,
    "app.kubernetes.io/name": `api-${group}`,
    "app.kubernetes.io/part-of": "shop",
    "app.kubernetes.io/version": "1.42.0",
    "pod-template-hash": "5d8f7c9b4",
    tier: index % 2 === 0 ? "front" : "back",
  };
  const owner = {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    name: `api-${group}-5d8f7c9b4`,
    uid: uuidOf(group),
    controller: true,
  };
  const ports = [
    { name: "http", containerPort: 8_080, protocol: "TCP" },
    { name: "metrics", containerPort: 9_090, protocol: "TCP" },
  ];
  const probe = { httpGet: { path: "/healthz/ready", port: 8_080, scheme: "HTTP" }, periodSeconds: 10 };
  return made(
    { apiVersion: "v1", kind: "Pod", namespace, name },
    {
      metadata: { name, namespace, labels, ownerReferences: [owner], creationTimestamp: "2025-11-30T12:00:00Z" },
      spec: {
        nodeName: `node-${index % 6}.internal.example`,
        serviceAccountName: `api-${group}`,
        containers: [
          { name: "api", ports, readinessProbe: probe },
          { name: "envoy", ports: [{ name: "admin", containerPort: 15_000, protocol: "TCP" }], readinessProbe: probe },
        ],
      },
      status: { phase: "Running", podIP: ip, podIPs: [{ ip }], hostIP: `192.168.1.${index % 6}` },
    },
  );
}
