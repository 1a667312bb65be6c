import type { FlowCounts, FlowEnd, FlowRow } from "../domain";
import type { Coded, CountColumns, EndColumns, FlowTable } from "../ingest/flow-table";

/** The rows of flows as a table. */
export function flowTableOf(rows: readonly FlowRow[]): FlowTable {
  const coded = <T>(of: (row: FlowRow) => T) => codedOf(rows, of);
  return {
    rows: rows.length,
    keyHash: BigUint64Array.from(rows, (row) => row.keyHash),
    source: endOf(rows, (row) => row.source),
    dest: endOf(rows, (row) => row.dest),
    destPort: Uint32Array.from(rows, (row) => row.destPort),
    protocol: coded((row) => row.protocol),
    serviceNamespace: coded((row) => row.service.namespace),
    serviceName: coded((row) => row.service.name),
    servicePortName: coded((row) => row.service.portName),
    servicePort: Uint32Array.from(rows, (row) => row.service.port),
    reporter: coded((row) => row.reporter),
    action: coded((row) => row.action),
    enforced: coded((row) => row.enforcedTrace),
    pending: coded((row) => row.pendingTrace),
    counts: countsOf(rows),
  };
}

function codedOf<T>(rows: readonly FlowRow[], of: (row: FlowRow) => T): Coded<T> {
  const values: T[] = [];
  const known = new Map<string, number>();
  const codes = Uint32Array.from(rows, (row) => {
    const value = of(row);
    const key = JSON.stringify(value);
    const code = known.get(key) ?? values.push(value) - 1;
    known.set(key, code);
    return code;
  });
  return { values, codes };
}

function endOf(rows: readonly FlowRow[], end: (row: FlowRow) => FlowEnd): EndColumns {
  const coded = <T>(of: (end: FlowEnd) => T) => codedOf(rows, (row) => of(end(row)));
  return {
    clusterId: coded(({ clusterId }) => clusterId ?? ""),
    namespace: coded(({ namespace }) => namespace),
    workloadKind: coded(({ workloadKind }) => workloadKind),
    workload: coded(({ workloadName }) => workloadName),
    name: coded(({ name }) => name),
    type: coded(({ type }): string => type),
    labels: coded(({ labels }) => labels),
    resolution: coded(({ resolution }): string => resolution),
  };
}

function countsOf(rows: readonly FlowRow[]): CountColumns {
  const counts = (of: keyof FlowCounts) => Float64Array.from(rows, (row) => row[of]);
  return {
    packetsIn: counts("packetsIn"),
    packetsOut: counts("packetsOut"),
    bytesIn: counts("bytesIn"),
    bytesOut: counts("bytesOut"),
    connectionsStarted: counts("connectionsStarted"),
    connectionsCompleted: counts("connectionsCompleted"),
    connectionsLive: counts("connectionsLive"),
  };
}
