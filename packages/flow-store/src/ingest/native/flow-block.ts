import { takeSteps, takeStepsWithPauses, type Steps } from "@isthmus/std";
import { noCluster } from "../rows";
import type { EndColumns, FlowBlockEntry, FlowTable } from "../flow-table";
import {
  enums,
  hashes,
  numbers,
  spanText,
  spanUuid,
  textLists,
  texts,
  uuids,
  wideNumbers,
  writeBlock,
  type NativeColumn,
} from "./column";
import { traceColumns, type TraceColumns } from "./trace-columns";
import { NativeWriter } from "./writer";

/** The rows of an entry, with what follows from their traces. */
interface FlowSpan {
  readonly rows: number;
  readonly entry: FlowBlockEntry;
  readonly table: FlowTable;
  readonly traces: TraceColumns;
}

const uint16 = numbers<FlowSpan>("UInt16", (rows) => new Uint16Array(rows));
const int32 = numbers<FlowSpan>("Int32", (rows) => new Int32Array(rows));
const bool = numbers<FlowSpan>("Bool", (rows) => new Uint8Array(rows));
const dateTime = numbers<FlowSpan>("DateTime('UTC')", (rows) => new Uint32Array(rows));
const dateTimeMs = wideNumbers<FlowSpan>("DateTime64(3, 'UTC')");
const count = wideNumbers<FlowSpan>("Int64");

const verdicts = { unknown: 0, allow: 1, deny: 2, pass: 3 };
const reporters = { source: 1, destination: 2 };

const endColumns = (side: "source" | "dest"): readonly NativeColumn<FlowSpan>[] => {
  const end = ({ table }: FlowSpan): EndColumns => table[side];
  return [
    uuids(`${side}_cluster_id`, (span) => {
      const { values, codes } = end(span).clusterId;
      return { values: values.map((id) => (id === "" ? noCluster : id)), codes };
    }),
    texts(`${side}_namespace`, (span) => end(span).namespace),
    texts(`${side}_workload_kind`, (span) => end(span).workloadKind),
    texts(`${side}_workload`, (span) => end(span).workload),
    texts(`${side}_name`, (span) => end(span).name),
    texts(`${side}_type`, (span) => end(span).type),
    textLists(`${side}_labels`, (span) => end(span).labels),
    texts(`${side}_resolution`, (span) => end(span).resolution),
  ];
};

/** The columns of `flow` that are inserted, each with its type and where its values come from. */
const columns: readonly NativeColumn<FlowSpan>[] = [
  spanUuid("organisation_id", ({ entry }) => entry.organisationId),
  spanUuid("cluster_id", ({ entry }) => entry.clusterId),
  dateTime("bucket", ({ entry }) => entry.bucketStart),
  spanText("incarnation", ({ entry }) => entry.incarnation),
  uint16("part", ({ entry }) => entry.part),
  uint16("parts", ({ entry }) => entry.parts),
  uint16("correction", ({ entry }) => entry.correction),
  hashes("key_hash", ({ table }) => table.keyHash),
  dateTimeMs("received_at", ({ entry }) => entry.receivedAtMs),
  dateTimeMs("as_of", ({ entry }) => entry.asOfMs),
  bool("is_first", ({ entry }) => entry.isFirst ?? 1),
  ...endColumns("source"),
  ...endColumns("dest"),
  uint16("dest_port", ({ table }) => table.destPort),
  texts("protocol", ({ table }) => table.protocol),
  texts("service_namespace", ({ table }) => table.serviceNamespace),
  texts("service_name", ({ table }) => table.serviceName),
  texts("service_port_name", ({ table }) => table.servicePortName),
  uint16("service_port", ({ table }) => table.servicePort),
  enums("reporter", reporters, ({ table }) => table.reporter),
  enums("action", verdicts, ({ table }) => table.action),
  enums("pending_action", verdicts, ({ traces }) => traces.pendingAction),
  textLists("enforced", ({ traces }) => traces.enforced),
  textLists("pending", ({ traces }) => traces.pending),
  textLists("policy_names", ({ traces }) => traces.policyNames),
  texts("deciding_kind", ({ traces }) => traces.decidingKind),
  texts("deciding_tier", ({ traces }) => traces.decidingTier),
  texts("deciding_namespace", ({ traces }) => traces.decidingNamespace),
  texts("deciding_name", ({ traces }) => traces.decidingName),
  int32("deciding_rule", ({ traces }) => traces.decidingRule),
  bool("deciding_by_default", ({ traces }) => traces.decidingByDefault),
  count("packets_in", ({ table }) => table.counts.packetsIn),
  count("packets_out", ({ table }) => table.counts.packetsOut),
  count("bytes_in", ({ table }) => table.counts.bytesIn),
  count("bytes_out", ({ table }) => table.counts.bytesOut),
  count("connections_started", ({ table }) => table.counts.connectionsStarted),
  count("connections_completed", ({ table }) => table.counts.connectionsCompleted),
  count("connections_live", ({ table }) => table.counts.connectionsLive),
];

/** The columns of a block of flows, in its order, with ClickHouse's types. */
export const flowBlockColumns: readonly { readonly name: string; readonly type: string }[] = columns;

const BYTES_A_ROW = 320;

/**
 * Writes flows as one block of ClickHouse's Native format, entry after entry. A text or a trace is written once a
 * block however many rows have it. Throws RangeError where an id is no UUID or a column names a value that is not there.
 */
export function encodeFlowBlock(entries: readonly FlowBlockEntry[]): Uint8Array {
  return takeSteps(blockOf(entries));
}

/** As encodeFlowBlock, with a turn for others of the event loop as often as some milliseconds have passed. */
export function encodeFlowBlockInTurns(entries: readonly FlowBlockEntry[]): Promise<Uint8Array> {
  return takeStepsWithPauses(blockOf(entries), {
    now: () => performance.now(),
    everyMs: TURN_MS,
    pause: () => new Promise((resolve) => setImmediate(resolve)),
  });
}

const TURN_MS = 8;

function* blockOf(entries: readonly FlowBlockEntry[]): Steps<Uint8Array> {
  const spans: FlowSpan[] = [];
  for (const entry of entries) {
    spans.push({ rows: entry.table.rows, entry, table: entry.table, traces: traceColumns(entry.table) });
    yield;
  }
  const rows = spans.reduce((sum, span) => sum + span.rows, 0);
  const out = new NativeWriter(4_096 + rows * BYTES_A_ROW);
  yield* writeBlock(out, columns, spans);
  return out.finish();
}
