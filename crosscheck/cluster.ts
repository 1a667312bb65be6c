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
  readonly protocol: "TCP" | "UDP";
  readonly containerPort: number;
}

/** A running pod with one IPv4 address. */
export interface Pod {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly serviceAccount: string;
  readonly address: string;
  readonly ports: readonly ContainerPort[];
}

/** What a Kubernetes service sends to: one slice of endpoints. */
export interface Service {
  readonly name: string;
  readonly namespace: string;
  readonly addresses: readonly string[];
  readonly protocol: "TCP" | "UDP";
  readonly port: number;
}

/** One cluster in a form that favours neither side. */
export interface Cluster {
  readonly namespaces: readonly { readonly name: string; readonly labels: Labels }[];
  readonly serviceAccounts: readonly { readonly namespace: string; readonly name: string; readonly labels: Labels }[];
  readonly pods: readonly Pod[];
  readonly services: readonly Service[];
  /** Tiers, policies of every kind, network sets. */
  readonly manifests: readonly Manifest[];
  /** Addresses outside the cluster that packets come from and go to. */
  readonly outsiders: readonly string[];
}

/** A packet at the pod whose policies judge it. */
export interface Packet {
  /** Its place in `pods`. */
  readonly at: number;
  readonly direction: "ingress" | "egress";
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly icmp?: { readonly type: number; readonly code: number };
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
export const PROTOCOLS = { ICMP: 1, TCP: 6, UDP: 17 } as const;

/** A policy as hits spell it; `kind` is Calico's or Kubernetes' own, staged kinds included. */
export const spellPolicy = (kind: string, namespace: string, name: string): string =>
  namespace === "" ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
