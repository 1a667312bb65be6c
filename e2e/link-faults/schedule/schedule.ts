import { drawsFrom, type Draws } from "../../support/seeded";
import { CATALOGUE, kindText, type Kind } from "./catalogue";

/** One fault: what, on which of several, when and for how long. */
export interface Step {
  readonly kind: Kind;
  /** Which agent or gateway, from 0; for a hop, whose connection. Stores are one. */
  readonly which: number;
  /** Since the schedule began. */
  readonly atMs: number;
  /** How long a process is away or stopped, or a fault lasts. */
  readonly forMs: number;
  /** Seconds by which a clock is set, bytes a second of a slow link, ms of latency, bytes of a limit; 0 for others. */
  readonly amount: number;
}

/** Everything that a run of the rig depends on, drawn from a seed. Plain data: its JSON is the schedule again. */
export interface Schedule {
  readonly seed: number;
  readonly agents: number;
  readonly gateways: number;
  /** Buckets that Goldmane remembers when the schedule begins. */
  readonly history: number;
  /** Most flows of a bucket; some are without. */
  readonly flowsOfBucket: number;
  /** The flows of one bucket, where that is to be more than a part holds; 0 where none is. */
  readonly bigBucket: number;
  /** Latency of the agents' links, which stretches delivery over the schedule. */
  readonly linkLatencyMs: number;
  /** Whether its time runs from when the agents are started, or from when all of them stream flows. */
  readonly begins: "at-once" | "streaming";
  /** When the policy that the clusters are to hold changes. */
  readonly changesAtMs: readonly number[];
  readonly lastsMs: number;
  readonly steps: readonly Step[];
}

/** The longest schedule. */
export const LONGEST_MS = 20_000;
const SHORTEST_MS = 8_000;
const FIRST_MS = 200;
const GATEWAYS = 2;
const CLOCK_SECONDS = [-600, -90, -20, 20, 90, 600];

/** The schedule of a seed. As many seeds in a row as there are kinds bring each kind twice at least. */
export function scheduleOf(seed: number): Schedule {
  const draws = drawsFrom(seed);
  const agents = 1 + Math.floor(draws.next() * 3);
  const lastsMs = Math.round(draws.between(SHORTEST_MS, LONGEST_MS));
  const extra = Array.from({ length: Math.floor(draws.next() * 3) }, () => draws.pick(CATALOGUE));
  const steps = [...duePairOf(seed), ...extra].map((kind) => drawStep(draws, kind, { agents, lastsMs }));
  const changes = 1 + Math.floor(draws.next() * 3);
  return {
    seed,
    agents,
    gateways: GATEWAYS,
    history: Math.round(draws.between(30, 120)),
    flowsOfBucket: Math.round(draws.between(2, 16)),
    bigBucket: draws.next() < 0.12 ? Math.round(draws.between(5_001, 6_500)) : 0,
    linkLatencyMs: Math.round(draws.between(20, 300)),
    begins: draws.next() < 0.25 ? "at-once" : "streaming",
    changesAtMs: Array.from({ length: changes }, () => Math.round(draws.between(0, lastsMs * 0.9))).toSorted(
      (a, b) => a - b,
    ),
    lastsMs,
    steps: steps.toSorted((a, b) => a.atMs - b.atMs),
  };
}

/** Two kinds by turns, in pairs that change from one round to the next. */
function duePairOf(seed: number): readonly Kind[] {
  const count = CATALOGUE.length;
  const round = Math.floor(seed / count);
  // INVARIANT: 7 has no divisor in common with the count, so each round of the second comes by every kind too.
  return [seed, 7 * seed + 3 * round + 1].map((place) => CATALOGUE[place % count] as Kind);
}

function drawStep(draws: Draws, kind: Kind, { agents, lastsMs }: Pick<Schedule, "agents" | "lastsMs">): Step {
  const atMs = Math.round(draws.between(FIRST_MS, lastsMs * 0.8));
  const mostMs = Math.min(lastsMs - atMs, longestOf(kind));
  return {
    kind,
    which: Math.floor(draws.next() * (howMany(kind, agents) || 1)),
    atMs,
    forMs: Math.round(draws.between(Math.min(300, mostMs), mostMs)),
    amount: amountOf(kind, draws),
  };
}

/** A store that is away holds everybody up: it may not for the whole schedule. */
function longestOf({ fault, at }: Kind): number {
  if (fault === "kill" || fault === "terminate" || fault === "spool-lost") return 4_000;
  return at === "postgres" || at === "clickhouse" ? 10_000 : LONGEST_MS;
}

function howMany({ at }: Kind, agents: number): number {
  if (at === "postgres" || at === "clickhouse") return 1;
  return at.startsWith("gateway") ? GATEWAYS : agents;
}

function amountOf({ fault }: Kind, draws: Draws): number {
  if (fault === "clock") return draws.pick(CLOCK_SECONDS);
  if (fault === "slow") return Math.round(draws.between(4_000, 60_000));
  if (fault === "latency") return Math.round(draws.between(200, 2_500));
  return fault === "limit" ? Math.round(draws.between(500, 40_000)) : 0;
}

/** How often each kind comes in schedules, also those that do not come. */
export function coverageOf(schedules: readonly Schedule[]): ReadonlyMap<string, number> {
  const counts = new Map(CATALOGUE.map((kind) => [kindText(kind), 0]));
  for (const { kind } of schedules.flatMap(({ steps }) => steps))
    counts.set(kindText(kind), (counts.get(kindText(kind)) ?? 0) + 1);
  return counts;
}

/** A schedule in lines for people. */
export function scheduleText({ seed, agents, lastsMs, history, linkLatencyMs, begins, steps }: Schedule): string {
  const head = `seed ${seed}: ${agents} agents, ${history} buckets, ${linkLatencyMs} ms of latency, ${begins}, ${seconds(lastsMs)}`;
  const lines = steps.map(({ kind, which, atMs, forMs, amount }) => {
    const how = amount === 0 ? "" : `, ${amount}`;
    return `  ${seconds(atMs)} ${kindText(kind)} ${which} for ${seconds(forMs)}${how}`;
  });
  return [head, ...lines].join("\n");
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
