import fc from "fast-check";
import type { WorldInput } from "../evaluate/world-input";
import { classifyEndpoints, endpointClasses } from "../resolve/endpoint-classes";
import { FlowJudge } from "../resolve/flow-judge";
import { objectKey, podNumber, randomCluster, SERVICES } from "./arbitrary-cluster";
import { policyManifest, setManifest, tierManifest } from "./arbitrary-policy";
import { asked, expectSomeVerdicts } from "./flow-property";
import { IndexDriver } from "./index-driver";
import { count, expectSamePartition, expectSamePolicies, type Counts } from "./resolve-property";

/** An index under change, and the state that it ought to show. */
interface Model {
  input: WorldInput;
}

interface Real {
  readonly driver: IndexDriver;
  readonly judge: FlowJudge;
  readonly counts: Counts;
  steps: number;
}

/** One change of the cluster, whatever it was before. */
class Change implements fc.Command<Model, Real> {
  readonly #name: string;
  readonly #to: (input: WorldInput) => WorldInput;

  constructor(name: string, to: (input: WorldInput) => WorldInput) {
    this.#name = name;
    this.#to = to;
  }

  check(): boolean {
    return true;
  }

  run(model: Model, real: Real): void {
    model.input = this.#to(model.input);
    real.steps += 1;
    count(real.counts, this.#name);
    const { driver, judge } = real;
    const own = driver.own.bind(driver);
    const world = driver.moveTo(model.input);
    expectSamePolicies(driver.index, world, own);
    expectSamePartition(endpointClasses(driver.index), classifyEndpoints(world));
    expectSomeVerdicts(asked(driver.index, judge), world, { own, from: real.steps });
  }

  toString(): string {
    return this.#name;
  }
}

const change = <T>(name: string, drawn: fc.Arbitrary<T>, to: (input: WorldInput, value: T) => WorldInput) =>
  drawn.map((value) => new Change(name, (input) => to(input, value)));

const manifests = (name: string, drawn: typeof policyManifest) =>
  change(name, drawn, (input, manifest) => ({
    ...input,
    manifests: [...input.manifests.filter((m) => objectKey(m as typeof manifest) !== objectKey(manifest)), manifest],
  }));

const commands = [
  manifests("put policy", policyManifest),
  manifests("put policy", policyManifest),
  manifests("put tier", tierManifest),
  manifests("put set", setManifest),
  change("drop manifest", fc.nat(20), (input, at) => ({
    ...input,
    manifests: input.manifests.filter((_, i) => i !== at % (input.manifests.length + 1)),
  })),
  change(
    "put pod",
    fc.constantFrom(1, 2, 3, 4, 5, 6).chain((index) => podNumber(index)),
    (input, pod) => ({ ...input, pods: [...input.pods.filter(({ name }) => name !== pod.name), pod] }),
  ),
  change("drop pod", fc.nat(6), (input, at) => ({ ...input, pods: input.pods.filter((_, i) => i !== at) })),
  change("label namespace", fc.constantFrom("web", "data"), (input, team) => ({
    ...input,
    namespaces: input.namespaces.map((ns, i) => (i === 0 ? { ...ns, labels: { team } } : ns)),
  })),
  change("drop namespace", fc.nat(1), (input, at) => ({
    ...input,
    namespaces: input.namespaces.filter((_, i) => i !== at),
  })),
  change("services", fc.boolean(), ({ services, ...input }, known) =>
    known ? { ...input, services: services ?? SERVICES } : input,
  ),
];

/** After any sequence of changes an index shows what one built from scratch does: policies, classes and verdicts. */
export function expectSameAfterChanges(numRuns: number): Counts {
  const counts: Counts = new Map();
  fc.assert(
    fc.property(randomCluster, fc.commands(commands, { maxCommands: 12, size: "max" }), (input, drawn) => {
      fc.modelRun(() => {
        const driver = new IndexDriver();
        driver.moveTo(input);
        return { model: { input }, real: { driver, judge: new FlowJudge(driver.index), counts, steps: 0 } };
      }, drawn);
    }),
    { numRuns },
  );
  return counts;
}
