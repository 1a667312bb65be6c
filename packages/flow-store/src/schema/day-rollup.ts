import type { ClickHouse } from "../clickhouse-client";

const day = 86_400;
// Between the moment that is asked and the view's first row a migration takes its time.
const hour = 3_600;

/** The first day (its start in Unix seconds) of which a rollup that is made now holds everything. */
export const completeFrom = (nowSeconds: number): number => (Math.floor((nowSeconds + hour) / day) + 1) * day;

/** From when the day rollup holds everything, in Unix ms; Infinity where there is none. */
export type DaysFrom = () => Promise<number>;

/** Reads it once from the table's comment, which is written when the table is made and never after. */
export function createDaysFrom(clickhouse: ClickHouse): DaysFrom {
  let known: Promise<number> | undefined;
  const read = async () => {
    const [row] = await clickhouse.select<{ readonly comment: string }>(
      `SELECT comment FROM system.tables WHERE database = {database:String} AND name IN ('edge_day', 'edge_day_local')
       ORDER BY name DESC LIMIT 1`,
      { database: clickhouse.database },
    );
    const from = /^complete from (\d+)$/.exec(row?.comment ?? "")?.[1];
    return from === undefined ? Infinity : Number(from) * 1_000;
  };
  return () => {
    known ??= read();
    // A table that is not there yet may be made at any moment.
    const forget = () => (known = undefined);
    known.then((from) => from === Infinity && forget(), forget);
    return known;
  };
}
