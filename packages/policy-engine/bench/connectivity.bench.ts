import {
  changedPassages,
  changePolicies,
  connectivityOf,
  judgeConnection,
  updateConnectivity,
  type Connectivity,
  type Endpoint,
  type Policy,
  type World,
} from "../src/index";
import { meshWorld } from "./mesh";
import type { BenchRow } from "@isthmus/bench-rows";
import { medianMs, randomOf } from "./measure";

const SIZE = { pods: 10_000, policies: 1000, namespaces: 100 };

const round = (figure: number): number => Math.round(figure * 100) / 100;

function countOf(things: Iterable<unknown>): number {
  let count = 0;
  for (const _ of things) count += 1;
  return count;
}

/** Milliseconds that a plain nested loop over all pairs would take for one single port, from a sample of the pairs. */
function nestedLoopMs(world: World): number {
  const random = randomOf(3);
  const pick = (): Endpoint => world.endpoints[Math.floor(random() * world.endpoints.length)] as Endpoint;
  const judge = (): void => {
    const [source, destination] = [pick(), pick()];
    const [from, to] = [source.addresses[0], destination.addresses[0]];
    if (!from || !to) return;
    judgeConnection({
      source: { kind: "endpoint", world, endpoint: source, address: from },
      destination: { kind: "endpoint", world, endpoint: destination, address: to },
      protocol: 6,
      sourcePort: 40_000,
      destinationPort: 80,
    });
  };
  // Policies of each endpoint are looked for once and kept: what is measured is the loop, not that.
  for (let i = 0; i < 2000; i += 1) judge();
  const sample = 2000;
  const started = performance.now();
  for (let i = 0; i < sample; i += 1) judge();
  return ((performance.now() - started) / sample) * world.endpoints.length ** 2;
}

const policiesOf = (world: World): readonly Policy[] => world.tiers.flatMap(({ policies }) => policies);

type Edit = (policy: Policy) => Policy;

/** A first rule for port 7, which the policy had not: the same subject, another answer. */
const withPort: Edit = (policy) => {
  const ports = [{ kind: "range", from: 7, to: 7 }] as const;
  const edit = ([first, ...rest]: Policy["ingress"]) =>
    first ? [{ ...first, protocol: 6, destination: { ...first.destination, ports } }, first, ...rest] : [];
  return { ...policy, ingress: edit(policy.ingress), egress: edit(policy.egress) };
};

/** A first rule for a range that nobody named before, so that addresses are told apart anew. */
const withRange: Edit = (policy) => {
  const nets = [{ version: 4, base: 0x0a000100n + 3n, prefix: 32 } as const];
  const edit = ([first, ...rest]: Policy["ingress"], side: "source" | "destination") =>
    first ? [{ ...first, [side]: { nets, notNets: [], ports: [], notPorts: [], domains: [] } }, first, ...rest] : [];
  return { ...policy, ingress: edit(policy.ingress, "source"), egress: edit(policy.egress, "destination") };
};

/** Policies at a place among all, by how many endpoints they select. */
function policyAt(world: World, connectivity: Connectivity, share: number): Policy {
  const selected = new Map<Policy, number>();
  for (const endpoint of world.endpoints) {
    for (const direction of ["ingress", "egress"] as const) {
      for (const { tiers } of connectivity.analysis.clusters[0]?.subjects.of(endpoint, direction).stages ?? []) {
        for (const policy of tiers.flatMap(({ policies }) => policies)) {
          selected.set(policy, (selected.get(policy) ?? 0) + 1);
        }
      }
    }
  }
  const sorted = policiesOf(world)
    .filter((policy) => policy.stagedAction === undefined && (selected.get(policy) ?? 0) > 0)
    .toSorted((a, b) => (selected.get(a) ?? 0) - (selected.get(b) ?? 0));
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as Policy;
}

interface Measured {
  readonly name: string;
  readonly value: number;
  readonly baseline: number;
  readonly most: number;
}

const row = ({ name, value, baseline, most }: Measured): BenchRow => ({
  name,
  value: round(value),
  unit: "ms",
  baseline: round(baseline),
  ratio: round(baseline / value),
  target: `under ${most} ms`,
  holds: value < most,
});

/** Changes a policy to and fro, and counts what that changes. */
function update(from: Connectivity, policy: Policy, edit: Edit) {
  const world = from.worlds[0] as World;
  const other = edit(policy);
  const changed = changePolicies(world, { removed: [policy], added: [other] });
  const back = changePolicies(changed, { removed: [other], added: [policy] });
  let [current, count, turn] = [from, 0, 0];
  const ms = medianMs(5, () => {
    const next = updateConnectivity(current, [(turn += 1) % 2 === 1 ? changed : back]);
    count = countOf(changedPassages(current, next));
    current = next;
  });
  return { ms, count };
}

/** Measures exact connectivity from scratch, and after the change of one policy. */
export function run(): Promise<BenchRow[]> {
  const world = meshWorld(SIZE);
  const baseline = nestedLoopMs(world);
  let [connectivity, rows] = [connectivityOf([world]), 0];
  const scratch = medianMs(3, () => {
    connectivity = connectivityOf([world]);
    rows = countOf(connectivity.rows());
  });
  const edits = [
    { name: "policy of the median: a port", share: 0.5, edit: withPort },
    { name: "policy of p99: a port", share: 0.99, edit: withPort },
    { name: "policy of the median: a new range", share: 0.5, edit: withRange },
  ];
  const updates = edits.map(({ name, share, edit }) => {
    const { ms, count } = update(connectivity, policyAt(world, connectivity, share), edit);
    return row({
      name: `after a change of a ${name}, ${count} passages differ`,
      value: ms,
      baseline: scratch,
      most: 500,
    });
  });
  const memory = Math.round(process.memoryUsage().rss / 1e6);
  return Promise.resolve([
    row({
      name: `connectivity of 10,000 pods, 1,000 policies: ${rows} rows of ${connectivity.nodes.length} nodes, ${memory} MB`,
      value: scratch,
      baseline,
      most: 10_000,
    }),
    ...updates,
  ]);
}
