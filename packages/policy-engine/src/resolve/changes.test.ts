import { describe, it } from "vitest";
import type { WorldInput } from "../evaluate/world-input";
import { asked, expectSomeVerdicts } from "../testing/flow-property";
import { IndexDriver, type ChangeOrder } from "../testing/index-driver";
import { SEQUENCES, STATES, type StateName } from "../testing/index-states";
import { expectSamePartition, expectSamePolicies } from "../testing/resolve-property";
import { classifyEndpoints, endpointClasses } from "./endpoint-classes";
import { FlowJudge } from "./flow-judge";

/** Each sequence is played as it stands, backwards, from every state through nothing to the next, and twice over. */
const EXPANSIONS: Readonly<Record<string, (names: readonly StateName[]) => readonly StateName[]>> = {
  "as it stands": (names) => names,
  backwards: (names) => names.toReversed(),
  "through nothing": (names) => names.flatMap((name) => [name, "empty"]),
  "twice over": (names) => [...names, ...names],
};

const ORDERS: readonly ChangeOrder[] = ["as it comes", "reversed", "interleaved"];

const ordersOf = (expansion: string): readonly ChangeOrder[] =>
  expansion === "as it stands" || expansion === "backwards" ? ORDERS : ["interleaved"];

/** On the way from one state to the next, one object after the other: pods first, or policies first. */
function between(from: WorldInput, to: WorldInput): readonly WorldInput[] {
  return [{ ...from, pods: to.pods }, { ...to, pods: from.pods }, to];
}

function play(inputs: readonly WorldInput[], order: ChangeOrder): void {
  const driver = new IndexDriver();
  const judge = new FlowJudge(driver.index);
  const own = driver.own.bind(driver);
  for (const [from, input] of inputs.entries()) {
    const world = driver.moveTo(input, order);
    expectSamePolicies(driver.index, world, own);
    expectSamePartition(endpointClasses(driver.index), classifyEndpoints(world));
    expectSomeVerdicts(asked(driver.index, judge), world, { own, from });
  }
}

describe("an index that is led from state to state is the one built from scratch", () => {
  for (const [at, names] of SEQUENCES.entries()) {
    for (const [expansion, expand] of Object.entries(EXPANSIONS)) {
      for (const order of ordersOf(expansion)) {
        it(`sequence ${at + 1} (${names[0]} …), ${expansion}, changes ${order}`, () => {
          play(
            expand(names).map((name) => STATES[name]),
            order,
          );
        });
      }
    }
    it(`sequence ${at + 1} (${names[0]} …), split`, () => {
      const inputs: readonly WorldInput[] = names.map((name) => STATES[name]);
      play(
        inputs.flatMap((input, i) => between(inputs[i - 1] ?? STATES.empty, input)),
        "as it comes",
      );
    });
  }
});
