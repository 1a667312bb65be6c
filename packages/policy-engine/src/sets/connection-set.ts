import { PROTOCOL_NUMBERS, protocolHasPorts } from "../model/protocol";
import { layerAt, layered, NUMBERS, type Layer, type Layers, type SetAlgebra } from "./algebra";
import { hasNumber, INTERVALS, intervals, type Interval, type Intervals } from "./intervals";

/**
 * What differs between connections of one protocol: destination port over source port, ICMP type over code, and a
 * single point for protocols that have neither.
 */
export type Region = Layers<number, Intervals>;

/** A set of connections: IP protocol number (0-255) over what differs between connections of it. Canonical. */
export type ConnectionSet = Layers<number, Region>;

/** A connection as far as sets of connections look at it. */
export interface ConnectionPoint {
  readonly protocol: number;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly icmp?: { readonly type: number; readonly code: number };
}

const REGIONS: SetAlgebra<Region> = layered(NUMBERS, INTERVALS);

/** Union, intersection, difference, equality and emptiness of sets of connections. */
export const CONNECTIONS: SetAlgebra<ConnectionSet> = layered(NUMBERS, REGIONS);

/** All ports that a packet can carry. */
export const ALL_PORTS: Interval = { from: 0, to: 65_535 };

const BYTE: Interval = { from: 0, to: 255 };
const POINT: Interval = { from: 0, to: 0 };

const isIcmp = (protocol: number): boolean =>
  protocol === PROTOCOL_NUMBERS.ICMP || protocol === PROTOCOL_NUMBERS.ICMPv6;

const rangeOf = (protocol: number): Interval =>
  protocolHasPorts(protocol) ? ALL_PORTS : isIcmp(protocol) ? BYTE : POINT;

const region = (first: Intervals, second: Intervals): Region =>
  second.length === 0 ? [] : first.map(({ from, to }) => ({ from, to, inner: second }));

const wholeRegion = (protocol: number): Region => {
  const whole = intervals(rangeOf(protocol));
  return region(whole, whole);
};

/** Protocols in a row whose regions are alike, so that sets begin canonical. */
const KINDS: readonly Layer<number, Region>[] = Array.from({ length: 256 }, (_, protocol) => ({
  from: protocol,
  to: protocol,
  inner: wholeRegion(protocol),
})).reduce<Layer<number, Region>[]>((layers, layer) => {
  const last = layers.at(-1);
  if (last && REGIONS.equals(last.inner, layer.inner)) layers[layers.length - 1] = { ...last, to: layer.to };
  else layers.push(layer);
  return layers;
}, []);

/** No connection. */
export const NO_CONNECTIONS: ConnectionSet = CONNECTIONS.empty;

/** Every connection of every protocol. */
export const ALL_CONNECTIONS: ConnectionSet = KINDS;

/** The connections in either set. */
export const uniteConnections = (a: ConnectionSet, b: ConnectionSet): ConnectionSet =>
  CONNECTIONS.combine("union", [a, b]);

/** The connections in both sets. */
export const intersectConnections = (a: ConnectionSet, b: ConnectionSet): ConnectionSet =>
  CONNECTIONS.combine("intersection", [a, b]);

/** The connections of the first set that are not in the second. */
export const subtractConnections = (a: ConnectionSet, b: ConnectionSet): ConnectionSet =>
  CONNECTIONS.combine("difference", [a, b]);

/** Whether both hold the same connections. */
export const sameConnections = (a: ConnectionSet, b: ConnectionSet): boolean => CONNECTIONS.equals(a, b);

/** Whether the set holds no connection. */
export const noConnections = (set: ConnectionSet): boolean => CONNECTIONS.isEmpty(set);

/** Every connection of a protocol. */
export const connectionsOfProtocol = (protocol: number): ConnectionSet => [
  { from: protocol, to: protocol, inner: wholeRegion(protocol) },
];

/** Ports of a connection's ends. Only protocols that have ports have such connections (TCP, UDP, SCTP). */
export interface PortsMatch {
  readonly source?: Intervals;
  readonly destination?: Intervals;
}

/** The connections between these ports, of every protocol that has ports. */
export function connectionsOfPorts({ source, destination }: PortsMatch): ConnectionSet {
  const whole = intervals(ALL_PORTS);
  const inner = region(destination ?? whole, source ?? whole);
  const { TCP, UDP, SCTP } = PROTOCOL_NUMBERS;
  return inner.length === 0 ? [] : [TCP, UDP, SCTP].map((protocol) => ({ from: protocol, to: protocol, inner }));
}

/** ICMP and ICMPv6 messages of a type and code; an absent code is any. */
export function connectionsOfIcmp({ type, code }: { readonly type: number; readonly code?: number }): ConnectionSet {
  const codes = code === undefined ? BYTE : { from: code, to: code };
  const inner = region(intervals({ from: type, to: type }), intervals(codes));
  const { ICMP, ICMPv6 } = PROTOCOL_NUMBERS;
  return [ICMP, ICMPv6].map((protocol) => ({ from: protocol, to: protocol, inner }));
}

/** Whether a set holds a connection; ports and ICMP type must be given where the protocol has them. */
export function hasConnection(set: ConnectionSet, point: ConnectionPoint): boolean {
  const regions = layerAt(set, point.protocol)?.inner;
  if (!regions) return false;
  const [first, second] = protocolHasPorts(point.protocol)
    ? [point.destinationPort, point.sourcePort]
    : isIcmp(point.protocol)
      ? [point.icmp?.type, point.icmp?.code]
      : [0, 0];
  if (first === undefined || second === undefined) return false;
  const layer = layerAt(regions, first);
  return layer !== undefined && hasNumber(layer.inner, second);
}

/** A connection of the set, the likeliest to be met: TCP before UDP before the lowest protocol, the lowest port. */
export function witnessConnection(set: ConnectionSet): ConnectionPoint | undefined {
  const { TCP, UDP } = PROTOCOL_NUMBERS;
  const layer = layerAt(set, TCP) ?? layerAt(set, UDP) ?? set[0];
  const protocol = layer && [TCP, UDP].find((p) => layer.from <= p && p <= layer.to);
  const chosen = layer?.inner[0];
  const second = chosen?.inner.at(-1);
  if (!layer || !chosen || !second) return undefined;
  const number = protocol ?? layer.from;
  if (protocolHasPorts(number)) return { protocol: number, destinationPort: chosen.from, sourcePort: second.to };
  if (isIcmp(number)) return { protocol: number, icmp: { type: chosen.from, code: second.from } };
  return { protocol: number };
}
