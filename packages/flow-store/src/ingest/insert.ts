import type { ClickHouse, Parameter } from "../clickhouse-client";
import type { CompleteBucket, GapInsert, InsertedFlows, InsertFence } from "../domain";
import type { FlowBlockEntry } from "./flow-table";
import { encodeFlowBlockInTurns, flowBlockColumns } from "./native/flow-block";

const names = flowBlockColumns.map(({ name }) => name);

/**
 * Stores a block of flows in one part, under the fence's id as token: sent again it is dropped, in the table and in every
 * rollup, and a rollup that missed it is made up for. ClickHouse refuses it after the deadline, by its own clock.
 */
export async function insertFlows(
  clickhouse: ClickHouse,
  entries: readonly FlowBlockEntry[],
  { id, deadlineMs }: InsertFence,
): Promise<void> {
  await clickhouse.insertNative({
    table: "flow",
    columns: flowBlockColumns,
    body: [await encodeFlowBlockInTurns(entries)],
    token: id,
    insertId: id,
    deadlineMs,
  });
}

/** How many rows of these batches are stored. */
export async function countFlows(clickhouse: ClickHouse, flows: InsertedFlows): Promise<number> {
  const { sql, parameters } = ofBatches(flows);
  const [row] = await clickhouse.select<{ stored: number }>(
    `SELECT count() AS stored FROM flow WHERE ${sql}`,
    parameters,
  );
  return Number(row?.stored ?? 0);
}

/**
 * Makes up for rollups that missed an insert whose flows are stored: the same rows are inserted again under its id, which
 * the table drops and each rollup takes once. It is refused after the fence's deadline: tokens are not remembered for ever.
 */
export async function completeFlows(
  clickhouse: ClickHouse,
  flows: InsertedFlows,
  { id, deadlineMs }: InsertFence,
): Promise<void> {
  const { sql, parameters } = ofBatches(flows);
  const [rows, block] = await Promise.all([
    countFlows(clickhouse, flows),
    clickhouse.selectNative(
      `SELECT ${names.join(", ")} FROM flow WHERE ${sql}
      ORDER BY bucket, cluster_id, key_hash`,
      parameters,
    ),
  ]);
  // INVARIANT: a token is of one block; of several each would have another, and be stored again.
  if (rowsInFirstBlock(block) !== rows) throw new Error(`${rows} flows did not come in one block`);
  const columns = flowBlockColumns;
  const again = { table: "flow", columns, body: [block], token: id, insertId: `${id}-again`, deadlineMs };
  await clickhouse.insertNative(again);
}

/** A Native block begins with the number of its columns and that of its rows, as variable-length integers. */
function rowsInFirstBlock(native: Uint8Array): number {
  const columns = variableLength(native, 0);
  return variableLength(native, columns.end).value;
}

function variableLength(bytes: Uint8Array, start: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let at = start; ; at += 1) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * (at - start));
    if (byte < 0x80) return { value, end: at + 1 };
  }
}

function ofBatches({ organisationId, batches }: InsertedFlows): {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
} {
  const buckets = batches.map(({ bucket }) => bucket);
  return {
    sql: `organisation_id = {organisation:UUID}
      AND bucket >= toDateTime({first:UInt32}, 'UTC') AND bucket <= toDateTime({last:UInt32}, 'UTC')
      AND (cluster_id, toUnixTimestamp(bucket), incarnation, correction, part) IN (
        SELECT arrayJoin(arrayZip({clusters:Array(UUID)}, {buckets:Array(UInt32)}, {incarnations:Array(String)},
          {corrections:Array(UInt16)}, {parts:Array(UInt16)})))`,
    parameters: {
      organisation: organisationId,
      first: Math.min(...buckets),
      last: Math.max(...buckets),
      clusters: batches.map(({ clusterId }) => clusterId),
      buckets,
      incarnations: batches.map(({ incarnation }) => incarnation),
      corrections: batches.map(({ correction }) => correction),
      parts: batches.map(({ part }) => part),
    },
  };
}

/** Says of buckets that they are stored whole; said twice it is said once. */
export async function markBuckets(clickhouse: ClickHouse, buckets: readonly CompleteBucket[]): Promise<void> {
  if (buckets.length === 0) return;
  await clickhouse.insert({
    table: "evidence_bucket",
    columns: [
      "organisation_id",
      "cluster_id",
      "bucket",
      "incarnation",
      "correction",
      "part",
      "parts",
      "rows",
      "received_at",
    ],
    // Without a token: its key alone says what it is, and a second row of the same key is the same row.
    rows: buckets.map(({ organisationId, clusterId, bucket, incarnation, rows, receivedAtMs }) => [
      organisationId,
      clusterId,
      bucket,
      incarnation,
      0,
      0,
      1,
      rows,
      receivedAtMs,
    ]),
  });
}

/** Stores gap records; a second one of the same key is the same gap. */
export async function insertGaps(clickhouse: ClickHouse, gaps: readonly GapInsert[]): Promise<void> {
  if (gaps.length === 0) return;
  await clickhouse.insert({
    table: "evidence_gap",
    columns: ["organisation_id", "cluster_id", "incarnation", "gap_from", "gap_to", "reason", "received_at"],
    rows: gaps.map(({ organisationId, clusterId, incarnation, from, to, reason, receivedAtMs }) => [
      organisationId,
      clusterId,
      incarnation,
      from,
      to,
      reason,
      receivedAtMs,
    ]),
  });
}
