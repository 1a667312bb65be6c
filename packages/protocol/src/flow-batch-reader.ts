import type { FlowColumns, FlowEndColumns } from "./flow-columns";
import type { FlowEnd, HashedFlowRow } from "./flow-row";

/** The rows of a batch, one object each. */
export function flowRows(columns: FlowColumns): readonly HashedFlowRow[] {
  return Array.from({ length: columns.rows }, (_, row) => readRow(columns, row));
}

const number = (column: ArrayLike<number>, row: number): number => column[row] ?? 0;

function readRow(columns: FlowColumns, row: number): HashedFlowRow {
  const { counts } = columns;
  const text = (column: Uint32Array) => columns.strings[number(column, row)] ?? "";
  return {
    keyHash: columns.keyHash[row] ?? 0n,
    source: readEnd(columns.source, row, text),
    dest: readEnd(columns.dest, row, text),
    destPort: number(columns.destPort, row),
    destServiceName: text(columns.destServiceName),
    destServiceNamespace: text(columns.destServiceNamespace),
    destServicePortName: text(columns.destServicePortName),
    destServicePort: number(columns.destServicePort, row),
    protocol: text(columns.protocol),
    reporter: number(columns.reporter, row),
    action: number(columns.action, row),
    enforced: columns.traces[number(columns.enforcedTrace, row)] ?? [],
    pending: columns.traces[number(columns.pendingTrace, row)] ?? [],
    packetsIn: number(counts.packetsIn, row),
    packetsOut: number(counts.packetsOut, row),
    bytesIn: number(counts.bytesIn, row),
    bytesOut: number(counts.bytesOut, row),
    connectionsStarted: number(counts.connectionsStarted, row),
    connectionsCompleted: number(counts.connectionsCompleted, row),
    connectionsLive: number(counts.connectionsLive, row),
  };
}

function readEnd(end: FlowEndColumns, row: number, text: (column: Uint32Array) => string): FlowEnd {
  return {
    name: text(end.name),
    namespace: text(end.namespace),
    type: number(end.type, row),
    workloadKind: text(end.workloadKind),
    workload: text(end.workload),
    labels: text(end.labels),
  };
}
