import { PROTOCOL_NUMBERS, protocolHasPorts, protocolName } from "../model/protocol";
import { compareBytes } from "../text/order";
import type { Layers } from "./algebra";
import {
  ALL_CONNECTIONS,
  ALL_PORTS,
  connectionsOfPorts,
  intersectConnections,
  sameConnections,
  subtractConnections,
  type ConnectionSet,
  type Region,
} from "./connection-set";
import { formatIntervals, INTERVALS, intervals, type Intervals } from "./intervals";
import { products } from "./products";

/**
 * What the text of a set may speak of. `kubernetes`: TCP, UDP and SCTP on ports 1 to 65535, all that a Kubernetes
 * NetworkPolicy can name; `calico`: every IP protocol, and port 0.
 */
export type Vocabulary = "kubernetes" | "calico";

const NAMEABLE = intervals({ from: 1, to: 65_535 });

/** What Kubernetes policies can tell apart. */
const KUBERNETES: ConnectionSet = connectionsOfPorts({ source: NAMEABLE, destination: NAMEABLE });

/** How the set of everything is written. */
export const ALL_TEXT = "All Connections";

/** How the empty set is written. */
export const NOTHING_TEXT = "No Connections";

interface Words {
  readonly universe: ConnectionSet;
  readonly wholePorts: Intervals;
}

const WORDS: Readonly<Record<Vocabulary, Words>> = {
  kubernetes: { universe: KUBERNETES, wholePorts: NAMEABLE },
  calico: { universe: ALL_CONNECTIONS, wholePorts: intervals(ALL_PORTS) },
};

function portTexts(name: string, region: Region, { wholePorts, universe }: Words): readonly string[] {
  return products(region).map(({ first, second }) => {
    const every = INTERVALS.equals(first, wholePorts) && universe === ALL_CONNECTIONS;
    const ports = every ? name : `${name} ${formatIntervals(first)}`;
    return INTERVALS.equals(second, wholePorts) ? ports : `${ports} from ports ${formatIntervals(second)}`;
  });
}

const BYTES = intervals({ from: 0, to: 255 });

function icmpTexts(name: string, region: Region): readonly string[] {
  return products(region).map(({ first, second }) => {
    if (!INTERVALS.equals(second, BYTES))
      return `${name} type ${formatIntervals(first)} code ${formatIntervals(second)}`;
    return INTERVALS.equals(first, BYTES) ? name : `${name} type ${formatIntervals(first)}`;
  });
}

const { ICMP, ICMPv6, UDPLite } = PROTOCOL_NUMBERS;

function protocolTexts(protocol: number, region: Region, words: Words): readonly string[] {
  const name = protocolName(protocol);
  if (protocolHasPorts(protocol)) return portTexts(name, region, words);
  return protocol === ICMP || protocol === ICMPv6 ? icmpTexts(name, region) : [name];
}

const isNamed = (protocol: number): boolean =>
  protocolHasPorts(protocol) || protocol === ICMP || protocol === ICMPv6 || protocol === UDPLite;

function positiveText(set: ConnectionSet, words: Words): string {
  const numbers = set.flatMap(({ from, to, inner }) =>
    Array.from({ length: to - from + 1 }, (_, i) => ({ protocol: from + i, region: inner })),
  );
  const named = numbers.filter(({ protocol }) => isNamed(protocol));
  const others = numbers.filter(({ protocol }) => !isNamed(protocol)).map(({ protocol: p }) => ({ from: p, to: p }));
  const texts = named.flatMap(({ protocol, region }) => protocolTexts(protocol, region, words)).sort(compareBytes);
  return [...texts, ...(others.length > 0 ? [`protocol ${formatIntervals(intervals(...others))}`] : [])].join(",");
}

const protocolCount = (set: Layers<number, unknown>): number =>
  set.reduce((sum, { from, to }) => sum + to - from + 1, 0);

/**
 * The canonical text of a set: `TCP 80,8080-8090,UDP 53`, protocols in order of their names; `All Connections` for
 * everything that the vocabulary can name, and `All Connections except …` where most protocols are in.
 */
export function formatConnections(set: ConnectionSet, vocabulary: Vocabulary = "calico"): string {
  const words = WORDS[vocabulary];
  const named = vocabulary === "calico" ? set : intersectConnections(set, words.universe);
  if (named.length === 0) return NOTHING_TEXT;
  if (sameConnections(named, words.universe)) return ALL_TEXT;
  if (protocolCount(named) <= 128) return positiveText(named, words);
  return `${ALL_TEXT} except ${positiveText(subtractConnections(words.universe, named), words)}`;
}
