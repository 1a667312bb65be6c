import {
  endpointClasses,
  FlowJudge,
  indexWorld,
  compileSelector,
  judgeConnection,
  policySelector,
  type EndId,
  type Endpoint,
  type Policy,
  type PolicyIndex,
  type SelectorNode,
  type World,
} from "../src/index";
import { meshWorld, relabelled } from "./mesh";
import type { BenchRow } from "@isthmus/bench-rows";
import { randomOf } from "./measure";

const SIZE = { pods: 100_000, policies: 10_000, namespaces: 250 };
const DIRECTIONS = ["ingress", "egress"] as const;
const PORTS = [80, 443, 8080, 9000, 9090, 5432, 6379, 53, 22] as const;

interface Timed<T> {
  readonly value: T;
  readonly ms: number;
  /** Time of processors, which others on the machine do not lengthen as much. */
  readonly cpuMs: number;
}

function timed<T>(work: () => T): Timed<T> {
  const cpu = process.cpuUsage();
  const started = performance.now();
  const value = work();
  const ms = performance.now() - started;
  const { user, system } = process.cpuUsage(cpu);
  return { value, ms, cpuMs: (user + system) / 1000 };
}

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

const ascending = (numbers: readonly number[]): readonly number[] => numbers.toSorted((a, b) => a - b);

const policiesOf = (world: World): readonly Policy[] => world.tiers.flatMap(({ policies }) => policies);

function countOf(things: Iterable<unknown>): number {
  let count = 0;
  for (const _ of things) count += 1;
  return count;
}

const asksOtherwise = (node: SelectorNode): boolean => {
  if (node.kind === "or") return true;
  if (node.kind === "and") return node.operands.some(asksOtherwise);
  if (node.kind === "not") return true;
  return (
    (node.kind === "compare" && node.operator === "!=") || (node.kind === "membership" && node.operator === "not in")
  );
};

/** The mesh is what it is said to be, or the figures say nothing. */
function describeMesh(world: World, index: PolicyIndex): void {
  const all = policiesOf(world);
  const selected = ascending(all.map((policy) => countOf(index.endpointsOf(policy))));
  const own = all.flatMap(({ selector, ingress, egress }) => [
    ...(selector ? [selector.node] : []),
    ...ingress.flatMap(({ source }) => (source.selector ? [source.selector.node] : [])),
    ...egress.flatMap(({ destination }) => (destination.selector ? [destination.selector.node] : [])),
  ]);
  const [median, p99] = [quantile(selected, 0.5), quantile(selected, 0.99)];
  const negating = own.filter(asksOtherwise).length / own.length;
  const classes = endpointClasses(index).classes.length;
  console.log(
    `mesh: ${world.endpoints.length} endpoints in ${classes} classes, ${all.length} policies in ${world.tiers.length} tiers; ` +
      `a policy selects ${median} at the median, ${p99} at p99; ${Math.round(negating * 100)} % of selectors use negation or ||`,
  );
  const holds = [
    median >= 40 && median <= 60,
    p99 >= 15_000 && p99 <= 25_000,
    negating >= 0.17 && negating <= 0.25,
    classes >= 2000,
    world.unreadable.length === 0,
  ];
  if (holds.includes(false)) throw new Error(`the mesh is not what it ought to be: ${JSON.stringify(holds)}`);
}

/** Resolves the policies of every endpoint, and counts them. */
function resolveAll(index: PolicyIndex, endpoints: readonly Endpoint[]): number {
  let count = 0;
  for (const endpoint of endpoints) {
    for (const direction of DIRECTIONS) {
      for (const { policies } of index.policiesOf(endpoint, direction)?.pending ?? []) count += policies.length;
    }
  }
  return count;
}

function indexed(world: World): PolicyIndex {
  const index = indexWorld(world);
  if (!index) throw new Error("the world has no holdings");
  return index;
}

interface Plain {
  readonly policy: Policy;
  readonly selects: (labels: Endpoint["labels"]) => boolean;
}

const plainOf = (world: World): readonly Plain[] =>
  policiesOf(world).map((policy) => ({ policy, selects: compileSelector(policySelector(policy)) }));

/** The plain way, on a sample: every policy's selector against every endpoint. Milliseconds for one endpoint. */
function nestedLoopMs(world: World, plain: readonly Plain[], sample: number): number {
  const step = Math.floor(world.endpoints.length / sample);
  let found = 0;
  const { ms } = timed(() => {
    for (let at = 0; at < sample; at += 1) {
      const endpoint = world.endpoints[at * step];
      for (const direction of DIRECTIONS) {
        found += plain.filter(
          ({ policy, selects }) => policy.types.includes(direction) && endpoint && selects(endpoint.labels),
        ).length;
      }
    }
  });
  if (found === 0) throw new Error("no policy selects anything");
  return ms / sample;
}

interface Ground {
  readonly world: World;
  readonly index: PolicyIndex;
  readonly plain: readonly Plain[];
}

function building(world: World): { readonly ground: Ground; readonly rows: readonly BenchRow[] } {
  const before = megabytes();
  const built = timed(() => {
    const index = indexed(world);
    resolveAll(index, world.endpoints);
    return index;
  });
  console.log(`indexed and resolved: ${Math.round(built.cpuMs)} ms of processor time`);
  const peak = Math.round(process.resourceUsage().maxRSS / 1024);
  const ground = { world, index: built.value, plain: plainOf(world) };
  const baseline = nestedLoopMs(world, ground.plain, 200) * world.endpoints.length;
  const rows = [
    row("index 100,000 endpoints, 10,000 policies; policies of every endpoint (loop: 200 endpoints, scaled)", {
      unit: "ms",
      value: built.ms,
      baseline,
      most: 10_000,
    }),
    row("memory at its peak, mesh and all (baseline: before the index)", {
      unit: "MB",
      value: peak,
      baseline: before,
      most: 1500,
    }),
  ];
  return { ground, rows };
}

const megabytes = (): number => Math.round(process.memoryUsage().rss / 1024 / 1024);

/** One endpoint gets the labels of another; its policies and its class are asked for. */
function endpointChanges({ world, index, plain }: Ground): readonly BenchRow[] {
  const random = randomOf(11);
  const pick = () => world.endpoints[Math.floor(random() * world.endpoints.length)];
  const times: number[] = [];
  for (let n = 0; n < 2000; n += 1) {
    const [endpoint, other] = [pick(), pick()];
    if (!endpoint || !other) continue;
    const changed = relabelled(endpoint, { app: other.labels.get("app") ?? "", version: `v${n % 3}` });
    const { ms } = timed(() => {
      index.replaceEndpoint(endpoint, changed);
      resolveAll(index, [changed]);
      index.classKeyOf(changed);
    });
    times.push(ms);
    index.replaceEndpoint(changed, endpoint);
  }
  const sorted = ascending(times);
  const baseline = nestedLoopMs(world, plain, 100);
  return [0.5, 0.99].map((share) =>
    row(`one endpoint changes, ${share === 0.5 ? "median" : "p99"} (loop: 100 endpoints)`, {
      unit: "ms",
      value: quantile(sorted, share),
      baseline,
      most: 1,
    }),
  );
}

const HAS_LEGACY: SelectorNode = { kind: "has", label: "legacy" };

function withOtherSelector(policy: Policy): Policy {
  const node = policy.selector?.node ?? { kind: "all" };
  return { ...policy, selector: { text: "", node: { kind: "or", operands: [node, HAS_LEGACY] } } };
}

/** The selector of one policy changes; the policies of every endpoint that it selected or selects are asked for. */
function policyChanges({ world, index, plain }: Ground): readonly BenchRow[] {
  const all = policiesOf(world);
  const measured = all.flatMap((policy, at) => {
    if (at % 33 !== 0) return [];
    const changed = withOtherSelector(policy);
    const touched = new Set(index.endpointsOf(policy));
    const { ms } = timed(() => {
      index.replacePolicy(policy, changed);
      for (const endpoint of index.endpointsOf(changed)) touched.add(endpoint);
      resolveAll(index, [...touched]);
    });
    index.replacePolicy(changed, policy);
    return [{ ms, touched: touched.size }];
  });
  const byTouched = measured.toSorted((a, b) => a.touched - b.touched);
  const most = byTouched.slice(-10);
  const perEndpoint = most.reduce((sum, { ms, touched }) => sum + ms / touched, 0) / most.length;
  console.log(
    `policy changes: ${measured.length}, touching ${quantile(
      byTouched.map(({ touched }) => touched),
      0.5,
    )} endpoints at the median and ` +
      `${byTouched.at(-1)?.touched} at most; ${(perEndpoint * 1000).toFixed(2)} µs an endpoint in the ten largest`,
  );
  const [one] = plain;
  const baseline = timed(() => world.endpoints.filter(({ labels }) => one?.selects(labels))).ms;
  const sorted = ascending(measured.map(({ ms }) => ms));
  return [0.5, 0.99].map((share) =>
    row(`one policy changes, ${share === 0.5 ? "median" : "p99"} (loop: its selector alone, on all endpoints)`, {
      unit: "ms",
      value: quantile(sorted, share),
      baseline,
      most: share === 0.5 ? 10 : 500,
    }),
  );
}

interface Flow {
  readonly source: EndId;
  readonly destination: EndId;
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** Distinct pairs of endpoints, drawn anew for every use. */
function flowsOf(ends: readonly EndId[], count: number, random: () => number): readonly Flow[] {
  const pick = () => ends[Math.floor(random() * ends.length)] ?? (0 as EndId);
  return Array.from({ length: count }, () => ({
    source: pick(),
    destination: pick(),
    protocol: 6,
    sourcePort: 40_000,
    destinationPort: PORTS[Math.floor(random() * PORTS.length)] ?? 80,
  }));
}

/** The plain judge at both ends of pairs that it has not met: it looks for the policies of each by a nested loop. */
function plainRate({ world }: Ground, judge: FlowJudge, flows: readonly Flow[]): number {
  const ends = new Map(world.endpoints.map((endpoint) => [judge.endOf(endpoint), endpoint]));
  const { ms } = timed(() => {
    for (const { source, destination, ...header } of flows) {
      const [from, to] = [ends.get(source), ends.get(destination)];
      const [a, b] = [from?.addresses[0], to?.addresses[0]];
      if (!from || !to || !a || !b) continue;
      const { verdict } = judgeConnection({
        ...header,
        source: { kind: "endpoint", world, endpoint: from, address: a },
        destination: { kind: "endpoint", world, endpoint: to, address: b },
      });
      if (verdict !== judge.verdict({ source, destination, ...header })) throw new Error("the judges differ");
    }
  });
  return flows.length / ms;
}

function verdicts(ground: Ground): readonly BenchRow[] {
  const judge = new FlowJudge(ground.index);
  const random = randomOf(3);
  const ends = ground.world.endpoints.flatMap((endpoint) => judge.endOf(endpoint) ?? []);
  const compiled = timed(() => {
    for (const source of ends) judge.verdict({ source, destination: source, protocol: 6, destinationPort: 1 });
  });
  console.log(`programs and rows of all ${ends.length} ends: ${Math.round(compiled.ms)} ms`);
  const plain = plainRate(ground, judge, flowsOf(ends, 20, random));
  const rates = [1, 2, 3].map(() => {
    const flows = flowsOf(ends, 1_000_000, random);
    let allowed = 0;
    const { ms, cpuMs } = timed(() => {
      for (const flow of flows) if (judge.verdict(flow) === "allow") allowed += 1;
    });
    return { rate: flows.length / ms, cpuRate: flows.length / cpuMs, allowed: allowed / flows.length };
  });
  const traces = [1, 2, 3].map(() => {
    const flows = flowsOf(ends, 100_000, random);
    let steps = 0;
    const { ms, cpuMs } = timed(() => {
      for (const flow of flows) steps += judge.trace(flow, "ingress")?.trace.length ?? 0;
    });
    return { rate: flows.length / ms, cpuRate: flows.length / cpuMs, steps: steps / flows.length };
  });
  console.log(
    `flows: ${((rates[0]?.allowed ?? 0) * 100).toFixed(1)} % allowed; a trace has ${(traces[0]?.steps ?? 0).toFixed(1)} steps`,
  );
  const median = (all: readonly { readonly rate: number }[]) => quantile(ascending(all.map(({ rate }) => rate)), 0.5);
  const byCpu = (all: readonly { readonly cpuRate: number }[]) =>
    Math.round(quantile(ascending(all.map(({ cpuRate }) => cpuRate)), 0.5));
  console.log(`by processor time: ${byCpu(rates)} k/s without trace, ${byCpu(traces)} k/s with it`);
  return [
    row("flows judged at both ends, distinct pairs never seen (plain judge: 20 pairs)", {
      unit: "k/s",
      value: median(rates),
      baseline: plain,
      least: 1000,
    }),
    row("verdicts with trace, distinct pairs never seen (plain judge: 20 pairs)", {
      unit: "k/s",
      value: median(traces),
      baseline: plain,
      least: 100,
    }),
  ];
}

interface Figure {
  readonly unit: string;
  readonly value: number;
  readonly baseline: number;
  /** The most that it may be, or the least. */
  readonly most?: number;
  readonly least?: number;
}

function row(name: string, { unit, value, baseline, most, least }: Figure): BenchRow {
  const round = (figure: number) => Number(figure.toPrecision(4));
  const ratio = most === undefined ? value / baseline : baseline / value;
  const target = most === undefined ? `over ${least ?? 0} ${unit}` : `under ${most} ${unit}`;
  const holds = (most === undefined || value < most) && (least === undefined || value > least);
  return { name, unit, value: round(value), baseline: round(baseline), ratio: round(ratio), target, holds };
}

/** Measures the index, its changes and the fast verdicts on a large mesh. */
export function run(): Promise<BenchRow[]> {
  const read = timed(() => meshWorld(SIZE));
  console.log(`mesh drawn and read in ${Math.round(read.ms)} ms, ${megabytes()} MB`);
  const { ground, rows } = building(read.value);
  describeMesh(ground.world, ground.index);
  return Promise.resolve([...rows, ...endpointChanges(ground), ...policyChanges(ground), ...verdicts(ground)]);
}
