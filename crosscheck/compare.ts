import { PROTOCOLS, type Cluster, type Judgement, type Packet, type Side } from "./cluster";
import { objectsOf } from "./objects";

type Header = Pick<Packet, "protocol" | "sourcePort" | "destinationPort" | "icmp">;

const { ICMP, TCP, UDP } = PROTOCOLS;

const HEADERS: readonly Header[] = [
  { protocol: TCP, sourcePort: 40_000, destinationPort: 80 },
  { protocol: TCP, sourcePort: 40_001, destinationPort: 81 },
  { protocol: TCP, sourcePort: 80, destinationPort: 8080 },
  { protocol: UDP, sourcePort: 40_000, destinationPort: 80 },
  { protocol: UDP, sourcePort: 40_000, destinationPort: 53 },
  { protocol: ICMP, sourcePort: 0, destinationPort: 0, icmp: { type: 8, code: 0 } },
  { protocol: ICMP, sourcePort: 0, destinationPort: 0, icmp: { type: 8, code: 1 } },
];

/** Every packet between a pod and whoever there is, both ways, of each header. */
export function* packetsOf({ pods, outsiders }: Cluster): Generator<Packet> {
  const peers = [...pods.map(({ address }) => address), ...outsiders];
  for (const [at, { address }] of pods.entries()) {
    for (const peer of peers) {
      for (const header of HEADERS) {
        yield { at, direction: "ingress", source: peer, destination: address, ...header };
        yield { at, direction: "egress", source: address, destination: peer, ...header };
      }
    }
  }
}

/** A packet about which two sides are not of one mind. */
export interface Difference {
  readonly cluster: Cluster;
  readonly packet: Packet;
  readonly said: Readonly<Record<string, Judgement>>;
}

const same = (a: Judgement, b: Judgement): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The first packet that the two sides judge differently; `onAgreed` hears of every packet before it. */
export function firstDifference(
  cluster: Cluster,
  sides: readonly [Side, Side],
  onAgreed: (judgement: Judgement) => void = () => {},
): Difference | undefined {
  const [one, other] = sides;
  const [judgeOne, judgeOther] = [one.open(cluster), other.open(cluster)];
  for (const packet of packetsOf(cluster)) {
    const [a, b] = [judgeOne(packet), judgeOther(packet)];
    if (!same(a, b)) return { cluster, packet, said: { [one.name]: a, [other.name]: b } };
    onAgreed(a);
  }
  return undefined;
}

const print = (value: unknown): string => JSON.stringify(value, undefined, 2);

/** The case as one would replay it: manifests that kubectl takes, the packet, what each side said. */
export function reportDifference({ cluster, packet, said }: Difference): string {
  const items = objectsOf(cluster).map(({ rest, ...head }) => ({ ...head, ...rest }));
  return [print({ apiVersion: "v1", kind: "List", items }), print({ packet, said })].join("\n");
}
