import type { Cluster, Fields, Manifest, Pod, Service } from "./cluster";

/** An object with whatever Kubernetes has besides `spec`. */
export interface WholeObject extends Manifest {
  readonly rest: Fields;
}

const podObject = ({ name, namespace, labels, serviceAccount, addresses, ports }: Pod): WholeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace, labels },
  rest: {
    spec: { nodeName: "node-1", serviceAccountName: serviceAccount, containers: [{ name: "main", image: "x", ports }] },
    status: { phase: "Running", podIP: addresses[0], podIPs: addresses.map((ip) => ({ ip })) },
  },
});

const isIpv6 = (address: string): boolean => address.includes(":");

const sliceObjects = ({ name, namespace, addresses, protocol, port }: Service): readonly WholeObject[] =>
  [addresses.filter((one) => !isIpv6(one)), addresses.filter(isIpv6)].flatMap((ofVersion, index) =>
    ofVersion.length === 0
      ? []
      : {
          apiVersion: "discovery.k8s.io/v1",
          kind: "EndpointSlice",
          metadata: { name: `${name}-${index}`, namespace, labels: { "kubernetes.io/service-name": name } },
          rest: {
            addressType: index === 0 ? "IPv4" : "IPv6",
            endpoints: ofVersion.map((one) => ({ addresses: [one] })),
            ports: [{ protocol, port }],
          },
        },
  );

const felixObject = ({ failsafes }: Cluster): readonly WholeObject[] =>
  failsafes === undefined
    ? []
    : [
        {
          apiVersion: "projectcalico.org/v3",
          kind: "FelixConfiguration",
          metadata: { name: "default" },
          rest: {
            spec: { failsafeInboundHostPorts: failsafes.inbound, failsafeOutboundHostPorts: failsafes.outbound },
          },
        },
      ];

/** The cluster as Kubernetes objects, in the order in which one would apply them. */
export function objectsOf(cluster: Cluster): readonly WholeObject[] {
  const core = (kind: string, metadata: Manifest["metadata"]) => ({ apiVersion: "v1", kind, metadata, rest: {} });
  return [
    ...cluster.namespaces.map((metadata) => core("Namespace", metadata)),
    ...cluster.serviceAccounts.map((metadata) => core("ServiceAccount", metadata)),
    ...cluster.pods.map(podObject),
    ...cluster.services.flatMap(sliceObjects),
    ...felixObject(cluster),
    ...cluster.manifests.map(({ spec, ...head }) => ({ ...head, rest: { spec } })),
  ];
}
