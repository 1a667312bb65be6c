import type { FlowBlockEntry } from "./ingest/flow-table";
import type { BucketKey } from "./ingest/stored-flows";
import type { Filter } from "@isthmus/flow-filter";
import type { EdgeGroups, EdgeGroupsRequest, FieldValuesRequest, TopTalkersRequest } from "./edge-groups-domain";
import type { RetentionSweep, SweptPartition } from "./ingest/apply-retention";
import type { LogBatchInsert, LogPage, LogPageRequest, StoredAudit, StoredDns, StoredL7 } from "./log-domain";
import type { AnsweringKind, Kept } from "./retention";
import type { StorageUsageRequest, StorageUse } from "./usage-domain";

/** Whose evidence is asked for: every query is confined to it (I7). Ends at places outside it are masked. */
export interface Scope {
  readonly organisationId: string;
  readonly places: Places;
  /** Ends every question of this scope when whoever asks has left; the engine's query ends too. */
  readonly signal?: AbortSignal | undefined;
  /** What the organisation keeps, asked where an answer hangs on it; absent: everything, where nothing is ever swept. */
  readonly kept?: (() => Promise<Kept>) | undefined;
}

/**
 * Where the asker may see: by cluster id, all of it or some of its namespaces; the namespace "" is what belongs to the
 * cluster itself (hosts). "all" is for jobs and for people whose access has no limit.
 */
export type Places = "all" | ReadonlyMap<string, "all" | ReadonlySet<string>>;

/** A half-open range of time in Unix milliseconds. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What happened to a flow, or what staged policies would have done. */
export type Verdict = "allow" | "deny" | "pass" | "unknown";

/** Which end's Felix saw the flow. */
export type Reporter = "source" | "destination";

/** What kind of thing an end is, as Goldmane says it. */
export type EndpointType = "workload" | "host" | "network-set" | "network" | "unknown";

/** How an end got its identity: seen in its own cluster, through a set that we published there, or not at all. */
export type Resolution = "local" | "published" | "unresolved";

/** Kinds of policy in a trace, as Goldmane names them. */
export type PolicyKind =
  | "CalicoNetworkPolicy"
  | "GlobalNetworkPolicy"
  | "StagedNetworkPolicy"
  | "StagedGlobalNetworkPolicy"
  | "StagedKubernetesNetworkPolicy"
  | "NetworkPolicy"
  | "ClusterNetworkPolicy"
  | "Profile"
  | "EndOfTier"
  | "Unknown";

/** Names a policy. */
export interface PolicyRef {
  readonly kind: PolicyKind;
  readonly tier: string;
  /** Empty for cluster-wide kinds. */
  readonly namespace: string;
  readonly name: string;
}

/** One policy that a flow met, in order of evaluation. */
export interface PolicyHit extends PolicyRef {
  readonly action: Verdict;
  readonly policyIndex: number;
  /** -1 where no rule of it matched. */
  readonly ruleIndex: number;
  /** For `EndOfTier`: the policy that made the tier's default apply. */
  readonly trigger: PolicyRef | null;
}

/** One end of a flow. */
export interface FlowEnd {
  /** Null: outside every cluster, or not known. */
  readonly clusterId: string | null;
  readonly namespace: string;
  /** "Deployment", …; empty where no workload is known. */
  readonly workloadKind: string;
  readonly workloadName: string;
  /** As Goldmane names it: "payment-7c9f*", a network set's name, "pub", "pvt". */
  readonly name: string;
  readonly type: EndpointType;
  /** "k=v", sorted. */
  readonly labels: readonly string[];
  readonly resolution: Resolution;
}

/** The service through which a flow went; all empty where there was none. */
export interface FlowService {
  readonly namespace: string;
  readonly name: string;
  readonly portName: string;
  readonly port: number;
}

/** What was counted over a bucket. In and out are as Goldmane counts them, from its reporter's view. */
export interface FlowCounts {
  readonly packetsIn: number;
  readonly packetsOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly connectionsStarted: number;
  readonly connectionsCompleted: number;
  readonly connectionsLive: number;
}

/** A flow of one bucket as a gateway stores it. */
export interface FlowRow extends FlowCounts {
  /** First 8 bytes of SHA-256 of the canonical flow key. */
  readonly keyHash: bigint;
  readonly source: FlowEnd;
  readonly dest: FlowEnd;
  readonly destPort: number;
  readonly protocol: string;
  readonly service: FlowService;
  readonly reporter: Reporter;
  readonly action: Verdict;
  readonly enforcedTrace: readonly PolicyHit[];
  readonly pendingTrace: readonly PolicyHit[];
}

/** What a batch of records says it is. */
export interface BatchIdentity {
  readonly organisationId: string;
  readonly clusterId: string;
  /** What made the records, at one of its starts: a Goldmane pod's UID and restart count. */
  readonly incarnation: string;
  /** Unix seconds, a multiple of 15. */
  readonly bucketStart: number;
  readonly part: number;
  readonly parts: number;
  /** 0: the bucket as it came; n: its n-th correction. */
  readonly correction: number;
}

/** An insert of flows: sent again under the same id it is the same insert, and it is refused after its deadline. */
export interface InsertFence {
  /** A UUID. */
  readonly id: string;
  /** Unix ms by ClickHouse's clock. */
  readonly deadlineMs: number;
}

/** Batches within an insert, as their rows say it. */
export interface InsertedFlows {
  readonly organisationId: string;
  readonly batches: readonly {
    readonly clusterId: string;
    readonly incarnation: string;
    /** Unix seconds. */
    readonly bucket: number;
    readonly correction: number;
    readonly part: number;
  }[];
}

/** A bucket that is stored whole; without rows it is the explicit marker of a bucket without flows. */
export interface CompleteBucket {
  readonly organisationId: string;
  readonly clusterId: string;
  /** The Goldmane pod's UID and restart count. */
  readonly incarnation: string;
  /** Unix seconds, a multiple of 15. */
  readonly bucket: number;
  readonly rows: number;
  readonly receivedAtMs: number;
}

/** What is stored of a bucket. */
export interface StoredFlows {
  /** By the hash of the flow's key. */
  readonly sums: ReadonlyMap<bigint, FlowCounts>;
  readonly newestCorrection: number;
  /** False where rows that its mark counted are gone: past their retention, while rollups still count them. */
  readonly isWhole: boolean;
}

/** What the store itself says of one incarnation's buckets; times in Unix seconds, ranges [from, to). */
export interface KnownBuckets {
  readonly incarnation: string;
  readonly stored: readonly (readonly [number, number])[];
  readonly lost: readonly (readonly [number, number])[];
  /** Buckets of which parts are missing. */
  readonly torn: readonly { readonly bucket: number; readonly parts: number; readonly stored: readonly number[] }[];
  /** Additions of old agents, as "bucket/correction/part". */
  readonly additions: readonly string[];
}

/** Evidence known to be lost. */
export interface GapInsert {
  readonly organisationId: string;
  readonly clusterId: string;
  readonly incarnation: string;
  /** Unix seconds, inclusive, a multiple of 15. */
  readonly from: number;
  /** Unix seconds, exclusive. */
  readonly to: number;
  /** One of the protocol's GAP_REASONS, or what a gateway found: any text. */
  readonly reason: string;
  readonly receivedAtMs: number;
}

/** Narrows flows; what is absent does not narrow. */
export interface FlowFilter {
  /** A filter as people write it. */
  readonly where?: Filter;
  /** Names of clusters by their ids, for `where`; a cluster without one is named by its id. */
  readonly clusterNames?: ReadonlyMap<string, string>;
  /** Either end is in one of these. */
  readonly clusterIds?: readonly string[];
  readonly decidingPolicy?: { readonly tier?: string; readonly namespace?: string; readonly name: string };
  /** Exactly one edge of the graph. */
  readonly edge?: EdgeKey;
}

/** A stored flow as lists show it. */
export interface FlowSummary extends FlowCounts {
  /** Opaque, stable, safe in a URL's path. */
  readonly id: string;
  /** The cluster that reported it. */
  readonly clusterId: string;
  readonly bucketStartMs: number;
  readonly bucketEndMs: number;
  readonly receivedAtMs: number;
  readonly source: FlowEnd;
  readonly dest: FlowEnd;
  readonly destPort: number;
  readonly protocol: string;
  readonly service: FlowService;
  readonly reporter: Reporter;
  readonly action: Verdict;
  /** What the flow would have met had staged policies been enforced; "unknown" without a pending trace. */
  readonly pendingAction: Verdict;
  readonly deciding: DecidingPolicy | null;
}

/** The policy and rule that settled a flow's fate. */
export interface DecidingPolicy extends PolicyRef {
  readonly ruleIndex: number;
  readonly action: Verdict;
  /** True where no rule matched and the tier's default applied (to endpoints that this policy selects). */
  readonly byTierDefault: boolean;
}

/** A stored flow with all that is known of it. */
export interface FlowDetail extends FlowSummary {
  readonly incarnation: string;
  readonly correction: number;
  readonly enforcedTrace: readonly PolicyHit[];
  readonly pendingTrace: readonly PolicyHit[];
}

/** Asks for a page of flows, newest first. */
export interface FlowPageRequest {
  readonly range: TimeRange;
  readonly filter?: FlowFilter;
  /** 1 to 1,000. */
  readonly limit: number;
  /** `next` of the page before. */
  readonly cursor?: string;
  /** Only flows of which the reporter and both ends are in these clusters; nothing is asked about others. */
  readonly within?: readonly string[];
}

/** A page of flows; `next` is null on the last one. */
export interface FlowPage {
  readonly flows: readonly FlowSummary[];
  readonly next: string | null;
}

/** Asks for flows that were stored since the last call (without a cursor: from now on). */
export interface FlowTailRequest {
  readonly filter?: FlowFilter;
  readonly limit: number;
  readonly cursor?: string;
  readonly nowMs: number;
}

/** Newly stored flows, oldest first. Stretches overlap a little: the same id may come again and must be shown once. */
export interface FlowTail {
  readonly flows: readonly FlowSummary[];
  readonly cursor: string;
  /** More were stored than `limit`: the oldest of them were left out. */
  readonly skipped: boolean;
}

/** How often a value occurs. */
export interface FacetValue {
  readonly value: string;
  readonly flows: number;
}

/** The commonest values in a range, at most 50 each, most frequent first. */
export interface FlowFacets {
  readonly actions: readonly FacetValue[];
  readonly clusters: readonly FacetValue[];
  readonly namespaces: readonly FacetValue[];
  readonly workloads: readonly FacetValue[];
  readonly protocols: readonly FacetValue[];
  readonly ports: readonly FacetValue[];
  readonly policies: readonly FacetValue[];
}

/** One step of a histogram: flows by verdict. */
export interface HistogramStep {
  readonly startMs: number;
  readonly allow: number;
  readonly deny: number;
  readonly pass: number;
  readonly unknown: number;
  /** Of those allowed: the ones that staged policies would deny. */
  readonly pendingDeny: number;
}

/** One end of an edge: a workload, or (kind "host", "network-set", "network", "outside-scope") what is known instead. */
export interface EdgeEnd {
  readonly clusterId: string | null;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** What makes an edge one edge. */
export interface EdgeKey {
  readonly source: EdgeEnd;
  readonly dest: EdgeEnd;
  readonly protocol: string;
  readonly port: number;
}

/** What one reporter counted on an edge. A denied attempt counts as a connection. */
export interface EdgeCounts {
  readonly flows: number;
  readonly allowedConnections: number;
  readonly deniedConnections: number;
  readonly passedConnections: number;
  /** Allowed, but staged policies would deny them. */
  readonly pendingDeniedConnections: number;
  readonly allowedFlows: number;
  readonly deniedFlows: number;
  readonly pendingDeniedFlows: number;
  readonly packets: number;
  /** Towards the called end. */
  readonly bytesToDest: number;
  /** Back to the caller. */
  readonly bytesToSource: number;
}

/** A policy that decided on an edge, at one reporter. */
export interface EdgePolicy extends DecidingPolicy {
  readonly reporter: Reporter;
  readonly flows: number;
}

/** An edge of the service graph over a range. */
export interface GraphEdge extends EdgeKey {
  readonly bySource: EdgeCounts;
  readonly byDestination: EdgeCounts;
  /** Start of the first and of the last bucket with it, within the range. */
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  /** "namespace/name" of services through which it went. */
  readonly services: readonly string[];
  readonly policies: readonly EdgePolicy[];
}

/** Edges whose evidence arrived after a moment, for whoever keeps the topology up. */
export interface ChangedEdges {
  readonly edges: readonly GraphEdge[];
  /** Pass as `sinceMs` next time. Stretches overlap a little, so that nothing is missed. */
  readonly throughMs: number;
}

/**
 * Asks for the edges of a range, of the flows that a filter keeps. Where rollups cannot answer it (`isAnsweredBy` with
 * "edge"), single flows do, over at most `longestFlowRangeMs`; a longer range is a RangeError. Of a policy that decided
 * rollups know nothing to ask for.
 */
export interface GraphRequest extends TimeRange {
  readonly filter?: Omit<FlowFilter, "decidingPolicy" | "edge">;
}

/** One step of an edge's history. */
export interface EdgeStep {
  readonly startMs: number;
  readonly bySource: EdgeCounts;
  readonly byDestination: EdgeCounts;
}

/** How often one rule of a policy was met in one cluster over a range. */
export interface PolicyHits extends PolicyRef {
  readonly clusterId: string;
  readonly ruleIndex: number;
  readonly action: Verdict;
  /** True for hits in the pending trace: what staged policies would do. */
  readonly pending: boolean;
  readonly flows: number;
  readonly connections: number;
  readonly packets: number;
  readonly bytes: number;
  readonly lastHitMs: number;
}

/** Whose hits are asked for: a policy, under each name that clusters give it. */
export interface PolicyOfHits extends Omit<PolicyRef, "name"> {
  readonly names: readonly string[];
}

/** Which hits are counted: those of a range, of all policies unless one is named. */
export interface PolicyHitsRequest extends TimeRange {
  readonly policy?: PolicyOfHits;
}

/** Hits of policies, most first. */
export interface CountedHits {
  readonly hits: readonly PolicyHits[];
  /** False where there were too many policies and places to count: what is not here may still have been met. */
  readonly complete: boolean;
}

/** A cluster and since when evidence of it is expected (its first completed sync; null: not yet). */
export interface ExpectedCluster {
  readonly clusterId: string;
  readonly joinedAtMs: number | null;
}

/** What answers come from: single flows, edges over a range (of the rollup that the range gets), hits of policies. */
export type AnswerSource = "flows" | "edges" | "hits";

/** Asks how complete the evidence of a range is. */
export interface CompletenessRequest {
  readonly range: TimeRange;
  readonly clusters: readonly ExpectedCluster[];
  readonly nowMs: number;
  /** Of which answers: a bucket counts where all that they come from may still hold it. */
  readonly answeredFrom: readonly AnswerSource[];
  /** Buckets that ended less than this ago are not expected yet (Felix's flush and Goldmane's delay). */
  readonly settleMs: number;
}

/** One minute of one cluster that is not complete. */
export interface IncompleteMinute {
  readonly startMs: number;
  readonly expected: number;
  readonly durable: number;
  /**
   * Reasons of gap records in it, "past-retention" of what answers can no longer come from; empty: nothing has arrived
   * and nobody has said why.
   */
  readonly reasons: readonly string[];
}

/** A stretch that is known to be lost. */
export interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason: string;
}

/** What an answer comes from, where the expected evidence of a range begins before it. */
export interface PastRetention {
  readonly kind: AnsweringKind;
  /** What is older is not there (Unix ms). */
  readonly beforeMs: number;
  /** For how many days it is kept; null: the setting says longer, and it went before. */
  readonly days: number | null;
}

/** Durable buckets over expected ones (I5). Before a cluster joined nothing is expected, and nothing is known. */
export interface ClusterCompleteness {
  readonly clusterId: string;
  readonly expected: number;
  readonly durable: number;
  readonly incomplete: readonly IncompleteMinute[];
  readonly gaps: readonly Gap[];
  readonly pastRetention: readonly PastRetention[];
  /** End of the newest durable bucket in the range; null: none. */
  readonly latestMs: number | null;
}

/** What pages read. */
export interface FlowReader {
  flowPage(scope: Scope, request: FlowPageRequest): Promise<FlowPage>;
  tailFlows(scope: Scope, request: FlowTailRequest): Promise<FlowTail>;
  flowDetail(scope: Scope, id: string): Promise<FlowDetail | undefined>;
  flowFacets(scope: Scope, request: { range: TimeRange; filter?: FlowFilter }): Promise<FlowFacets>;
  flowHistogram(
    scope: Scope,
    request: { range: TimeRange; filter?: FlowFilter; stepSeconds: number },
  ): Promise<readonly HistogramStep[]>;
  /**
   * From minutes up to 6 h, from hours up to 14 days, from days beyond, or from the next coarser steps that hold the
   * whole range where these do not (ends of the range are widened to whole steps).
   * At most 50,000 edges of each reporter: those with the most flows.
   */
  graphEdges(scope: Scope, request: GraphRequest): Promise<readonly GraphEdge[]>;
  edgeTimeseries(
    scope: Scope,
    request: { range: TimeRange; edge: EdgeKey; stepSeconds: number },
  ): Promise<readonly EdgeStep[]>;
  policyHits(scope: Scope, request: PolicyHitsRequest): Promise<CountedHits>;
  completeness(scope: Scope, request: CompletenessRequest): Promise<readonly ClusterCompleteness[]>;
  changedEdges(scope: Scope, sinceMs: number): Promise<ChangedEdges>;
  edgeGroups(scope: Scope, request: EdgeGroupsRequest): Promise<EdgeGroups>;
  topTalkers(scope: Scope, request: TopTalkersRequest): Promise<EdgeGroups>;
  fieldValues(scope: Scope, request: FieldValuesRequest): Promise<readonly FacetValue[]>;
  dnsLogs(scope: Scope, request: LogPageRequest): Promise<LogPage<StoredDns>>;
  l7Logs(scope: Scope, request: LogPageRequest): Promise<LogPage<StoredL7>>;
  auditLogs(scope: Scope, request: LogPageRequest): Promise<LogPage<StoredAudit>>;
}

/** What of storage is told, of a whole organisation. */
export interface StorageReader {
  storageUsage(request: StorageUsageRequest): Promise<readonly StorageUse[]>;
}

/** What gateways write. */
export interface FlowWriter {
  /** What time it is for ClickHouse, in Unix ms. */
  now(): Promise<number>;
  /** Stores flows of one organisation and one day, once for each id; refused after the deadline. */
  insertFlows(entries: readonly FlowBlockEntry[], fence: InsertFence): Promise<void>;
  /** Resolves when no insert of that id runs any more. */
  endInsert(id: string): Promise<void>;
  /** How many rows of these batches are stored. */
  countFlows(flows: InsertedFlows): Promise<number>;
  /** Makes up for rollups that missed an insert whose flows are stored. */
  completeFlows(flows: InsertedFlows, fence: InsertFence): Promise<void>;
  /** What is stored of a bucket. */
  storedFlows(bucket: BucketKey): Promise<StoredFlows>;
  /** Says of buckets that they are stored whole; said twice it is said once. */
  markBuckets(buckets: readonly CompleteBucket[]): Promise<void>;
  /** Stores gap records; a second one of the same key is the same gap. */
  insertGaps(gaps: readonly GapInsert[]): Promise<void>;
  /** Which of some clusters have any evidence. */
  clustersWithEvidence(clusters: {
    readonly organisationId: string;
    readonly clusterIds: readonly string[];
  }): Promise<readonly string[]>;
  /** What the store itself says of a cluster's buckets. */
  knownBuckets(cluster: {
    readonly organisationId: string;
    readonly clusterId: string;
  }): Promise<readonly KnownBuckets[]>;
  /** Stores records beside flows, once for each identity; durable when it resolves. */
  insertLogBatch(batch: LogBatchInsert): Promise<void>;
  /** Begins to delete what is past an organisation's retention; gives what it began. May be run again at any time. */
  applyRetention(sweep: RetentionSweep): Promise<readonly SweptPartition[]>;
  /** Deletes everything of an organisation, its rollups included; resolves when it is gone. May be run again. */
  deleteOrganisation(organisationId: string): Promise<void>;
}

/** The evidence store. Failures are FlowStoreError. */
export interface FlowStore extends FlowReader, FlowWriter, StorageReader {
  /** Rejects unless ClickHouse answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Where ClickHouse is. */
export interface FlowStoreConnection {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Name of the cluster in ClickHouse's configuration; absent for a single server. */
  readonly cluster?: string | undefined;
  /** The authority of the server's certificate in PEM, where the system does not know it. */
  readonly ca?: string | undefined;
}

/** How the tables are made. */
export interface FlowStoreSchemaOptions {
  /**
   * "embedded" for one engine; a name of a cluster in ClickHouse's configuration for replicated tables on each of its
   * shards behind distributed ones.
   */
  readonly deployment: "embedded" | { readonly cluster: string };
}
