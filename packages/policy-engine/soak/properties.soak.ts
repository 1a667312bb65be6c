import fc from "fast-check";
import { connectivityOf } from "../src/connectivity/connectivity";
import { prove } from "../src/proof/prove";
import { randomMesh } from "../src/testing/arbitrary-mesh";
import { expectJudged, randomWorlds } from "../src/testing/connectivity-property";
import { expectSameMeaning } from "../src/testing/federation-property";
import { expectSameInAnyOrder, shuffledCluster } from "../src/testing/order-property";
import { expectRightAnswer, randomQuestion } from "../src/testing/proof-property";
import * as proof from "../src/testing/proof-property";
import { expectTrueFindings, policiesAndPods } from "../src/testing/review-property";
import type { Counts } from "../src/testing/resolve-property";

/** How long, and from which seed. */
interface SoakOptions {
  readonly seed: number;
  /** Random worlds are one in ten thousand of the cases: each stands for thousands of packets. */
  readonly cases: number;
  /** Ends the run after so many minutes, if it is not over before. */
  readonly minutes?: number;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** One property over random worlds, run in small parts so that a signal is heard. */
interface Property {
  readonly name: string;
  readonly check: (options: { readonly seed: number; readonly numRuns: number }) => fc.RunDetails<unknown>;
}

const COUNTS: Counts = new Map();

const property = <T>(name: string, arbitrary: fc.Arbitrary<T>, holds: (drawn: T) => void): Property => ({
  name,
  check: (options) => fc.check(fc.property(arbitrary, holds), options) as fc.RunDetails<unknown>,
});

const PROPERTIES: readonly Property[] = [
  property("meshes compiled", randomMesh, (mesh) => expectSameMeaning(mesh, COUNTS)),
  property("worlds connected", randomWorlds, (inputs) => expectJudged(inputs, COUNTS)),
  property("worlds shuffled", shuffledCluster, (both) => expectSameInAnyOrder(both, COUNTS)),
  property("claims proved", fc.tuple(proof.randomWorlds, randomQuestion), ([worlds, question]) => {
    const connectivity = connectivityOf(worlds, { view: "enforced" });
    expectRightAnswer({ connectivity, question, result: prove(connectivity, question) }, COUNTS);
  }),
  property("clusters reviewed", policiesAndPods, (drawn) => expectTrueFindings(drawn, COUNTS)),
];

const PART = 10;
const PER_CASE = 10_000;

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split("\n").slice(0, 3).join(" ").slice(0, 300);

/** Holds the engine's parts to the verdict on random worlds. */
export async function soak({ seed, cases, minutes, say, signal }: SoakOptions) {
  const endsAt = minutes === undefined ? Number.POSITIVE_INFINITY : performance.now() + minutes * 60_000;
  const counts: Record<string, number> = Object.fromEntries(PROPERTIES.map(({ name }) => [name, 0]));
  const faults: string[] = [];
  const runs = Math.ceil(cases / PER_CASE / PART);
  for (let part = 0; part < runs && !signal.aborted && performance.now() < endsAt; part += 1) {
    for (const { name, check } of PROPERTIES) {
      const { failed, numRuns, errorInstance, counterexamplePath } = check({ seed: seed + part, numRuns: PART });
      counts[name] = (counts[name] ?? 0) + numRuns;
      if (failed) faults.push(`${name}: seed ${seed + part}, path ${counterexamplePath}: ${firstLine(errorInstance)}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (part % PART === 0) say(`part ${part} of ${runs}: ${faults.length} faults`);
  }
  return { counts, faults };
}
