import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SetOperation } from "./algebra";
import {
  ALL_CONNECTIONS,
  CONNECTIONS,
  connectionsOfIcmp,
  connectionsOfPorts,
  connectionsOfProtocol,
  hasConnection,
  intersectConnections,
  noConnections,
  NO_CONNECTIONS,
  sameConnections,
  subtractConnections,
  uniteConnections,
  witnessConnection,
  type ConnectionPoint,
  type ConnectionSet,
} from "./connection-set";
import { formatConnections, type Vocabulary } from "./connection-text";
import { intervals, type Interval } from "./intervals";

/** Places at which ranges begin and end, so that a grid of them and their neighbours tells any two sets apart. */
const PORTS = [0, 1, 80, 81, 443, 65_534, 65_535];
const PROTOCOLS = [0, 1, 2, 6, 17, 47, 58, 132, 136, 255];
const BYTES = [0, 1, 8, 9, 255];

const GRID: readonly ConnectionPoint[] = PROTOCOLS.flatMap((protocol) => {
  if ([6, 17, 132].includes(protocol)) {
    return PORTS.flatMap((destinationPort) => PORTS.map((sourcePort) => ({ protocol, destinationPort, sourcePort })));
  }
  if (![1, 58].includes(protocol)) return [{ protocol }];
  return BYTES.flatMap((type) => BYTES.map((code) => ({ protocol, icmp: { type, code } })));
});

/** A set, and the same thing as a plain question. */
interface Both {
  readonly set: ConnectionSet;
  readonly holds: (point: ConnectionPoint) => boolean;
}

const within = ({ from, to }: Interval, n: number | undefined) => n !== undefined && from <= n && n <= to;

const portRange = fc
  .tuple(fc.constantFrom(...PORTS), fc.constantFrom(...PORTS))
  .map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) }));

const box: fc.Arbitrary<Both> = fc.oneof(
  fc.constant<Both>({ set: ALL_CONNECTIONS, holds: () => true }),
  fc.constant<Both>({ set: NO_CONNECTIONS, holds: () => false }),
  fc.constantFrom(...PROTOCOLS).map((protocol) => ({
    set: connectionsOfProtocol(protocol),
    holds: (point: ConnectionPoint) => point.protocol === protocol,
  })),
  fc.tuple(portRange, portRange).map(([destination, source]) => ({
    set: connectionsOfPorts({ destination: intervals(destination), source: intervals(source) }),
    holds: (point: ConnectionPoint) => within(destination, point.destinationPort) && within(source, point.sourcePort),
  })),
  fc.tuple(fc.constantFrom(...BYTES), fc.option(fc.constantFrom(...BYTES), { nil: undefined })).map(([type, code]) => ({
    set: connectionsOfIcmp({ type, ...(code !== undefined && { code }) }),
    holds: ({ icmp }: ConnectionPoint) => icmp?.type === type && (code === undefined || icmp.code === code),
  })),
);

const operation = fc.constantFrom<SetOperation>("union", "intersection", "difference");

const PLAIN: Readonly<Record<SetOperation, (a: boolean, b: boolean) => boolean>> = {
  union: (a, b) => a || b,
  intersection: (a, b) => a && b,
  difference: (a, b) => a && !b,
};

/** A set that several operations made, and what it should hold. */
const anySet: fc.Arbitrary<Both> = fc
  .tuple(box, fc.array(fc.tuple(operation, box), { maxLength: 6, size: "max" }))
  .map(([first, steps]) =>
    steps.reduce<Both>(
      (soFar, [op, next]) => ({
        set: CONNECTIONS.combine(op, [soFar.set, next.set]),
        holds: (point) => PLAIN[op](soFar.holds(point), next.holds(point)),
      }),
      first,
    ),
  );

describe("sets of connections", () => {
  it("hold what a plain model holds, point by point", () => {
    fc.assert(
      fc.property(anySet, ({ set, holds }) => {
        expect(GRID.filter((point) => hasConnection(set, point))).toEqual(GRID.filter(holds));
      }),
    );
  });

  it("are equal exactly when they hold the same", () => {
    let equal = 0;
    fc.assert(
      fc.property(anySet, anySet, (a, b) => {
        const same = GRID.every((point) => a.holds(point) === b.holds(point));
        if (same) equal += 1;
        expect(sameConnections(a.set, b.set)).toBe(same);
        expect(formatConnections(a.set) === formatConnections(b.set)).toBe(same);
      }),
      { numRuns: 300 },
    );
    expect(equal).toBeGreaterThan(5);
  });

  it("obey the laws of sets", () => {
    fc.assert(
      fc.property(anySet, anySet, anySet, ({ set: a }, { set: b }, { set: c }) => {
        const [or, and, not] = [uniteConnections, intersectConnections, subtractConnections];
        expect(or(a, b)).toEqual(or(b, a));
        expect(and(a, or(b, c))).toEqual(or(and(a, b), and(a, c)));
        expect(not(a, or(b, c))).toEqual(and(not(a, b), not(a, c)));
        expect(or(not(a, b), and(a, b))).toEqual(a);
        expect(not(ALL_CONNECTIONS, not(ALL_CONNECTIONS, a))).toEqual(a);
        expect(noConnections(not(a, a))).toBe(true);
      }),
    );
  });

  it("give a witness that they hold, and none when they are empty", () => {
    fc.assert(
      fc.property(anySet, ({ set }) => {
        const witness = witnessConnection(set);
        expect(witness ? hasConnection(set, witness) : noConnections(set)).toBe(true);
      }),
    );
  });

  it("does not hold a connection of which too little is known", () => {
    expect(hasConnection(ALL_CONNECTIONS, { protocol: 6, destinationPort: 80 })).toBe(false);
    expect(hasConnection(ALL_CONNECTIONS, { protocol: 1 })).toBe(false);
  });
});

const tcp = (from: number, to = from) =>
  intersectConnections(connectionsOfProtocol(6), connectionsOfPorts({ destination: intervals({ from, to }) }));
const everyPort = connectionsOfPorts({ destination: intervals({ from: 1, to: 65_535 }) });

describe("the text of a set of connections", () => {
  it.each<{ name: string; set: ConnectionSet; text: string; vocabulary?: Vocabulary }>([
    { name: "everything", set: ALL_CONNECTIONS, text: "All Connections" },
    { name: "nothing", set: NO_CONNECTIONS, text: "No Connections" },
    { name: "ports", set: uniteConnections(tcp(80), tcp(8080, 8090)), text: "TCP 80,8080-8090" },
    { name: "a whole protocol", set: connectionsOfProtocol(17), text: "UDP" },
    { name: "a numbered protocol", set: connectionsOfProtocol(47), text: "protocol 47" },
    {
      name: "protocols in the order of their names",
      set: [connectionsOfProtocol(17), tcp(1), connectionsOfProtocol(132)].reduce(uniteConnections),
      text: "SCTP,TCP 1,UDP",
    },
    {
      name: "source ports",
      set: intersectConnections(
        connectionsOfProtocol(6),
        connectionsOfPorts({ destination: intervals({ from: 80, to: 80 }), source: intervals({ from: 1, to: 9 }) }),
      ),
      text: "TCP 80 from ports 1-9",
    },
    { name: "ICMP", set: connectionsOfIcmp({ type: 8 }), text: "ICMP type 8,ICMPv6 type 8" },
    {
      name: "ICMP with a code",
      set: connectionsOfIcmp({ type: 3, code: 4 }),
      text: "ICMP type 3 code 4,ICMPv6 type 3 code 4",
    },
    {
      name: "all but a little",
      set: subtractConnections(ALL_CONNECTIONS, tcp(25)),
      text: "All Connections except TCP 25",
    },
    { name: "what Kubernetes can name", set: everyPort, text: "All Connections", vocabulary: "kubernetes" },
    { name: "the same in Calico's words", set: everyPort, text: "SCTP 1-65535,TCP 1-65535,UDP 1-65535" },
    {
      name: "a protocol in the words of Kubernetes",
      set: connectionsOfProtocol(6),
      text: "TCP 1-65535",
      vocabulary: "kubernetes",
    },
    {
      name: "what Kubernetes cannot name",
      set: connectionsOfProtocol(47),
      text: "No Connections",
      vocabulary: "kubernetes",
    },
  ])("$name", ({ set, text, vocabulary }) => {
    expect(formatConnections(set, vocabulary)).toBe(text);
  });
});
