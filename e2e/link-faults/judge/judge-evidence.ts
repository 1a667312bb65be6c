import { BUCKET, bucketOf, type Counts, type GivenFlow } from "../goldmane/given-flows";
import type { Ledger, LedgerRun } from "./ledger";
import { ROLLUPS, type RollupSum, type StoredEvidence, type StoredFlow } from "./stored-evidence";

const MEASURES = ["packets", "bytes", "connections"] as const;

/** How what is stored may differ from the ledger and be right. */
export interface Allowances {
  /** Flows of buckets before this have expired, Unix seconds: no row of them is asked for, and none is wrong. */
  readonly flowsExpiredBefore: number;
}

/**
 * Holds what is stored of a cluster to the ledger. Each fault is a line: a bucket that is missing without a gap, a gap
 * over what is stored or what nobody lost, a flow that lacks, was stored twice or never given, a rollup that differs.
 */
export function judgeEvidence(
  ledger: Ledger,
  stored: StoredEvidence,
  { flowsExpiredBefore }: Allowances = { flowsExpiredBefore: 0 },
): readonly string[] {
  const held = heldBuckets(ledger, stored);
  return [
    ...completenessFaults(ledger, stored, held),
    ...gapFaults(ledger, stored, held),
    ...flowFaults(ledger, stored.flows, { held, flowsExpiredBefore }),
    ...strangers(ledger, stored),
    ...ROLLUPS.flatMap((rollup) =>
      rollupFaults(
        rollup,
        stored.rollups[rollup.table] ?? [],
        expectedSums(rollup, {
          ledger,
          held,
          flows: stored.flows.filter(({ bucket }) => bucket >= flowsExpiredBefore),
          flowsExpiredBefore,
        }),
      ),
    ),
  ];
}

const keyOf = (run: string, bucket: number): string => `${run} ${bucket}`;

interface Held {
  readonly run: string;
  readonly bucket: number;
}

/** Buckets all parts of which are marked as stored. */
function heldBuckets(ledger: Ledger, { parts }: StoredEvidence): ReadonlyMap<string, Held> {
  const seen = new Map<string, Set<number>>();
  const held = new Map<string, Held>();
  for (const { run, bucket, correction, part, parts: all } of parts) {
    if (correction > 0 || runOf(ledger, run) === undefined) continue;
    const key = keyOf(run, bucket);
    const those = seen.get(key) ?? new Set();
    seen.set(key, those.add(part));
    if (those.size === all) held.set(key, { run, bucket });
  }
  return held;
}

const runOf = ({ runs }: Ledger, id: string): LedgerRun | undefined => runs.find((each) => each.id === id);

/** The buckets of a run that must be accounted for. */
function bucketsOf({ firstBucket, endedAt }: LedgerRun, through: number): readonly number[] {
  const end = Math.min(endedAt ?? Number.POSITIVE_INFINITY, bucketOf(through));
  const count = Math.max(0, Math.ceil((end - firstBucket) / BUCKET));
  return Array.from({ length: count }, (_, at) => firstBucket + at * BUCKET);
}

/** Whether a gap stands over a bucket; of a run that nobody has heard of the gap names the one before. */
const isDeclared = ({ gaps }: StoredEvidence, bucket: number): boolean =>
  gaps.some(({ from, to }) => bucket >= from && bucket < to);

function completenessFaults(
  ledger: Ledger,
  stored: StoredEvidence,
  held: ReadonlyMap<string, Held>,
): readonly string[] {
  const torn = new Set(
    stored.parts.filter(({ correction }) => correction === 0).map((each) => keyOf(each.run, each.bucket)),
  );
  return ledger.runs.flatMap((run) =>
    bucketsOf(run, ledger.through).flatMap((bucket) => {
      const key = keyOf(run.id, bucket);
      if (held.has(key)) return [];
      if (torn.has(key)) return [`bucket ${key} is stored in part`];
      return isDeclared(stored, bucket) ? [] : [`bucket ${key} is missing without a gap`];
    }),
  );
}

function gapFaults(ledger: Ledger, { gaps }: StoredEvidence, held: ReadonlyMap<string, Held>): readonly string[] {
  return gaps.flatMap(({ run, from, to, reason }) => {
    const what = `gap ${reason} of ${run} from ${from} to ${to}`;
    const known = runOf(ledger, run);
    if (known === undefined) return [`${what}: there was no such Goldmane`];
    if (known.endedAt === undefined) return [`${what}: that Goldmane has everything still`];
    const over = [...held.values()].filter((each) => each.run === run && each.bucket >= from && each.bucket < to);
    return over.length === 0 ? [] : [`${what} stands over ${over.length} buckets that are stored`];
  });
}

function flowFaults(
  ledger: Ledger,
  flows: readonly StoredFlow[],
  { held, flowsExpiredBefore }: Allowances & { readonly held: ReadonlyMap<string, Held> },
): readonly string[] {
  const twice = flows.filter(({ copies }) => copies > 1);
  const stored = new Map<string, Counts>();
  for (const flow of flows) add(stored, `${keyOf(flow.run, flow.bucket)} port ${flow.port}`, flow);
  const faults = [...held.values()].flatMap(({ run, bucket }) => {
    if (bucket < flowsExpiredBefore) return [];
    return ledger.flowsOf(run, bucket).flatMap((given) => {
      const key = `${keyOf(run, bucket)} port ${given.port}`;
      return flowFault(key, given, stored.get(key));
    });
  });
  return [
    ...twice.map(
      ({ run, bucket, port, copies }) => `flow ${keyOf(run, bucket)} port ${port} is stored ${copies} times`,
    ),
    ...faults,
  ];
}

function flowFault(key: string, given: GivenFlow, found: Counts | undefined): readonly string[] {
  if (found === undefined) return [`flow ${key} lacks`];
  return MEASURES.flatMap((measure) =>
    found[measure] === given[measure] ? [] : [`flow ${key} has ${found[measure]} ${measure}, given ${given[measure]}`],
  );
}

/** Flows of no bucket that Goldmane had, or with a port that the bucket had not. */
function strangers(ledger: Ledger, { flows }: StoredEvidence): readonly string[] {
  const ports = new Map<string, ReadonlySet<number>>();
  return flows.flatMap(({ run, bucket, port }) => {
    const key = keyOf(run, bucket);
    const those = ports.get(key) ?? new Set(ledger.everOf(run, bucket).map((flow) => flow.port));
    ports.set(key, those);
    return those.has(port) ? [] : [`flow ${key} port ${port} was never given`];
  });
}

interface Sum extends Counts {
  readonly flows: number;
}

const none: Sum = { flows: 0, packets: 0, bytes: 0, connections: 0 };

function add<T extends Counts>(sums: Map<string, Counts>, key: string, more: T): void {
  const before = sums.get(key) ?? none;
  sums.set(key, {
    packets: before.packets + more.packets,
    bytes: before.bytes + more.bytes,
    connections: before.connections + more.connections,
  });
}

function addSum(sums: Map<string, Sum>, key: string, { flows, packets, bytes, connections }: Sum): void {
  const before = sums.get(key) ?? none;
  sums.set(key, {
    flows: before.flows + flows,
    packets: before.packets + packets,
    bytes: before.bytes + bytes,
    connections: before.connections + connections,
  });
}

interface Summed extends Allowances {
  readonly ledger: Ledger;
  readonly held: ReadonlyMap<string, Held>;
  readonly flows: readonly StoredFlow[];
}

/** What a rollup must say: the rows that are there, and for those that expired what was given of their buckets. */
function expectedSums(
  { stepSeconds, port: portSql }: (typeof ROLLUPS)[number],
  { ledger, held, flows, flowsExpiredBefore }: Summed,
): ReadonlyMap<string, Sum> {
  const sums = new Map<string, Sum>();
  const keyFor = (bucket: number, port: number): string =>
    `${Math.floor(bucket / stepSeconds) * stepSeconds} port ${portSql === "0" ? 0 : port}`;
  for (const flow of flows) addSum(sums, keyFor(flow.bucket, flow.port), { ...flow, flows: flow.copies });
  for (const { run, bucket } of held.values()) {
    if (bucket >= flowsExpiredBefore) continue;
    for (const flow of ledger.flowsOf(run, bucket)) addSum(sums, keyFor(bucket, flow.port), { ...flow, flows: 1 });
  }
  return sums;
}

function rollupFaults(
  { table }: (typeof ROLLUPS)[number],
  found: readonly RollupSum[],
  expected: ReadonlyMap<string, Sum>,
): readonly string[] {
  const sums = new Map(found.map((each) => [`${each.step} port ${each.port}`, each]));
  const keys = new Set([...sums.keys(), ...expected.keys()]);
  return [...keys].flatMap((key) => {
    const [is, must] = [sums.get(key) ?? none, expected.get(key) ?? none];
    return (["flows", ...MEASURES] as const).flatMap((measure) =>
      is[measure] === must[measure] ? [] : [`${table} ${key} says ${is[measure]} ${measure} of ${must[measure]}`],
    );
  });
}
