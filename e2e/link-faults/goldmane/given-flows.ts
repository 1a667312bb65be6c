import { drawsFrom } from "../../support/seeded";

/** Length of a bucket in seconds. */
export const BUCKET = 15;

/** The start of the bucket in which a time lies, in Unix seconds. */
export const bucketOf = (seconds: number): number => Math.floor(seconds / BUCKET) * BUCKET;

/** What was counted of a flow in one bucket. */
export interface Counts {
  readonly packets: number;
  readonly bytes: number;
  readonly connections: number;
}

/** A flow of one bucket; its destination port tells it from the others. */
export interface GivenFlow extends Counts {
  readonly port: number;
  readonly denied: boolean;
}

/** What decides which flows a Goldmane has seen. */
export interface Script {
  readonly seed: number;
  /** Most flows of a bucket. */
  readonly most: number;
  /** One bucket of the first incarnation has so many; 0: none has. */
  readonly big: number;
  /** Share of the buckets to which flows come after they were streamed, from 0 to 1. */
  readonly lateShare: number;
}

const FIRST_PORT = 1_000;
const FIRST_LATE_PORT = 40_000;
const EMPTY_SHARE = 0.15;
const LATE_AFTER_SECONDS = 40;

/** Which run of Goldmane, from 0, and where its memory begins. */
export interface Run {
  readonly index: number;
  readonly firstBucket: number;
}

/** The flows that a Goldmane has of a bucket when it first streams it: the same whenever it is asked. */
export function flowsOf(script: Script, { index, firstBucket }: Run, bucket: number): readonly GivenFlow[] {
  const draws = drawsFrom(Math.imul(script.seed + 1, 0x9e3779b1) ^ (bucket + 7_919 * index));
  const isBig = script.big > 0 && index === 0 && bucket === firstBucket + 10 * BUCKET;
  const drawn = draws.next() < EMPTY_SHARE ? 0 : 1 + Math.floor(draws.next() * script.most);
  return Array.from({ length: isBig ? script.big : drawn }, (_, at) => ({
    port: FIRST_PORT + at,
    denied: draws.next() < 0.2,
    packets: 1 + Math.floor(draws.next() * 1_000),
    bytes: 60 + Math.floor(draws.next() * 100_000),
    connections: 1 + Math.floor(draws.next() * 5),
  }));
}

/** What comes to a bucket late, which only a list shows, and from when on. */
export function lateFlowsOf(
  script: Script,
  run: Run,
  bucket: number,
): { readonly flows: readonly GivenFlow[]; readonly fromSeconds: number } {
  const draws = drawsFrom(Math.imul(script.seed + 3, 0x85ebca6b) ^ (bucket + 104_729 * run.index));
  const fromSeconds = bucket + LATE_AFTER_SECONDS + Math.floor(draws.next() * BUCKET);
  if (draws.next() >= script.lateShare) return { flows: [], fromSeconds };
  const more = flowsOf(script, { ...run, firstBucket: 0 }, bucket + 1);
  return { flows: more.map((flow) => ({ ...flow, port: FIRST_LATE_PORT + flow.port })), fromSeconds };
}
