import type { PolicyHit } from "../domain";

/** A column of values of which there are few: row `i` has `values[codes[i]]`. */
export interface Coded<T> {
  readonly values: readonly T[];
  readonly codes: Uint32Array;
}

/** One end of the flows of a table, a column for each thing that is known of it. */
export interface EndColumns {
  /** Id of the cluster; "" for none, or not known. */
  readonly clusterId: Coded<string>;
  readonly namespace: Coded<string>;
  readonly workloadKind: Coded<string>;
  readonly workload: Coded<string>;
  readonly name: Coded<string>;
  /** An EndpointType. */
  readonly type: Coded<string>;
  /** "k=v" texts, sorted. */
  readonly labels: Coded<readonly string[]>;
  /** A Resolution. */
  readonly resolution: Coded<string>;
}

/** What was counted; signed, since a correction may take back. One number a row, whole and within 2^53. */
export interface CountColumns {
  readonly packetsIn: Float64Array;
  readonly packetsOut: Float64Array;
  readonly bytesIn: Float64Array;
  readonly bytesOut: Float64Array;
  readonly connectionsStarted: Float64Array;
  readonly connectionsCompleted: Float64Array;
  readonly connectionsLive: Float64Array;
}

/** Flows of one bucket of one cluster as columns, the way they come and the way the store takes them. */
export interface FlowTable {
  readonly rows: number;
  /** First 8 bytes of SHA-256 of the canonical flow key. */
  readonly keyHash: BigUint64Array;
  readonly source: EndColumns;
  readonly dest: EndColumns;
  readonly destPort: Uint32Array;
  readonly protocol: Coded<string>;
  readonly serviceNamespace: Coded<string>;
  readonly serviceName: Coded<string>;
  readonly servicePortName: Coded<string>;
  readonly servicePort: Uint32Array;
  /** A Reporter. */
  readonly reporter: Coded<string>;
  /** A Verdict. */
  readonly action: Coded<string>;
  readonly enforced: Coded<readonly PolicyHit[]>;
  readonly pending: Coded<readonly PolicyHit[]>;
  readonly counts: CountColumns;
}

/** Flows that are stored together: what they are of, and which rows of the table, in this order. */
export interface FlowBlockEntry {
  readonly organisationId: string;
  readonly clusterId: string;
  readonly incarnation: string;
  /** Unix seconds, a multiple of 15. */
  readonly bucketStart: number;
  readonly part: number;
  readonly parts: number;
  /** 0: the bucket as streamed; n: its n-th correction, whose counts are added to what is stored. */
  readonly correction: number;
  readonly receivedAtMs: number;
  /** When the source said this of a bucket that had been streamed before, in Unix ms; 0: as streamed. */
  readonly asOfMs: number;
  readonly table: FlowTable;
  /** 1 where a row is the first of its key in its bucket, 0 where it adds to one that is stored; absent: all are first. */
  readonly isFirst?: Uint8Array;
}
