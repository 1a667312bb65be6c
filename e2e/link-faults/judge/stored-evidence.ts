import type { Counts } from "../goldmane/given-flows";

/** Rows of `flow` that are one flow of one batch. */
export interface StoredFlow extends Counts {
  readonly run: string;
  readonly bucket: number;
  readonly correction: number;
  readonly port: number;
  /** Rows; more than one were stored twice. */
  readonly copies: number;
}

/** A part of a bucket that is marked as stored. */
export interface StoredPart {
  readonly run: string;
  readonly bucket: number;
  readonly correction: number;
  readonly part: number;
  readonly parts: number;
}

/** A stretch that is declared lost, Unix seconds. */
export interface StoredGap {
  readonly run: string;
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

/** A sum of a rollup. */
export interface RollupSum extends Counts {
  readonly step: number;
  /** 0 where the rollup does not tell ports apart. */
  readonly port: number;
  readonly flows: number;
}

/** What is stored of one cluster. */
export interface StoredEvidence {
  readonly flows: readonly StoredFlow[];
  readonly parts: readonly StoredPart[];
  readonly gaps: readonly StoredGap[];
  /** By the rollup's name. */
  readonly rollups: Readonly<Record<string, readonly RollupSum[]>>;
}

/** A table that sums flows up. */
export interface Rollup {
  readonly table: string;
  readonly stepSeconds: number;
  /** SQL of what a row of it stands for. */
  readonly port: string;
  readonly where: string;
  readonly packets: string;
  readonly bytes: string;
  readonly connections: string;
}

const edge = (table: string, stepSeconds: number): Rollup => ({
  table,
  stepSeconds,
  port: "port",
  where: "1",
  packets: "sum(packets)",
  bytes: "sum(bytes_to_dest + bytes_to_source)",
  connections: "sum(allowed_connections + denied_connections + passed_connections)",
});

/** The rollups that are judged. Every flow of the rig is decided by one policy, so policies sum to the same. */
export const ROLLUPS: readonly Rollup[] = [
  edge("edge_minute", 60),
  edge("edge_hour", 3_600),
  edge("edge_day", 86_400),
  {
    table: "policy_minute",
    stepSeconds: 60,
    port: "0",
    where: "not is_pending",
    packets: "sum(packets)",
    bytes: "sum(bytes)",
    connections: "sum(connections)",
  },
];

/** Asks ClickHouse; each row is an object. */
export type Select = <T>(sql: string) => Promise<readonly T[]>;

/** Reads what is stored of a cluster. */
export async function readEvidence(select: Select, clusterId: string): Promise<StoredEvidence> {
  const mine = `cluster_id = '${clusterId}'`;
  const [flows, parts, gaps, ...rollups] = await Promise.all([
    select<StoredFlow>(`SELECT incarnation AS run, toUnixTimestamp(bucket) AS bucket, correction, dest_port AS port,
      count() AS copies, sum(packets_in + packets_out) AS packets, sum(bytes_in + bytes_out) AS bytes,
      sum(connections_started) AS connections
      FROM flow WHERE ${mine} GROUP BY run, bucket, correction, port`),
    select<StoredPart>(`SELECT DISTINCT incarnation AS run, toUnixTimestamp(bucket) AS bucket, correction, part, parts
      FROM evidence_bucket WHERE ${mine}`),
    select<StoredGap>(`SELECT DISTINCT incarnation AS run, toUnixTimestamp(gap_from) AS from,
      toUnixTimestamp(gap_to) AS to, reason FROM evidence_gap WHERE ${mine}`),
    ...ROLLUPS.map((each) => select<RollupSum>(rollupSql(each, mine))),
  ]);
  return {
    flows,
    parts,
    gaps,
    rollups: Object.fromEntries(ROLLUPS.map(({ table }, at) => [table, rollups[at] ?? []])),
  };
}

/** Under names that are no columns: an alias that is one is taken for it inside the sums. */
function rollupSql({ table, port, where, packets, bytes, connections }: Rollup, mine: string): string {
  return `SELECT s AS step, p AS port, f AS flows, k AS packets, b AS bytes, c AS connections FROM (
    SELECT toUnixTimestamp(step) AS s, ${port} AS p, sum(flows) AS f, ${packets} AS k, ${bytes} AS b, ${connections} AS c
    FROM ${table} WHERE ${mine} AND ${where} GROUP BY s, p)`;
}
