import fc from "fast-check";
import { expect } from "vitest";
import { changePolicies } from "../connectivity/change-policies";
import { changedPassages } from "../connectivity/changes";
import { connectivityOf, type Connectivity, type Passage } from "../connectivity/connectivity";
import { nameEndpoints } from "../connectivity/names";
import { printText } from "../connectivity/print";
import { updateConnectivity } from "../connectivity/update";
import type { WorldInput } from "../evaluate/world-input";
import { buildMesh, type World } from "../evaluate/world";
import { sameConnections } from "../sets/connection-set";
import { randomWorlds } from "./connectivity-property";

/** A mesh, and which of its policies are there after each step, by their places. */
export interface PolicyChanges {
  readonly inputs: readonly WorldInput[];
  readonly steps: readonly (readonly number[])[];
  readonly view: "enforced" | "pending";
}

/** Random meshes whose policies come and go. */
export const policyChanges: fc.Arbitrary<PolicyChanges> = fc.record({
  inputs: randomWorlds,
  steps: fc.array(fc.subarray([0, 1, 2, 3, 4, 5, 6, 7]), { minLength: 2, maxLength: 4 }),
  view: fc.constantFrom("enforced" as const, "pending" as const),
});

/** The world with those of its policies whose places are named. */
export function withOnly(world: World, places: readonly number[]): World {
  const policies = world.tiers.flatMap((tier) => tier.policies);
  return changePolicies(world, { removed: policies.filter((_, at) => !places.includes(at % 8)) });
}

const print = (connectivity: Connectivity): string =>
  printText(connectivity, { nameOf: nameEndpoints([]), explain: true });

interface PlacedAddress {
  readonly old: number;
  readonly young: number;
}

/** Every address of an endpoint, with the nodes that it belongs to before and after. */
function placedAddresses(previous: Connectivity, next: Connectivity): readonly PlacedAddress[] {
  const places = (connectivity: Connectivity) =>
    new Map(
      connectivity.nodes.flatMap((node, at) =>
        node.kind === "endpoints" ? node.members.map(({ address }) => [address, at] as const) : [],
      ),
    );
  const [old, young] = [places(previous), places(next)];
  return [...old].flatMap(([address, at]) => {
    const now = young.get(address);
    return now === undefined ? [] : [{ old: at, young: now }];
  });
}

const differ = (a: Passage, b: Passage): boolean =>
  !sameConnections(a.allowed, b.allowed) || !sameConnections(a.unknown, b.unknown);

/** What an update is said to have changed is all that it changed. */
function expectAllChanges(previous: Connectivity, next: Connectivity): void {
  const told = new Set<string>();
  for (const { source, destination, before, after } of changedPassages(previous, next)) {
    expect(differ(before, after)).toBe(true);
    told.add(`${source} ${destination}`);
  }
  const addresses = placedAddresses(previous, next);
  const missed = addresses.flatMap((from) =>
    addresses
      .filter((to) => differ(previous.between(from.old, to.old), next.between(from.young, to.young)))
      .filter((to) => !told.has(`${from.young} ${to.young}`)),
  );
  expect(missed).toEqual([]);
}

/** After every step the updated answer is the one that is worked out from scratch, with what decides. */
export function expectSameAsFromScratch({ inputs, steps, view }: PolicyChanges): void {
  const full = buildMesh(inputs);
  let updated = connectivityOf(
    full.map((world) => withOnly(world, steps[0] ?? [])),
    { view },
  );
  for (const places of steps) {
    const worlds = full.map((world) => withOnly(world, places));
    const bare = worlds.map((world) => changePolicies(world, {}));
    const previous = updated;
    updated = updateConnectivity(previous, worlds);
    expectAllChanges(previous, updated);
    expect(updated.analysis.updates).toBeGreaterThan(0);
    expect(print(updated)).toBe(print(connectivityOf(bare, { view })));
  }
}
