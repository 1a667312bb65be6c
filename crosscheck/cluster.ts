/** Fields of a Kubernetes object. */
export type Fields = Readonly<Record<string, unknown>>;
export type Labels = Readonly<Record<string, string>>;

/** An object as `kubectl apply` takes it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Labels };
  readonly spec?: Fields;
}

/** A container port that policies may name. */
export interface ContainerPort {
  readonly name: string;
  readonly protocol: "TCP" | "UDP" | "SCTP";
  readonly containerPort: number;
}

/** A running pod; its addresses are of either IP version. */
export interface Pod {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly serviceAccount: string;
  readonly addresses: readonly string[];
  readonly ports: readonly ContainerPort[];
}

/** What a Kubernetes service sends to: one slice of endpoints an IP version. */
export interface Service {
  readonly name: string;
  readonly namespace: string;
  readonly addresses: readonly string[];
  readonly protocol: "TCP" | "UDP";
  readonly port: number;
}

/** A port that host endpoints let through, whatever policy says; `net` narrows the other end. */
export interface FailsafePort {
  readonly protocol: "TCP" | "UDP";
  readonly port: number;
  readonly net?: string;
}

/** One cluster in a form that favours neither side. */
export interface Cluster {
  readonly namespaces: readonly { readonly name: string; readonly labels: Labels }[];
  readonly serviceAccounts: readonly { readonly namespace: string; readonly name: string; readonly labels: Labels }[];
  readonly pods: readonly Pod[];
  readonly services: readonly Service[];
  /** Tiers, policies of every kind, network sets, host endpoints, profiles. */
  readonly manifests: readonly Manifest[];
  /** Absent: Felix's own. */
  readonly failsafes?: { readonly inbound: readonly FailsafePort[]; readonly outbound: readonly FailsafePort[] };
  /** Addresses outside the cluster that packets come from and go to. */
  readonly outsiders: readonly string[];
}

/** Whose policies judge a packet: a pod's, by its place in `pods`, or a host endpoint's, by its name. */
export type Judge =
  | { readonly kind: "pod"; readonly index: number }
  | {
      readonly kind: "host";
      readonly name: string;
      /** Whether the host itself sends or receives it, or passes it on. */
      readonly traffic: "local" | "forwarded";
      /** Where it was sent, before destination NAT; absent: where it goes. */
      readonly arrivedFor?: string;
    };

/** What a packet says of itself besides its addresses. */
export interface Header {
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly icmp?: { readonly type: number; readonly code: number };
}

/** A packet at the endpoint whose policies judge it. */
export interface Packet extends Header {
  readonly at: Judge;
  readonly direction: "ingress" | "egress";
  readonly source: string;
  readonly destination: string;
}

/** What one side says about a packet; hits are spelt `tier|policy|rule|action`, in order. */
export interface Judgement {
  readonly verdict: string;
  readonly enforced: readonly string[];
  readonly pending: readonly string[];
}

/** One of the two that are compared: reads a cluster once, then judges packets in it. */
export interface Side {
  readonly name: string;
  readonly open: (cluster: Cluster) => (packet: Packet) => Judgement;
}

/** IP protocol numbers of packets here. */
export const PROTOCOLS = { ICMP: 1, TCP: 6, UDP: 17, ICMPV6: 58, SCTP: 132, UDPLITE: 136 } as const;

/** A policy as hits spell it; `kind` is Calico's or Kubernetes' own, staged kinds included. */
export const spellPolicy = (kind: string, namespace: string, name: string): string =>
  namespace === "" ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;

const fixedTier = (name: string, order: number, defaultAction: "Deny" | "Pass"): Manifest => ({
  apiVersion: "projectcalico.org/v3",
  kind: "Tier",
  metadata: { name },
  spec: { order, defaultAction },
});

/** The tiers that every Calico has. */
export const FIXED_TIERS: readonly Manifest[] = [
  fixedTier("kube-admin", 1000, "Pass"),
  fixedTier("default", 1_000_000, "Deny"),
  fixedTier("kube-baseline", 10_000_000, "Pass"),
];
