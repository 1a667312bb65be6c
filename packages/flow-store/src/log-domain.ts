import type { BatchIdentity, FlowEnd, FlowService, Reporter, TimeRange } from "./domain";

/** Kinds of records beside flows. Their sources come later; what they hold is what Calico's logs of the name hold. */
export type LogKind = "dns" | "l7" | "audit";

/** An answer's record. */
export interface DnsAnswer {
  readonly name: string;
  /** "A", "AAAA", "CNAME", … */
  readonly type: string;
  readonly class: string;
  readonly data: string;
}

/** Questions to a DNS server that were alike, as Calico's DNS log has them, of one client and one server. */
export interface DnsRow {
  /** First 8 bytes of SHA-256 of what makes the row one row within its batch. */
  readonly keyHash: bigint;
  readonly client: FlowEnd;
  readonly clientAddress: string;
  readonly server: FlowEnd;
  readonly serverAddress: string;
  readonly question: string;
  readonly questionType: string;
  readonly questionClass: string;
  /** "NoError", "NXDomain", …; empty where none was seen. */
  readonly responseCode: string;
  readonly answers: readonly DnsAnswer[];
  readonly count: number;
  /** Questions of which the latency is known. */
  readonly latencyCount: number;
  readonly latencyMeanNs: number;
  readonly latencyMaxNs: number;
}

/** Requests that were alike, as Calico's L7 log has them. */
export interface L7Row {
  readonly keyHash: bigint;
  readonly source: FlowEnd;
  readonly dest: FlowEnd;
  readonly destPort: number;
  readonly service: FlowService;
  /** Which end's node collected it. */
  readonly reporter: Reporter;
  /** "http" or "tls". */
  readonly protocol: string;
  readonly protocolVersion: string;
  readonly method: string;
  readonly url: string;
  /** 0 where there was no response. */
  readonly responseCode: number;
  readonly userAgent: string;
  readonly requestType: string;
  readonly collectorType: string;
  readonly collectorName: string;
  readonly tlsSni: string;
  readonly tlsVersion: string;
  readonly tlsCipherSuite: string;
  readonly count: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly durationMeanUs: number;
  readonly durationMaxUs: number;
}

/** One event of Kubernetes' audit log (`audit.k8s.io/v1`). */
export interface AuditRow {
  readonly keyHash: bigint;
  readonly auditId: string;
  /** "RequestReceived", "ResponseComplete", … */
  readonly stage: string;
  /** "Metadata", "Request", "RequestResponse". */
  readonly level: string;
  readonly atMs: number;
  readonly verb: string;
  readonly user: string;
  readonly groups: readonly string[];
  readonly sourceAddresses: readonly string[];
  readonly userAgent: string;
  readonly object: {
    readonly apiGroup: string;
    readonly apiVersion: string;
    readonly resource: string;
    readonly subresource: string;
    /** Empty for what is cluster-wide. */
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
  };
  readonly responseCode: number;
  /** The event as JSON; stored up to maxEventBytes. */
  readonly event: string;
}

/** The rows of each kind. */
export interface LogRows {
  readonly dns: DnsRow;
  readonly l7: L7Row;
  readonly audit: AuditRow;
}

/** A part of a bucket of one kind's records. */
export type LogBatchInsert = {
  readonly [K in LogKind]: {
    readonly kind: K;
    readonly identity: BatchIdentity;
    readonly rows: readonly LogRows[K][];
    readonly receivedAtMs: number;
  };
}[LogKind];

/** Where a stored record stands. */
export interface StoredRecord {
  /** Opaque and stable. */
  readonly id: string;
  /** The cluster that reported it. */
  readonly clusterId: string;
  readonly bucketStartMs: number;
  readonly receivedAtMs: number;
  /** Its bucket begins more than two minutes after it arrived: a clock there is wrong. */
  readonly ahead: boolean;
}

/** A stored DNS record. */
export type StoredDns = Omit<DnsRow, "keyHash"> & StoredRecord;
/** A stored L7 record. */
export type StoredL7 = Omit<L7Row, "keyHash"> & StoredRecord;
/** A stored audit event; `eventCut` where its JSON was longer than what is kept. */
export type StoredAudit = Omit<AuditRow, "keyHash"> & StoredRecord & { readonly eventCut: boolean };

/** Asks for a page of records of one kind, newest first. */
export interface LogPageRequest {
  readonly range: TimeRange;
  readonly clusterIds?: readonly string[];
  /** 1 to 1,000. */
  readonly limit: number;
  /** `next` of the page before. */
  readonly cursor?: string;
}

/** A page of records; `next` is null on the last one. */
export interface LogPage<T> {
  readonly records: readonly T[];
  readonly next: string | null;
}
