import { describe, expect, it } from "vitest";
import { BUCKET, flowsOf, type Script } from "../goldmane/given-flows";
import { judgeEvidence } from "./judge-evidence";
import type { Ledger } from "./ledger";
import { ROLLUPS, type RollupSum, type StoredEvidence, type StoredFlow } from "./stored-evidence";

const START = 1_800_000_000;
const script: Script = { seed: 3, most: 6, big: 0, lateShare: 0 };
const at = (place: number): number => START + place * BUCKET;

/** Two runs of Goldmane: the first ends within its eighth bucket, of which and of the two before nothing was streamed. */
const FORMER = "goldmane-0";
const PRESENT = "goldmane-1";
const runs = [
  { id: FORMER, firstBucket: at(0), endedAt: at(7) + 4 },
  { id: PRESENT, firstBucket: at(7), endedAt: undefined },
];
const flowsGiven = (id: string, bucket: number) => {
  const index = runs.findIndex((run) => run.id === id);
  return index < 0 ? [] : flowsOf(script, { index, firstBucket: START }, bucket);
};
const ledger: Ledger = { runs, through: at(14), flowsOf: flowsGiven, everOf: flowsGiven };
const GAP = { run: FORMER, from: at(5), to: at(8), reason: "source-restarted" };

function storedOf(run: string, from: number, to: number): readonly StoredFlow[] {
  return Array.from({ length: to - from }, (_, place) => at(from + place)).flatMap((bucket) =>
    flowsGiven(run, bucket).map(({ port, packets, bytes, connections }) => {
      return { run, bucket, correction: 0, port, copies: 1, packets, bytes, connections };
    }),
  );
}

function rolledUp(flows: readonly StoredFlow[], stepSeconds: number, byPort: boolean): readonly RollupSum[] {
  const sums = new Map<string, RollupSum>();
  for (const flow of flows) {
    const step = Math.floor(flow.bucket / stepSeconds) * stepSeconds;
    const port = byPort ? flow.port : 0;
    const before = sums.get(`${step} ${port}`) ?? { step, port, flows: 0, packets: 0, bytes: 0, connections: 0 };
    sums.set(`${step} ${port}`, {
      step,
      port,
      flows: before.flows + 1,
      packets: before.packets + flow.packets,
      bytes: before.bytes + flow.bytes,
      connections: before.connections + flow.connections,
    });
  }
  return [...sums.values()];
}

const part = (run: string, place: number) => ({ run, bucket: at(place), correction: 0, part: 0, parts: 1 });

function sound(): StoredEvidence {
  const flows = [...storedOf(FORMER, 0, 5), ...storedOf(PRESENT, 7, 14)];
  return {
    flows,
    parts: [
      ...[0, 1, 2, 3, 4].map((place) => part(FORMER, place)),
      ...[7, 8, 9, 10, 11, 12, 13].map((place) => part(PRESENT, place)),
    ],
    gaps: [GAP],
    rollups: Object.fromEntries(
      ROLLUPS.map(({ table, stepSeconds, port }) => [table, rolledUp(flows, stepSeconds, port !== "0")]),
    ),
  };
}

const changed = (change: Partial<StoredEvidence>): StoredEvidence => ({ ...sound(), ...change });
const first = sound().flows[0]!;
const rest = sound().flows.slice(1);
const of = (table: string): readonly RollupSum[] => sound().rollups[table]!;
const firstOf = (table: string): RollupSum => of(table)[0]!;
const withRollup = (table: string, sums: readonly RollupSum[]): StoredEvidence =>
  changed({ rollups: { ...sound().rollups, [table]: sums } });

interface Planted {
  readonly name: string;
  readonly stored: StoredEvidence;
  readonly says: RegExp;
}

const PLANTED: readonly Planted[] = [
  { name: "a flow that is missing", stored: changed({ flows: rest }), says: /^flow .* lacks$/u },
  {
    name: "a flow that was stored twice",
    stored: changed({
      flows: [
        {
          ...first,
          copies: 2,
          packets: 2 * first.packets,
          bytes: 2 * first.bytes,
          connections: 2 * first.connections,
        },
        ...rest,
      ],
    }),
    says: /is stored 2 times$/u,
  },
  {
    name: "a flow that a correction repeats",
    stored: changed({ flows: [...sound().flows, { ...first, correction: 1 }] }),
    says: /has \d+ packets, given \d+$/u,
  },
  {
    name: "a flow that nobody gave",
    stored: changed({ flows: [...sound().flows, { ...first, port: 9 }] }),
    says: /port 9 was never given$/u,
  },
  {
    name: "a bucket of a Goldmane that there was not",
    stored: changed({ flows: [...sound().flows, { ...first, run: "other-0" }] }),
    says: /other-0 .* was never given$/u,
  },
  {
    name: "a bucket that is missing",
    stored: changed({ parts: sound().parts.filter(({ bucket }) => bucket !== at(9)) }),
    says: /^bucket goldmane-1 \d+ is missing without a gap$/u,
  },
  {
    name: "a bucket without one of its parts",
    stored: changed({ parts: [...sound().parts.slice(1), { ...part(FORMER, 0), parts: 2 }] }),
    says: /is stored in part$/u,
  },
  { name: "a loss that is not declared", stored: changed({ gaps: [] }), says: /is missing without a gap$/u },
  {
    name: "a loss of which one bucket is not declared",
    stored: changed({ gaps: [{ ...GAP, to: GAP.to - 2 * BUCKET }] }),
    says: /^bucket goldmane-0 \d+ is missing without a gap$/u,
  },
  {
    name: "a gap over a bucket that is stored",
    stored: changed({ gaps: [{ ...GAP, from: at(4) }] }),
    says: /stands over 1 buckets that are stored$/u,
  },
  {
    name: "a gap of what Goldmane has still",
    stored: changed({ gaps: [GAP, { ...GAP, run: PRESENT, from: at(20), to: at(21) }] }),
    says: /has everything still$/u,
  },
  {
    name: "a gap of a Goldmane that there was not",
    stored: changed({ gaps: [GAP, { ...GAP, run: "other-0" }] }),
    says: /there was no such Goldmane$/u,
  },
  ...ROLLUPS.flatMap(({ table }): Planted[] => [
    {
      name: `a sum of ${table} that is missing`,
      stored: withRollup(table, of(table).slice(1)),
      says: new RegExp(`^${table} .* says 0 flows of \\d+$`, "u"),
    },
    {
      name: `a sum of ${table} that was added twice`,
      stored: withRollup(table, [{ ...firstOf(table), packets: 2 * firstOf(table).packets }, ...of(table).slice(1)]),
      says: new RegExp(`^${table} .* packets of \\d+$`, "u"),
    },
    {
      name: `a sum of ${table} that nothing is behind`,
      stored: withRollup(table, [...of(table), { ...firstOf(table), step: START - 86_400 }]),
      says: new RegExp(`^${table} .* flows of 0$`, "u"),
    },
  ]),
];

describe("the judge of evidence", () => {
  it("finds nothing wrong with what is sound", () => {
    expect(judgeEvidence(ledger, sound())).toEqual([]);
  });

  it.each(PLANTED)("objects to $name", ({ stored, says }) => {
    const faults = judgeEvidence(ledger, stored);
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.some((fault) => says.test(fault))).toBe(true);
  });

  it("asks for no flow that has expired, and for its rollups all the same", () => {
    const flowsExpiredBefore = at(9);
    const flows = sound().flows.filter(({ bucket }) => bucket >= flowsExpiredBefore);
    expect(judgeEvidence(ledger, changed({ flows }), { flowsExpiredBefore })).toEqual([]);
    expect(judgeEvidence(ledger, sound(), { flowsExpiredBefore })).toEqual([]);
    const lost = withRollup("edge_hour", of("edge_hour").slice(1));
    expect(judgeEvidence(ledger, { ...lost, flows }, { flowsExpiredBefore })).not.toEqual([]);
  });
});
