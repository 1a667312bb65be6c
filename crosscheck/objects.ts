import type { Cluster, Fields, Manifest, Pod, Service } from "./cluster";

/** An object with whatever Kubernetes has besides `spec`. */
export interface WholeObject extends Manifest {
  readonly rest: Fields;
}

const podObject = ({ name, namespace, labels, serviceAccount, address, ports }: Pod): WholeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace, labels },
  rest: {
    spec: { nodeName: "node-1", serviceAccountName: serviceAccount, containers: [{ name: "main", image: "x", ports }] },
    status: { phase: "Running", podIP: address },
  },
});

const sliceObject = ({ name, namespace, addresses, protocol, port }: Service): WholeObject => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { name: `${name}-1`, namespace, labels: { "kubernetes.io/service-name": name } },
  rest: { addressType: "IPv4", endpoints: addresses.map((one) => ({ addresses: [one] })), ports: [{ protocol, port }] },
});

/** The cluster as Kubernetes objects, in the order in which one would apply them. */
export function objectsOf(cluster: Cluster): readonly WholeObject[] {
  const core = (kind: string, metadata: Manifest["metadata"]) => ({ apiVersion: "v1", kind, metadata, rest: {} });
  return [
    ...cluster.namespaces.map((metadata) => core("Namespace", metadata)),
    ...cluster.serviceAccounts.map((metadata) => core("ServiceAccount", metadata)),
    ...cluster.pods.map(podObject),
    ...cluster.services.map(sliceObject),
    ...cluster.manifests.map(({ spec, ...head }) => ({ ...head, rest: { spec } })),
  ];
}
