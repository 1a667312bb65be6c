import type { Coded, CountColumns, EndColumns, FlowTable } from "./flow-table";

/** The rows of a table at some indices, in that order, with other counts. */
export function pickRows(table: FlowTable, rows: readonly number[], counts: CountColumns): FlowTable {
  const coded = <T>({ values, codes }: Coded<T>): Coded<T> => ({ values, codes: picked(codes) });
  const picked = (column: Uint32Array): Uint32Array => Uint32Array.from(rows, (row) => column[row] ?? 0);
  const end = (columns: EndColumns): EndColumns => ({
    clusterId: coded(columns.clusterId),
    namespace: coded(columns.namespace),
    workloadKind: coded(columns.workloadKind),
    workload: coded(columns.workload),
    name: coded(columns.name),
    type: coded(columns.type),
    labels: coded(columns.labels),
    resolution: coded(columns.resolution),
  });
  return {
    rows: rows.length,
    keyHash: BigUint64Array.from(rows, (row) => table.keyHash[row] ?? 0n),
    source: end(table.source),
    dest: end(table.dest),
    destPort: picked(table.destPort),
    protocol: coded(table.protocol),
    serviceNamespace: coded(table.serviceNamespace),
    serviceName: coded(table.serviceName),
    servicePortName: coded(table.servicePortName),
    servicePort: picked(table.servicePort),
    reporter: coded(table.reporter),
    action: coded(table.action),
    enforced: coded(table.enforced),
    pending: coded(table.pending),
    counts,
  };
}
