import { expect } from "vitest";
import { applyingTo, type View } from "../evaluate/applying";
import type { Endpoint } from "../evaluate/endpoint";
import { judgeEndpoint } from "../evaluate/judge";
import type { Packet } from "../evaluate/packet";
import type { World } from "../evaluate/world";
import type { Direction } from "../model/policy";
import type { IpAddress } from "../net/address";
import type { EndpointClasses } from "../resolve/endpoint-classes";
import type { PolicyIndex } from "../resolve/policy-index";
import { packetsBetween } from "./arbitrary-cluster";

/** Both ways in which an endpoint is judged. */
export const DIRECTIONS = ["ingress", "egress"] as const satisfies readonly Direction[];

/** How often something was in play. */
export type Counts = Map<string, number>;

/** Counts one. */
export const count = (counts: Counts, what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);

/** Every endpoint of a world, host endpoints too. */
export const endpointsOf = (world: World): readonly Endpoint[] => [...world.endpoints, ...world.hostEndpoints];

const VIEWS = ["enforced", "pending"] as const satisfies readonly View[];

function plainPolicies(world: World, endpoint: Endpoint, direction: Direction): unknown {
  const applying = applyingTo(world, endpoint, direction);
  const of = (view: View) =>
    applying[view]
      .filter(({ policies }) => policies.length > 0)
      .map(({ tier, policies }) => ({ tier: tier.name, policies: policies.map(({ policy }) => policy.ref) }));
  return { staged: applying.staged, views: VIEWS.map(of) };
}

function indexedPolicies(index: PolicyIndex, endpoint: Endpoint, direction: Direction): unknown {
  const found = index.policiesOf(endpoint, direction);
  const of = (view: View) =>
    found?.[view].map(({ tier, policies }) => ({
      tier: tier.name,
      policies: policies.map(({ policy }) => policy.ref),
    }));
  return { staged: found?.staged, views: VIEWS.map(of) };
}

/** The policies of every pod, in order, are those that the plain judge works out by a nested loop. */
export function expectSamePolicies(
  index: PolicyIndex,
  world: World,
  own: (endpoint: Endpoint) => Endpoint = (endpoint) => endpoint,
): void {
  for (const endpoint of world.endpoints) {
    for (const direction of DIRECTIONS) {
      const what = `${endpoint.name} ${direction}`;
      expect([what, indexedPolicies(index, own(endpoint), direction)]).toEqual([
        what,
        plainPolicies(world, endpoint, direction),
      ]);
    }
  }
}

function packetOf(direction: Direction, own: IpAddress, drawn: ReturnType<typeof packetsBetween>[number]): Packet {
  const { peer, ...header } = drawn;
  return direction === "egress"
    ? { ...header, source: own, destination: peer }
    : { ...header, source: peer, destination: own };
}

/** Every packet that is tried at an endpoint in a direction, by the address of its own that it names. */
export function packetsAt(world: World, endpoint: Endpoint, direction: Direction): readonly Packet[] {
  const peers = endpointsOf(world).flatMap(({ addresses }) => addresses);
  return endpoint.addresses.flatMap((own) =>
    packetsBetween(own, peers).map((drawn) => packetOf(direction, own, drawn)),
  );
}

/** The classes as sets of names, in an order of their own. */
const partition = ({ classes }: EndpointClasses): readonly string[] =>
  classes
    .map(({ endpoints }) =>
      endpoints
        .map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`)
        .sort()
        .join(", "),
    )
    .sort();

/** Two classifications tell the same endpoints apart, by name. */
export function expectSamePartition(one: EndpointClasses, other: EndpointClasses): void {
  expect(partition(one)).toEqual(partition(other));
}

interface Pair {
  readonly first: Endpoint;
  readonly other: Endpoint;
}

const swap = (address: IpAddress, { first, other }: Pair): IpAddress => {
  const at = first.addresses.indexOf(address);
  return other.addresses[at] ?? address;
};

function expectAlike(world: World, pair: Pair, counts: Counts): void {
  for (const direction of DIRECTIONS) {
    for (const packet of packetsAt(world, pair.first, direction)) {
      const own = direction === "egress" ? "source" : "destination";
      const same = { ...packet, [own]: swap(packet[own], pair) };
      const verdicts = [
        judgeEndpoint(world, { endpoint: pair.first, direction, packet }),
        judgeEndpoint(world, { endpoint: pair.other, direction, packet: same }),
      ].map(({ verdict, pending }) => [verdict, pending.verdict]);
      expect(verdicts[1]).toEqual(verdicts[0]);
      count(counts, verdicts[0]?.[0] ?? "");
    }
    // And as a peer, at whoever is judged.
    for (const endpoint of world.endpoints) {
      for (const packet of packetsAt(world, endpoint, direction)) {
        const far = direction === "egress" ? "destination" : "source";
        if (!pair.first.addresses.includes(packet[far])) continue;
        const same = { ...packet, [far]: swap(packet[far], pair) };
        expect(judgeEndpoint(world, { endpoint, direction, packet: same }).verdict).toBe(
          judgeEndpoint(world, { endpoint, direction, packet }).verdict,
        );
      }
    }
  }
}

/** Endpoints of one class get the same verdict, and give the same verdict as peers. */
export function expectFineClasses(world: World, { classes, classOf }: EndpointClasses, counts: Counts): void {
  expect(classes.flatMap(({ endpoints }) => endpoints)).toHaveLength(endpointsOf(world).length);
  for (const found of classes) {
    const [first, ...others] = found.endpoints;
    for (const other of others) {
      expect(classOf(other)).toBe(found);
      count(counts, "alike");
      expectAlike(world, { first, other }, counts);
    }
  }
  count(counts, world.unreadable.length > 0 ? "unreadable" : "readable");
}
