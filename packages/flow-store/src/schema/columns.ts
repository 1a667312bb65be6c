import { noCluster } from "../ingest/rows";

/** Columns of one end of what was seen between two ends. */
export const end = (side: "source" | "dest") => `
  ${side}_cluster_id UUID,
  ${side}_namespace LowCardinality(String),
  ${side}_workload_kind LowCardinality(String),
  ${side}_workload LowCardinality(String),
  ${side}_name LowCardinality(String),
  ${side}_type LowCardinality(String),
  ${side}_labels Array(LowCardinality(String)),
  ${side}_resolution LowCardinality(String),`;

/** SQL over a flow or an edge: the namespace of the end that reported it. */
export const reporting = "if(reporter = 'source', source_namespace, dest_namespace)";

/** SQL: a namespace of the cluster that reported a row, as a text of placeText. */
export const placeOf = (namespace: string) => `concat(toString(cluster_id), '/', ${namespace})`;

/** SQL over a flow or an edge: the place that reported it, as a text of placeText. */
export const reporterPlace = placeOf(reporting);

/** SQL: the place of one end, as a text of placeText; "" where it is everybody's. */
export const endPlace = (side: "source" | "dest") => {
  const of = `${side}_cluster_id = toUUID('${noCluster}')`;
  // Nobody's end is everybody's; a network set with a namespace lives in the cluster that reported it.
  return `if(${of} AND ${side}_namespace = '', '', concat(toString(if(${of}, cluster_id, ${side}_cluster_id)), '/', ${side}_namespace))`;
};

/** The type of a column that says a place. */
export const place = "LowCardinality(String) MATERIALIZED";

/** The mark of a record whose bucket begins more than two minutes after it arrived. */
export const ahead = "ahead Bool MATERIALIZED bucket > toDateTime(received_at, 'UTC') + 120";
