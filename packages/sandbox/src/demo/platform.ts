import type { ScenarioObject } from "../scenario-types";
import { daemonSet, deployment, namespace, resource, service } from "./objects";

const CALICO_VERSION = "v3.32.0";
const CALICO = "projectcalico.org/v3";
const DNS_PORTS = [
  { name: "dns", port: 53, protocol: "UDP" },
  { name: "dns-tcp", port: 53, protocol: "TCP" },
] as const;

/** What every cluster has: name service, Calico's parts with Goldmane, and the platform team's tier with its DNS policy. */
export function platform(): readonly ScenarioObject[] {
  return [...kubeSystem(), ...calicoSystem(), ...platformTier()];
}

/**
 * Pools for the pod ranges of the mesh's other clusters, disabled: nothing is allocated from them, and traffic to them
 * keeps its pods' addresses, as Calico asks for where clusters share a routable network.
 */
export function remotePools(ranges: Readonly<Record<string, string>>): readonly ScenarioObject[] {
  return Object.entries(ranges).map(([cluster, cidr]) =>
    resource([CALICO, "IPPool"], { name: `${cluster}-pods` }, { cidr, disabled: true, nodeSelector: "all()" }),
  );
}

/** A cluster among those that it exchanges routes with. */
export interface BgpNeighbour {
  readonly name: string;
  readonly asNumber: number;
  /** Address of its first node. */
  readonly address: string;
}

/**
 * BGP between clusters: each has an AS of its own, and its first node speaks with the first node of every other, which
 * passes what it learns on in the mesh of nodes.
 */
export function bgp(
  own: { readonly asNumber: number; readonly node: string },
  others: readonly BgpNeighbour[],
): readonly ScenarioObject[] {
  return [
    resource(
      [CALICO, "BGPConfiguration"],
      { name: "default" },
      { asNumber: own.asNumber, nodeToNodeMeshEnabled: true },
    ),
    ...others.map(({ name, asNumber, address }) =>
      resource([CALICO, "BGPPeer"], { name: `${name}-gateway` }, { node: own.node, peerIP: address, asNumber }),
    ),
  ];
}

function kubeSystem(): readonly ScenarioObject[] {
  const dns = { "k8s-app": "kube-dns" };
  return [
    ...deployment(
      {
        name: "coredns",
        namespace: "kube-system",
        image: "registry.k8s.io/coredns/coredns:v1.12.1",
        replicas: 2,
        ports: DNS_PORTS,
      },
      dns,
    ),
    service({ name: "kube-dns", namespace: "kube-system", ports: DNS_PORTS, selector: dns }),
    ...daemonSet(
      { name: "kube-proxy", namespace: "kube-system", image: "registry.k8s.io/kube-proxy:v1.34.2" },
      { "k8s-app": "kube-proxy" },
    ),
  ];
}

function calicoSystem(): readonly ScenarioObject[] {
  const goldmane = { "k8s-app": "goldmane" };
  const ports = [{ name: "goldmane", port: 7443 }];
  return [
    namespace("tigera-operator"),
    namespace("calico-system"),
    ...daemonSet(
      { name: "calico-node", namespace: "calico-system", image: `quay.io/calico/node:${CALICO_VERSION}` },
      { "k8s-app": "calico-node" },
    ),
    ...deployment(
      {
        name: "calico-typha",
        namespace: "calico-system",
        image: `quay.io/calico/typha:${CALICO_VERSION}`,
        replicas: 1,
        ports: [{ name: "calico-typha", port: 5473 }],
        hostNetwork: true,
      },
      { "k8s-app": "calico-typha" },
    ),
    ...deployment(
      {
        name: "goldmane",
        namespace: "calico-system",
        image: `quay.io/calico/goldmane:${CALICO_VERSION}`,
        replicas: 1,
        ports,
      },
      goldmane,
    ),
    service({ name: "goldmane", namespace: "calico-system", ports, selector: goldmane }),
  ];
}

/** Everything may ask the cluster's DNS; for all else the tier has no opinion. */
function platformTier(): readonly ScenarioObject[] {
  const kubeDns = {
    selector: "k8s-app == 'kube-dns'",
    namespaceSelector: "projectcalico.org/name == 'kube-system'",
    ports: [53],
  };
  return [
    resource([CALICO, "Tier"], { name: "platform" }, { order: 200, defaultAction: "Pass" }),
    resource(
      [CALICO, "GlobalNetworkPolicy"],
      { name: "platform.allow-dns" },
      {
        tier: "platform",
        order: 10,
        selector: "projectcalico.org/orchestrator == 'k8s'",
        types: ["Egress"],
        egress: [
          { action: "Allow", protocol: "UDP", destination: kubeDns },
          { action: "Allow", protocol: "TCP", destination: kubeDns },
        ],
      },
    ),
  ];
}
