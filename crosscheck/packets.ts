import { PROTOCOLS, type Cluster, type Header, type Judge, type Packet } from "./cluster";

const { ICMP, ICMPV6, SCTP, TCP, UDP, UDPLITE } = PROTOCOLS;
const GRE = 47;

const PORTS: readonly Header[] = [
  { protocol: TCP, sourcePort: 40_000, destinationPort: 80 },
  { protocol: TCP, sourcePort: 40_001, destinationPort: 81 },
  { protocol: TCP, sourcePort: 80, destinationPort: 8080 },
  { protocol: TCP, sourcePort: 40_000, destinationPort: 22 },
  { protocol: UDP, sourcePort: 40_000, destinationPort: 80 },
  { protocol: UDP, sourcePort: 40_000, destinationPort: 53 },
  { protocol: UDP, sourcePort: 53, destinationPort: 40_001 },
  { protocol: SCTP, sourcePort: 40_000, destinationPort: 80 },
  { protocol: UDPLITE, sourcePort: 40_000, destinationPort: 80 },
  { protocol: GRE, sourcePort: 0, destinationPort: 0 },
];

const icmp = (protocol: number, type: number, code: number): Header => ({
  protocol,
  sourcePort: 0,
  destinationPort: 0,
  icmp: { type, code },
});

const HEADERS = {
  4: [...PORTS, icmp(ICMP, 8, 0), icmp(ICMP, 8, 1), icmp(ICMP, 128, 0)],
  6: [...PORTS, icmp(ICMPV6, 128, 0), icmp(ICMPV6, 8, 1)],
} as const satisfies Readonly<Record<4 | 6, readonly Header[]>>;

const versionOf = (address: string): 4 | 6 => (address.includes(":") ? 6 : 4);

/** Half of the headers, so that a pair of addresses that stand side by side has all of them. */
const everyOther = (headers: readonly Header[], offset: number): readonly Header[] =>
  headers.filter((_, index) => (index + offset) % 2 === 0);

/** Packets between an endpoint's addresses and those of whoever there is, both ways, of each header. */
function* packetsAt(at: Judge, own: readonly string[], others: readonly string[]): Generator<Packet> {
  for (const [mine, address] of own.entries()) {
    const reached = others.filter((one) => versionOf(one) === versionOf(address));
    for (const [theirs, other] of reached.entries()) {
      for (const header of everyOther(HEADERS[versionOf(address)], mine + theirs)) {
        yield { at, direction: "ingress", source: other, destination: address, ...header };
        yield { at, direction: "egress", source: address, destination: other, ...header };
      }
    }
  }
}

interface Host {
  readonly name: string;
  readonly addresses: readonly string[];
}

const hostsOf = ({ manifests }: Cluster): readonly Host[] =>
  manifests
    .filter(({ kind }) => kind === "HostEndpoint")
    .map(({ metadata, spec }) => ({
      name: metadata.name,
      addresses: Array.isArray(spec?.["expectedIPs"]) ? (spec["expectedIPs"] as readonly string[]) : [],
    }));

/** Every packet between an endpoint and whoever there is; at a host endpoint its own ones and those that it passes on. */
export function* packetsOf(cluster: Cluster): Generator<Packet> {
  const hosts = hostsOf(cluster);
  const pods = cluster.pods.flatMap(({ addresses }) => addresses);
  const everybody = [...pods, ...hosts.flatMap(({ addresses }) => addresses), ...cluster.outsiders];
  for (const [index, { addresses }] of cluster.pods.entries()) {
    yield* packetsAt({ kind: "pod", index }, addresses, everybody);
  }
  for (const { name, addresses } of hosts) {
    const [first] = cluster.pods;
    const peers = [...(first?.addresses ?? []), ...cluster.outsiders];
    yield* packetsAt({ kind: "host", name, traffic: "local" }, addresses, peers);
    if (first === undefined) continue;
    yield* packetsAt({ kind: "host", name, traffic: "forwarded" }, first.addresses, cluster.outsiders);
    for (const arrivedFor of addresses) {
      const reached = first.addresses.filter((one) => versionOf(one) === versionOf(arrivedFor));
      for (const packet of packetsAt(
        { kind: "host", name, traffic: "forwarded", arrivedFor },
        reached,
        cluster.outsiders,
      ))
        if (packet.direction === "ingress") yield packet;
    }
  }
}
