import {
  ALL_CONNECTIONS,
  connectionsOfProtocol,
  connectivityOf,
  judgeConnection,
  judgeEndpoint,
  parseProofEnd,
  prove,
  review,
  type Endpoint,
  type ProofEnd,
  type World,
} from "../src/index";
import { meshWorld } from "./mesh";
import type { BenchRow } from "@isthmus/bench-rows";
import { randomOf } from "./measure";

const SIZE = { pods: 10_000, policies: 1000, namespaces: 100 };
const SAMPLE = 3000;
const PORTS = [80, 443, 8080, 9000, 9090, 5432, 6379, 53, 22] as const;

/** Milliseconds of processor time, so that what else the machine does counts little. */
function timed<T>(work: () => T): { readonly value: T; readonly ms: number } {
  const started = process.cpuUsage();
  const value = work();
  const { user, system } = process.cpuUsage(started);
  return { value, ms: (user + system) / 1000 };
}

function end(text: string): ProofEnd {
  const parsed = parseProofEnd(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

const rounded = (figure: number): number => Math.round(figure * 100) / 100;

function rowOf(
  name: string,
  { ms, plainMs }: { readonly ms: number; readonly plainMs: number },
  mostMs: number,
): BenchRow {
  return {
    name,
    value: rounded(ms),
    unit: "ms",
    baseline: rounded(plainMs),
    ratio: rounded(plainMs / ms),
    target: `under ${mostMs} ms`,
    holds: ms < mostMs,
  };
}

const matching = (world: World, wanted: (endpoint: Endpoint) => boolean): readonly Endpoint[] =>
  world.endpoints.filter(wanted);

interface Pairs {
  readonly from: readonly Endpoint[];
  readonly to: readonly Endpoint[];
}

/** Milliseconds that a nested loop over all pairs and a few ports would take, from a sample of its steps. */
function nestedLoop(world: World, { from, to }: Pairs): number {
  const random = randomOf(3);
  const pick = (list: readonly Endpoint[]) => list[Math.floor(random() * list.length)];
  const { ms } = timed(() => {
    for (let i = 0; i < SAMPLE; i += 1) {
      const [source, destination] = [pick(from), pick(to)];
      const [a, b] = [source?.addresses[0], destination?.addresses[0]];
      if (!source || !destination || !a || !b) continue;
      judgeConnection({
        source: { kind: "endpoint", world, endpoint: source, address: a },
        destination: { kind: "endpoint", world, endpoint: destination, address: b },
        protocol: 6,
        sourcePort: 40_000,
        destinationPort: PORTS[i % PORTS.length] ?? 80,
      });
    }
  });
  return (ms / SAMPLE) * from.length * to.length * PORTS.length;
}

function proofs(world: World): readonly BenchRow[] {
  const made = timed(() => connectivityOf([world]));
  const to = end("tier == 'data'");
  const tcp = connectionsOfProtocol(6);
  const questions = [
    { from: end("env == 'test'"), to, claim: { kind: "no-path" as const, except: tcp } },
    { from: end("all()"), to: end("all()"), claim: { kind: "no-path" as const } },
    { from: end("app == 'app-1'"), to, claim: { kind: "every-path" as const, on: tcp } },
  ];
  const asked = questions.map((question) => timed(() => prove(made.value, question)));
  console.log(`proofs: ${asked.map(({ value, ms }) => `${value.kind} in ${rounded(ms)} ms`).join(", ")}`);
  // What holds has to look at everything; what does not stops at its witness.
  const hardest = timed(() =>
    prove(made.value, { from: end("env == 'test'"), to, claim: { kind: "no-path", except: ALL_CONNECTIONS } }),
  );
  if (hardest.value.kind !== "proved") throw new Error("a claim about nothing was not proved");
  const label = (key: string, value: string) => (endpoint: Endpoint) => endpoint.labels.get(key) === value;
  const plainMs = nestedLoop(world, {
    from: matching(world, label("env", "test")),
    to: matching(world, label("tier", "data")),
  });
  return [
    rowOf(
      `proof over ${SIZE.pods} pods under ${SIZE.policies} policies, classes and all; baseline: nested loop, ${PORTS.length} ports, from a sample`,
      { ms: made.ms + hardest.ms, plainMs },
      10_000,
    ),
    rowOf("the next proof over the same classes; baseline: the same", { ms: hardest.ms, plainMs }, 1000),
  ];
}

/** Milliseconds that taking each rule away and judging every pair again would take, from a sample of its steps. */
function reviewLoop(world: World, rules: number): number {
  const random = randomOf(5);
  const pick = () => world.endpoints[Math.floor(random() * world.endpoints.length)];
  const { ms } = timed(() => {
    for (let i = 0; i < SAMPLE; i += 1) {
      const [endpoint, peer] = [pick(), pick()];
      const [own, other] = [endpoint?.addresses[0], peer?.addresses[0]];
      if (!endpoint || !own || !other) continue;
      const destinationPort = PORTS[i % PORTS.length] ?? 80;
      const packet = { source: other, destination: own, protocol: 6, sourcePort: 40_000, destinationPort };
      judgeEndpoint(world, { endpoint, direction: "ingress", packet });
    }
  });
  return (ms / SAMPLE) * world.endpoints.length ** 2 * PORTS.length * rules;
}

function reviews(world: World): BenchRow {
  const { value, ms } = timed(() => review([world]));
  const codes = new Map<string, number>();
  for (const { code, certainty } of value.findings) {
    codes.set(`${code} (${certainty})`, (codes.get(`${code} (${certainty})`) ?? 0) + 1);
  }
  console.log(`review: ${[...codes].map(([code, count]) => `${count} ${code}`).join(", ")}`);
  return rowOf(
    `review of ${value.rules} rules of ${value.policies} policies over ${SIZE.pods} pods; baseline: nested loop, from a sample`,
    { ms, plainMs: reviewLoop(world, value.rules) },
    20_000,
  );
}

/** Measures proof and review. */
export function run(): Promise<BenchRow[]> {
  const world = meshWorld(SIZE);
  // The plain judge compiles policies when it first meets them: not what is measured.
  nestedLoop(world, { from: world.endpoints, to: world.endpoints });
  return Promise.resolve([...proofs(world), reviews(world)]);
}
