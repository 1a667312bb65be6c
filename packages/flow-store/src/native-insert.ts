/** A column of a table and its type, as ClickHouse writes them. */
export interface ColumnType {
  readonly name: string;
  readonly type: string;
}

/** Why an insert that came too late says so. */
export const TOO_LATE = "the insert came after its deadline";

/**
 * The statement that stores a block of the Native format: nothing of it where the server's clock has reached the
 * parameter `deadline` (Unix ms) by the time the statement begins. The embedded engine serves exactly this shape.
 */
export function nativeInsertStatement(table: string, columns: readonly ColumnType[]): string {
  const names = columns.map(({ name }) => name).join(", ");
  const structure = columns.map(({ name, type }) => `${name} ${type}`).join(", ");
  const quoted = structure.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
  return (
    `INSERT INTO ${table} (${names}) SELECT ${names} FROM input('${quoted}') ` +
    `WHERE throwIf(now64(3) >= fromUnixTimestamp64Milli({deadline:Int64}, 'UTC'), '${TOO_LATE}') = 0 FORMAT Native`
  );
}

/**
 * Ends the statements of an id, on all replicas where there is a cluster, and answers when none runs any more. An id
 * has letters, digits, "-" and "_".
 */
export function endStatement(id: string, cluster: string | undefined): string {
  if (!/^[\w-]+$/.test(id)) throw new RangeError(`"${id}" is not an id of a statement`);
  const everywhere = cluster === undefined ? "" : ` ON CLUSTER \`${cluster.replaceAll("`", "")}\``;
  // On a cluster a shard runs its part under an id of its own.
  const shards = cluster === undefined ? "" : ` OR initial_query_id = '${id}'`;
  return `KILL QUERY${everywhere} WHERE query_id = '${id}'${shards} SYNC`;
}
