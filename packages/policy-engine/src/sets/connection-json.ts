import { PROTOCOL_NUMBERS, protocolHasPorts, protocolName } from "../model/protocol";
import type { Layers } from "./algebra";
import type { ConnectionSet, Region } from "./connection-set";
import { intervals } from "./intervals";
import { products } from "./products";

/** Ranges of numbers, both ends included. */
export type RangesJson = readonly (readonly [number, number])[];

/** Connections of some protocols: every combination of what is listed. */
export type ConnectionsPartJson =
  | { readonly protocol: string; readonly ports: RangesJson; readonly sourcePorts: RangesJson }
  | { readonly protocol: string; readonly icmpTypes: RangesJson; readonly icmpCodes: RangesJson }
  | { readonly protocols: RangesJson };

/** A set of connections as JSON: the parts share no connection. */
export type ConnectionsJson = readonly ConnectionsPartJson[];

const rangesOf = (set: Layers<number, unknown>): RangesJson => set.map(({ from, to }) => [from, to]);

const { ICMP, ICMPv6 } = PROTOCOL_NUMBERS;

function partsOf(protocol: number, region: Region): ConnectionsJson {
  const name = protocolName(protocol);
  return products(region).map(({ first, second }) =>
    protocolHasPorts(protocol)
      ? { protocol: name, ports: rangesOf(first), sourcePorts: rangesOf(second) }
      : { protocol: name, icmpTypes: rangesOf(first), icmpCodes: rangesOf(second) },
  );
}

/** A set of connections as JSON, by protocol number; protocols without ports or types come together. */
export function connectionsJson(set: ConnectionSet): ConnectionsJson {
  const whole: { from: number; to: number }[] = [];
  const parts = set.flatMap(({ from, to, inner }) =>
    Array.from({ length: to - from + 1 }, (_, i) => from + i).flatMap((protocol) => {
      if (protocolHasPorts(protocol) || protocol === ICMP || protocol === ICMPv6) return partsOf(protocol, inner);
      whole.push({ from: protocol, to: protocol });
      return [];
    }),
  );
  return whole.length > 0 ? [...parts, { protocols: rangesOf(intervals(...whole)) }] : parts;
}
