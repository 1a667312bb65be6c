import type { FlowIds } from "./flow-id";
import type { Condition } from "./scoped-query";

/** The order of records of any kind, newest first; it is the sort key's, reversed. */
export const newestFirst = ["bucket", "cluster_id", "key_hash", "incarnation", "correction"]
  .map((column) => `${column} DESC`)
  .join(", ");

const identity = `{idBucket:UInt32}, {idCluster:UUID}, {idKey:UInt64}, {idIncarnation:String}, {idCorrection:UInt16}`;

/** The record of an id, or those that come after it in newestFirst; throws a RangeError for what is no id. */
export function identified(operator: "=" | "<", id: string, ids: FlowIds): Condition {
  const flow = ids.parse(id);
  if (!flow) throw new RangeError("not a cursor of a page of flows");
  const parameters = {
    idBucket: flow.bucket,
    idCluster: flow.clusterId,
    idKey: flow.keyHash,
    idIncarnation: flow.incarnation,
    idCorrection: flow.correction,
  };
  // The bucket alone too, and the cluster of a single flow: they narrow by the sort key, which the whole tuple does not.
  const place =
    operator === "="
      ? "= toDateTime({idBucket:UInt32}, 'UTC') AND cluster_id = {idCluster:UUID}"
      : "<= toDateTime({idBucket:UInt32}, 'UTC')";
  return {
    sql: `bucket ${place} AND
      (toUnixTimestamp(bucket), cluster_id, key_hash, incarnation, correction) ${operator} (${identity})`,
    parameters,
  };
}

/** A page's limit, 1 to 1,000. */
export const boundedLimit = (limit: number): number => Math.min(Math.max(1, Math.trunc(limit)), 1_000);
