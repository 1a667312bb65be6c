import fc from "fast-check";
import { expect } from "vitest";
import { changePolicies } from "../connectivity/change-policies";
import { connectivityOf, type Connectivity } from "../connectivity/connectivity";
import { nameEndpoints } from "../connectivity/names";
import { printText } from "../connectivity/print";
import { updateConnectivity } from "../connectivity/update";
import type { WorldInput } from "../evaluate/world-input";
import { buildMesh, type World } from "../evaluate/world";
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
function withOnly(world: World, places: readonly number[]): World {
  const policies = world.tiers.flatMap((tier) => tier.policies);
  return changePolicies(world, { removed: policies.filter((_, at) => !places.includes(at % 8)) });
}

const print = (connectivity: Connectivity): string =>
  printText(connectivity, { nameOf: nameEndpoints([]), explain: true });

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
    updated = updateConnectivity(updated, worlds);
    expect(updated.analysis.updates).toBeGreaterThan(0);
    expect(print(updated)).toBe(print(connectivityOf(bare, { view })));
  }
}
