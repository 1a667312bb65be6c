import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Demo } from "./demo";

/** Asks the demo's ClickHouse directly, past everything that tests are about. */
export async function selectRows<Row>({ home, url }: Pick<Demo, "home" | "url">, sql: string): Promise<readonly Row[]> {
  const password = readFileSync(join(home, "secrets/clickhouse-password"), "utf8").trim();
  const port = Number(new URL(url).port) + 20;
  const authorization = `Basic ${Buffer.from(`isthmus:${password}`).toString("base64")}`;
  const response = await fetch(`http://127.0.0.1:${port}/?database=isthmus`, {
    method: "POST",
    body: `${sql} FORMAT JSONEachRow`,
    headers: { authorization },
    signal: AbortSignal.timeout(30_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Row);
}

/** What must be zero whatever was killed (invariant I1). */
export interface EvidenceFaults {
  /** Stored flows whose identity occurs more than once. */
  readonly doubled: number;
  /** Flows by which the minute rollup differs from the table. */
  readonly minuteDifference: number;
  readonly hourDifference: number;
  /** Buckets marked durable of which a part is missing. */
  readonly tornBuckets: number;
}

/** Compares table, rollups and bucket markers of everything that is stored. */
export async function findEvidenceFaults(demo: Pick<Demo, "home" | "url">): Promise<EvidenceFaults> {
  const [row] = await selectRows<Record<string, string>>(
    demo,
    `SELECT
       (SELECT count() - uniqExact(cluster_id, incarnation, bucket, part, correction, key_hash) FROM flow) AS doubled,
       (SELECT abs(toInt64((SELECT count() FROM flow)) - toInt64((SELECT sum(flows) FROM edge_minute)))) AS minute,
       (SELECT abs(toInt64((SELECT count() FROM flow)) - toInt64((SELECT sum(flows) FROM edge_hour)))) AS hour,
       (SELECT count() FROM (
          SELECT cluster_id, incarnation, bucket, correction, any(parts) AS wanted, uniqExact(part) AS got
          FROM evidence_bucket GROUP BY cluster_id, incarnation, bucket, correction HAVING wanted != got)) AS torn`,
  );
  return {
    doubled: Number(row?.["doubled"]),
    minuteDifference: Number(row?.["minute"]),
    hourDifference: Number(row?.["hour"]),
    tornBuckets: Number(row?.["torn"]),
  };
}

/** Starts of buckets (Unix seconds) that are missing in a cluster between its first and its last stored one. */
export async function missingBuckets(demo: Pick<Demo, "home" | "url">, clusterId: string): Promise<readonly number[]> {
  const rows = await selectRows<{ at: string }>(
    demo,
    `SELECT toString(toUnixTimestamp(bucket)) AS at FROM evidence_bucket WHERE cluster_id = '${clusterId}' GROUP BY bucket ORDER BY bucket`,
  );
  const seen = rows.map(({ at }) => Number(at));
  const [first = 0, last = 0] = [seen[0], seen.at(-1)];
  const all = Array.from({ length: Math.max(0, (last - first) / 15) }, (_, index) => first + index * 15);
  const known = new Set(seen);
  return all.filter((at) => !known.has(at));
}
