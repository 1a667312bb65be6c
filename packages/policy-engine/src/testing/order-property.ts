import fc from "fast-check";
import { expect } from "vitest";
import type { Endpoint } from "../evaluate/endpoint";
import { judgeEndpoint } from "../evaluate/judge";
import { buildWorld, type World } from "../evaluate/world";
import type { WorldInput } from "../evaluate/world-input";
import { randomCluster } from "./arbitrary-cluster";
import { count, DIRECTIONS, endpointsOf, packetsAt, type Counts } from "./resolve-property";

/** A cluster, and the same one with every list of it in another order. */
export interface Shuffled {
  readonly input: WorldInput;
  readonly shuffled: WorldInput;
}

const order = <T>(items: readonly T[]): fc.Arbitrary<T[]> =>
  fc.shuffledSubarray([...items], { minLength: items.length, maxLength: items.length });

/** Lists whose order says nothing: an order that does is that of rules, paths and profiles. */
const SETS: ReadonlySet<string> = new Set([
  "nets",
  "notNets",
  "ports",
  "notPorts",
  "types",
  "policyTypes",
  "names",
  "matchExpressions",
  "values",
  "expectedIPs",
  "except",
]);

/** The manifest with every list that is a set turned round. */
function turned(value: unknown, key = ""): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => turned(item));
    return SETS.has(key) ? items.reverse() : items;
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, inner]) => [name, turned(inner, name)]),
  );
}

type Services = NonNullable<WorldInput["services"]>;

const turnedServices = (services: Services): Services =>
  services.map((service) => ({ ...service, targets: [...service.targets].reverse() })).reverse();

/** Random clusters with a second order of their lists. */
export const shuffledCluster: fc.Arbitrary<Shuffled> = randomCluster.chain((input) =>
  fc
    .record({ namespaces: order(input.namespaces), pods: order(input.pods), manifests: order(input.manifests) })
    .map(({ manifests, ...lists }) => ({
      input,
      shuffled: {
        ...input,
        ...lists,
        manifests: manifests.map((manifest) => turned(manifest)),
        ...(input.services && { services: turnedServices(input.services) }),
        ...(input.serviceAccounts && { serviceAccounts: [...input.serviceAccounts].reverse() }),
      },
    })),
);

const keyOf = ({ kind, namespace, name }: Endpoint): string => `${kind}/${namespace}/${name}`;

/** Many clusters with some packets show more than few clusters with all of them. */
const ONE_IN = 7;

/** Every packet that is tried gets the same verdict and the same trace in both orders. */
export function expectSameInAnyOrder({ input, shuffled }: Shuffled, counts: Counts): void {
  const [world, other]: readonly World[] = [buildWorld(input), buildWorld(shuffled)];
  if (!world || !other) return;
  const others = new Map(endpointsOf(other).map((endpoint) => [keyOf(endpoint), endpoint]));
  for (const endpoint of endpointsOf(world)) {
    const same = others.get(keyOf(endpoint));
    if (!same) throw new Error(`${keyOf(endpoint)} is lost`);
    for (const direction of DIRECTIONS) {
      for (const [index, packet] of packetsAt(world, endpoint, direction).entries()) {
        if (index % ONE_IN !== 0) continue;
        const verdict = judgeEndpoint(world, { endpoint, direction, packet });
        expect(judgeEndpoint(other, { endpoint: same, direction, packet })).toEqual(verdict);
        count(counts, verdict.verdict);
        if (verdict.pending.verdict !== verdict.verdict) count(counts, "pending differs");
      }
    }
  }
}
