import type { Cluster, Judgement, Packet, Side } from "./cluster";
import { objectsOf } from "./objects";
import { packetsOf } from "./packets";

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
  onAgreed: (packet: Packet, judgement: Judgement) => void = () => {},
): Difference | undefined {
  const [one, other] = sides;
  const [judgeOne, judgeOther] = [one.open(cluster), other.open(cluster)];
  for (const packet of packetsOf(cluster)) {
    const [a, b] = [judgeOne(packet), judgeOther(packet)];
    if (!same(a, b)) return { cluster, packet, said: { [one.name]: a, [other.name]: b } };
    onAgreed(packet, a);
  }
  return undefined;
}

const print = (value: unknown): string => JSON.stringify(value, undefined, 2);

/** The case as one would replay it: manifests that kubectl takes, the packet, what each side said. */
export function reportDifference({ cluster, packet, said }: Difference): string {
  const items = objectsOf(cluster).map(({ rest, ...head }) => ({ ...head, ...rest }));
  return [print({ apiVersion: "v1", kind: "List", items }), print({ packet, said })].join("\n");
}
