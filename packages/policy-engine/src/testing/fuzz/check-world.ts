import { connectivityOf, type Connectivity, type Passage } from "../../connectivity/connectivity";
import { applyingTo } from "../../evaluate/applying";
import { judgeConnection, type ConnectionEnd } from "../../evaluate/connection";
import type { Verdict } from "../../evaluate/trace";
import type { World } from "../../evaluate/world";
import { canonicalJson } from "../../json/canonical";
import type { Direction } from "../../model/policy";
import type { IpAddress } from "../../net/address";
import { FlowJudge } from "../../resolve/flow-judge";
import { indexWorld } from "../../resolve/policy-index";
import { hasConnection, type ConnectionPoint } from "../../sets/connection-set";
import type { Checked } from "./checked";
import type { Draws } from "./draws";
import { judged, OUTSIDE, someOccasion, worldWith } from "./fuzz-world";
import type { Value } from "./manifest-values";

const DIRECTIONS: readonly Direction[] = ["ingress", "egress"];

/** The index of a world and the plain search find the same policies, in the same order. */
function indexFaults(world: World): readonly string[] {
  const index = indexWorld(world);
  if (!index) return [];
  return world.endpoints.flatMap((endpoint) =>
    DIRECTIONS.flatMap((direction) => {
      const names = (tiers: readonly { policies: readonly { policy: { ref: unknown } }[] }[] | undefined) =>
        JSON.stringify(tiers?.flatMap(({ policies }) => policies.map(({ policy }) => policy.ref)) ?? []);
      const plain = applyingTo(world, endpoint, direction);
      const found = index.policiesOf(endpoint, direction);
      const same = names(found?.enforced) === names(plain.enforced) && names(found?.pending) === names(plain.pending);
      return same ? [] : [`the index has other policies for ${endpoint.name} ${direction}`];
    }),
  );
}

const PORTS = [22, 80, 443, 8_085, 65_535] as const;

function somePoint(draws: Draws): ConnectionPoint {
  const sourcePort = draws.pick([1, 80, 40_000]);
  return draws.pick<() => ConnectionPoint>([
    () => ({ protocol: draws.pick([6, 17, 132]), destinationPort: draws.pick(PORTS), sourcePort }),
    () => ({ protocol: 6, destinationPort: draws.below(65_536), sourcePort }),
    () => ({ protocol: draws.pick([1, 58]), icmp: { type: draws.below(255), code: draws.below(256) } }),
    () => ({ protocol: draws.pick([47, 136, 255]) }),
  ])();
}

const verdictOf = ({ allowed, unknown }: Passage, point: ConnectionPoint): Verdict =>
  hasConnection(allowed, point) ? "allow" : hasConnection(unknown, point) ? "unknown" : "deny";

interface TriedEnd {
  readonly end: ConnectionEnd;
  readonly version: 4 | 6;
  readonly node: number | undefined;
}

function nodeOf(
  { nodes, nodesOf }: Connectivity,
  endpoint: World["endpoints"][number],
  address: IpAddress,
): number | undefined {
  return nodesOf(endpoint).find((at) => {
    const node = nodes[at];
    return node?.kind === "endpoints" && node.members.some((m) => m.endpoint === endpoint && m.address === address);
  });
}

function endsOf(connectivity: Connectivity, world: World): readonly TriedEnd[] {
  const pods = world.endpoints.flatMap((endpoint) =>
    endpoint.addresses.map((address) => ({
      end: { kind: "endpoint", world, endpoint, address } as const,
      version: address.version,
      node: nodeOf(connectivity, endpoint, address),
    })),
  );
  const others = OUTSIDE.map((address) => ({
    end: { kind: "address", address } as const,
    version: address.version,
    node: connectivity.nodeOfOutside(0, address),
  }));
  return [...pods, ...others];
}

/** Connectivity says of drawn connections what judging them says. */
function connectivityFaults(draws: Draws, world: World): readonly string[] {
  const view = draws.pick(["enforced", "pending"] as const);
  const connectivity = connectivityOf([world], { view });
  const ends = endsOf(connectivity, world);
  return draws
    .some(5, 15, () => {
      const [source, destination] = [draws.pick(ends), draws.pick(ends)];
      const point = somePoint(draws);
      if (
        source.version !== destination.version ||
        (source.end.kind === "address" && destination.end.kind === "address")
      )
        return "";
      if (source.node === undefined || destination.node === undefined) return "";
      const { verdict, pending } = judgeConnection({ ...point, source: source.end, destination: destination.end });
      const wanted = view === "enforced" ? verdict : pending;
      const is = verdictOf(connectivity.between(source.node, destination.node), point);
      return is === wanted
        ? ""
        : `connectivity (${view}) says ${is}, the verdict is ${wanted}: ${JSON.stringify(point)}`;
    })
    .filter((fault) => fault !== "");
}

/** Fast verdicts over the index are those of the plain judge. */
function flowFaults(draws: Draws, world: World): readonly string[] {
  const index = indexWorld(world);
  if (!index) return [];
  const judge = new FlowJudge(index);
  const pods = world.endpoints.flatMap((endpoint) =>
    endpoint.addresses.map((address, at) => ({
      end: { kind: "endpoint", world, endpoint, address } as const,
      id: judge.endOf(endpoint, at),
    })),
  );
  const outside = OUTSIDE.map((address) => ({
    end: { kind: "address", address } as const,
    id: judge.endOfAddress(address),
  }));
  return draws
    .some(5, 15, () => {
      const [source, destination] = [draws.pick(pods), draws.pick([...pods, ...outside])];
      const { id } = destination;
      if (source.end.address.version !== destination.end.address.version) return "";
      if (source.id === undefined || id === undefined) return "";
      const point = somePoint(draws);
      const wanted = judgeConnection({ ...point, source: source.end, destination: destination.end });
      const flow = { ...point, source: source.id, destination: id };
      const is = [judge.verdict(flow), judge.verdict(flow, "pending")].join(" ");
      return is === `${wanted.verdict} ${wanted.pending}`
        ? ""
        : `fast verdicts ${is}: ${wanted.verdict} ${wanted.pending}`;
    })
    .filter((fault) => fault !== "");
}

/** The same packet gets the same verdict when the manifests come in another order. */
function orderFaults(draws: Draws, world: World, manifests: readonly Value[]): readonly string[] {
  const other = worldWith([...manifests].reverse());
  return draws
    .some(2, 4, () => someOccasion(draws, world))
    .flatMap((occasion) =>
      JSON.stringify(judged(other, occasion)) === JSON.stringify(judged(world, occasion))
        ? []
        : ["a verdict depends on the order of manifests"],
    );
}

const refOf = (value: Value): string => {
  const { apiVersion, kind, metadata } = value as {
    apiVersion?: Value;
    kind?: Value;
    metadata?: { name?: Value; namespace?: Value };
  };
  return canonicalJson([apiVersion, kind, metadata?.name, metadata?.namespace].map((part) => part ?? null));
};

/** A cluster holds one object of a name. */
const distinct = (manifests: readonly Value[]): readonly Value[] => [
  ...new Map(manifests.filter((m) => typeof m === "object" && m !== null).map((m) => [refOf(m), m])).values(),
];

/** Checks everything that must hold of a world with several manifests; it is accepted where all of them can be read. */
export function checkWorld(draws: Draws, several: readonly Value[]): Checked {
  const manifests = distinct(several);
  const world = worldWith(manifests);
  return {
    accepted: world.unreadable.length === 0,
    faults: [
      ...indexFaults(world),
      ...connectivityFaults(draws, world),
      ...flowFaults(draws, world),
      ...orderFaults(draws, world, manifests),
    ],
  };
}
