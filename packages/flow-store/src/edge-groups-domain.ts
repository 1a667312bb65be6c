import type { FlowFilter, TimeRange } from "./domain";

/** What edges are counted by. Bytes and packets are of both directions; denied are denied attempts to connect. */
export type EdgeMeasure = "bytes" | "packets" | "connections" | "flows" | "denied";

/** How far an end is told: each names what is before it as well. */
export type EndGrouping = "cluster" | "namespace" | "workload";

/** What edges are put together by; what is absent is summed over. */
export interface EdgeGrouping {
  readonly source?: EndGrouping;
  readonly dest?: EndGrouping;
  readonly port?: true;
  readonly protocol?: true;
  /** Counted from the flows themselves, since rollups do not tell services apart. */
  readonly service?: true;
}

/** Asks for edges put together. */
export interface EdgeGroupsRequest {
  readonly range: TimeRange;
  readonly by: EdgeGrouping;
  readonly measure: EdgeMeasure;
  /** 1 to 10,000: those with the most. */
  readonly limit: number;
  /** Only edges of which an end is in one of these. */
  readonly clusterIds?: readonly string[];
}

/** An end as far as it was asked for; the rest is empty. */
export interface GroupEnd {
  /** Null: outside every cluster, not known, or not to be seen (kind "outside-scope"). */
  readonly clusterId: string | null;
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
}

/** What one reporter counted. */
export type GroupCounts = Readonly<Record<EdgeMeasure, number>>;

/** Edges that are alike in what was asked for. Both ends report what they see: the same traffic is in both counts. */
export interface EdgeGroup {
  readonly source: GroupEnd | null;
  readonly dest: GroupEnd | null;
  readonly port: number | null;
  readonly protocol: string | null;
  /** "namespace/name"; "" where there was none, or none to be seen. */
  readonly service: string | null;
  readonly bySource: GroupCounts;
  readonly byDestination: GroupCounts;
}

/** Groups, most first; `complete` is false where there were more. */
export interface EdgeGroups {
  readonly groups: readonly EdgeGroup[];
  readonly complete: boolean;
}

/** Asks who sends, or is sent, the most. */
export interface TopTalkersRequest {
  readonly range: TimeRange;
  readonly side: "source" | "dest";
  readonly by: EndGrouping | "service" | "port";
  readonly measure: EdgeMeasure;
  /** 1 to 100. */
  readonly limit: number;
  readonly clusterIds?: readonly string[];
}

/** Fields whose values can be completed. */
export const completedFields = [
  "cluster",
  "source.cluster",
  "dest.cluster",
  "namespace",
  "source.namespace",
  "dest.namespace",
  "workload",
  "source.workload",
  "dest.workload",
  "service",
  "policy",
  "port",
  "protocol",
] as const;

/** One of completedFields. */
export type CompletedField = (typeof completedFields)[number];

/** Asks for values of a field that hold a text. */
export interface FieldValuesRequest {
  readonly range: TimeRange;
  readonly field: CompletedField;
  /** Found anywhere in the value, in any case; absent: all values. */
  readonly text?: string;
  /** 1 to 200: the commonest. */
  readonly limit: number;
  /** Narrows what is looked at, for which the flows themselves are read. */
  readonly filter?: FlowFilter;
}
