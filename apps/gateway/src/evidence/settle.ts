import type { CountColumns, FlowTable, StoredFlows } from "@isthmus/flow-store";

/** The rows of a table that have to be stored so that what is stored adds up to what the table says. */
export interface Settled {
  /** Under this number they are stored: no other rows of the bucket have it. */
  readonly correction: number;
  /** Which rows, by their index. */
  readonly rows: readonly number[];
  /** What is to be added for each of those rows. */
  readonly counts: CountColumns;
  /** 1 where nothing of the flow was stored. */
  readonly isFirst: Uint8Array;
}

/** Numbers of corrections that gateways make; those of old agents' additions are below. */
export const FIRST_SETTLED = 1_000;

const names = [
  "packetsIn",
  "packetsOut",
  "bytesIn",
  "bytesOut",
  "connectionsStarted",
  "connectionsCompleted",
  "connectionsLive",
] as const satisfies readonly (keyof CountColumns)[];

/**
 * Compares what a table says of its flows with what is stored of them: flows that are not stored go in as they are, of
 * others what they grew by. Counts of a bucket only grow at its source, so whatever is said, in whatever order and by
 * whatever clock, adds up to the most that was said; saying it again gives no rows. What the table does not name stays.
 * Where flows of the bucket are past their retention and gone, nobody can tell what they grew by, and nothing goes in.
 */
export function settle(table: FlowTable, stored: StoredFlows): Settled {
  const growing: number[] = [];
  for (let row = 0; stored.isWhole && row < table.rows; row += 1) {
    const sums = stored.sums.get(keyOf(table, row));
    if (sums === undefined || names.some((name) => (table.counts[name][row] ?? 0) > sums[name])) growing.push(row);
  }
  const column = (name: (typeof names)[number]) =>
    Float64Array.from(growing, (row) =>
      Math.max(0, (table.counts[name][row] ?? 0) - (stored.sums.get(keyOf(table, row))?.[name] ?? 0)),
    );
  return {
    correction: Math.max(FIRST_SETTLED, stored.newestCorrection + 1),
    rows: growing,
    counts: {
      packetsIn: column("packetsIn"),
      packetsOut: column("packetsOut"),
      bytesIn: column("bytesIn"),
      bytesOut: column("bytesOut"),
      connectionsStarted: column("connectionsStarted"),
      connectionsCompleted: column("connectionsCompleted"),
      connectionsLive: column("connectionsLive"),
    },
    isFirst: Uint8Array.from(growing, (row) => (stored.sums.has(keyOf(table, row)) ? 0 : 1)),
  };
}

const keyOf = (table: FlowTable, row: number): bigint => table.keyHash[row] ?? 0n;
