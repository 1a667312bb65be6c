import { intervals } from "../sets/intervals";
import {
  ALL_CONNECTIONS,
  connectionsOfIcmp,
  connectionsOfPorts,
  connectionsOfProtocol,
  intersectConnections,
  subtractConnections,
  uniteConnections,
  type ConnectionPoint,
  type ConnectionSet,
} from "../sets/connection-set";

const onTcp = (ports: readonly number[]): readonly ConnectionPoint[] =>
  ports.map((destinationPort) => ({ protocol: 6, sourcePort: 40_000, destinationPort }));

/** Connections around everything that the rules of random clusters name: inside, at the edge and outside of it. */
export const POINTS: readonly ConnectionPoint[] = [
  ...onTcp([0, 1, 22, 69, 70, 79, 80, 81, 90, 91, 100, 101, 443, 8079, 8080, 8081, 65_535]),
  { protocol: 6, sourcePort: 999, destinationPort: 80 },
  { protocol: 6, sourcePort: 1000, destinationPort: 80 },
  { protocol: 6, sourcePort: 1500, destinationPort: 80 },
  { protocol: 6, sourcePort: 2001, destinationPort: 8080 },
  { protocol: 17, sourcePort: 1500, destinationPort: 80 },
  { protocol: 17, sourcePort: 5000, destinationPort: 53 },
  { protocol: 132, sourcePort: 1, destinationPort: 80 },
  { protocol: 132, sourcePort: 1, destinationPort: 81 },
  { protocol: 1, icmp: { type: 8, code: 0 } },
  { protocol: 1, icmp: { type: 8, code: 1 } },
  { protocol: 1, icmp: { type: 3, code: 1 } },
  { protocol: 58, icmp: { type: 8, code: 0 } },
  { protocol: 47 },
  { protocol: 0 },
];

const ports = (...list: readonly number[]): ConnectionSet =>
  connectionsOfPorts({ destination: intervals(...list.map((port) => ({ from: port, to: port }))) });

/** Sets of connections that questions spare or ask for. */
export const SETS: readonly ConnectionSet[] = [
  ALL_CONNECTIONS,
  connectionsOfProtocol(6),
  connectionsOfProtocol(17),
  subtractConnections(ALL_CONNECTIONS, connectionsOfProtocol(6)),
  intersectConnections(connectionsOfProtocol(6), ports(80)),
  intersectConnections(connectionsOfProtocol(6), ports(80, 8080)),
  uniteConnections(connectionsOfIcmp({ type: 8 }), connectionsOfProtocol(47)),
];
