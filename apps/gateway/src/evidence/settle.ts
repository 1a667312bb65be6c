import type { CountColumns, FlowTable, StoredFlows } from "@isthmus/flow-store";

/** The rows of a table that have to be stored so that what is stored adds up to what the table says. */
export interface Settled {
  /** Under this number they are stored: no other rows of the bucket have it. */
  readonly correction: number;
  /** Which rows, by their index. */
  readonly rows: readonly number[];
  /** What is to be added for each of those rows; negative where there was more. */
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
 * Compares what a table says of its flows with what is stored of them: flows that are not stored go in as they are,
 * others as the difference; with `onlyMissing` they stay. What the table does not name stays. Settling what is stored already gives no rows.
 */
export function settle(table: FlowTable, stored: StoredFlows, { onlyMissing = false } = {}): Settled {
  const differing: number[] = [];
  for (let row = 0; row < table.rows; row += 1) {
    const sums = stored.sums.get(keyOf(table, row));
    if (sums === undefined || (!onlyMissing && names.some((name) => sums[name] !== table.counts[name][row])))
      differing.push(row);
  }
  const column = (name: (typeof names)[number]) =>
    Float64Array.from(
      differing,
      (row) => (table.counts[name][row] ?? 0) - (stored.sums.get(keyOf(table, row))?.[name] ?? 0),
    );
  return {
    correction: Math.max(FIRST_SETTLED, stored.newestCorrection + 1),
    rows: differing,
    counts: {
      packetsIn: column("packetsIn"),
      packetsOut: column("packetsOut"),
      bytesIn: column("bytesIn"),
      bytesOut: column("bytesOut"),
      connectionsStarted: column("connectionsStarted"),
      connectionsCompleted: column("connectionsCompleted"),
      connectionsLive: column("connectionsLive"),
    },
    isFirst: Uint8Array.from(differing, (row) => (stored.sums.has(keyOf(table, row)) ? 0 : 1)),
  };
}

const keyOf = (table: FlowTable, row: number): bigint => table.keyHash[row] ?? 0n;
