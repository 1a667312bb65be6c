import type { FlowStoreSchemaOptions } from "../domain";
import type { TableName } from "./tables";

/** Where tables are made: in a database of one server, or on each server of a cluster. */
export interface SchemaPlace {
  readonly prefix: string;
  readonly onCluster: string;
  readonly database: string;
  readonly cluster: string | undefined;
}

/** The place of a deployment; throws a RangeError for names that are none. */
export function placeFor(database: string, deployment: FlowStoreSchemaOptions["deployment"]): SchemaPlace {
  const cluster = deployment === "embedded" ? undefined : deployment.cluster;
  return { prefix: `${quoted(database)}.`, onCluster: onClusterOf({ cluster }), database, cluster };
}

/** A name in backticks; throws a RangeError for what is not a plain name. */
export function quoted(name: string): string {
  if (!/^[A-Za-z_][\w-]*$/.test(name)) throw new RangeError(`not a name of a database or cluster: ${name}`);
  return `\`${name}\``;
}

/** What follows a table's name in a statement that every server of a cluster is to run. */
export const onClusterOf = ({ cluster }: Pick<SchemaPlace, "cluster">): string =>
  cluster === undefined ? "" : ` ON CLUSTER ${quoted(cluster)}`;

/** The table that holds rows: on a cluster each shard's own, behind the Distributed one that has the plain name. */
export function localName({ cluster }: Pick<SchemaPlace, "cluster">, table: string): string {
  return cluster === undefined ? table : `${table}_local`;
}

/**
 * All rows of a cluster of Kubernetes are on one shard, so that a batch is one block of one shard, whose replicas know
 * its token, and so that its rollups are whole there.
 */
const shardingKey = "sipHash64(organisation_id, cluster_id)";

/**
 * The Distributed table over the local ones. It is made anew each time, since it holds no rows and has to have the
 * columns that the local ones have by now.
 */
export function distributedTable(place: SchemaPlace, table: TableName): readonly string[] {
  const local = localName(place, table);
  const names = [place.cluster, place.database, local].map((name) => `'${name}'`).join(", ");
  return [
    `CREATE OR REPLACE TABLE ${place.prefix}${table}${place.onCluster} AS ${place.prefix}${local}
ENGINE = Distributed(${names}, ${shardingKey})`,
  ];
}
