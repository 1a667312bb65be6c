import type { ApiClient } from "../../apps/standalone/src/demo/api-client";
import { clustersByName } from "./api";
import type { Demo } from "./demo";
import { eventually } from "./eventually";
import { findEvidenceFaults, missingBuckets, selectRows } from "./evidence";
import { policyStates } from "./policies";

const SETTLE = { timeoutMs: 120_000, everyMs: 1_000 };

/** Waits until every one of so many clusters has stored a bucket that began after `since` (Unix seconds). */
export const evidenceAfter = (demo: Demo, { clusters, since }: { readonly clusters: number; readonly since: number }) =>
  eventually(
    "evidence of every cluster",
    async () => {
      const rows = await selectRows<{ newest: string }>(
        demo,
        "SELECT toString(toUnixTimestamp(max(bucket))) AS newest FROM evidence_bucket GROUP BY cluster_id",
      );
      return rows.length === clusters && rows.every(({ newest }) => Number(newest) > since) ? true : undefined;
    },
    SETTLE,
  );

/** Buckets that are missing in a cluster without a gap record that says so, as Unix seconds. */
async function unexplainedBuckets(demo: Demo, clusterId: string): Promise<readonly number[]> {
  const missing = await missingBuckets(demo, clusterId);
  const gaps = await selectRows<{ from: string; to: string }>(
    demo,
    `SELECT toString(toUnixTimestamp(gap_from)) AS from, toString(toUnixTimestamp(gap_to)) AS to FROM evidence_gap WHERE cluster_id = '${clusterId}'`,
  );
  return missing.filter((at) => !gaps.some(({ from, to }) => at >= Number(from) && at < Number(to)));
}

/** What is wrong with what is stored now, each in a line. */
const evidenceFaults = async (demo: Demo): Promise<readonly string[]> =>
  Object.entries(await findEvidenceFaults(demo)).flatMap(([what, count]) => (count === 0 ? [] : [`${what}: ${count}`]));

/** What is wrong with the demo now, each in a line; empty when nothing is. */
async function findFaults(demo: Demo, api: ApiClient, policy: string): Promise<readonly string[]> {
  const clusters = Object.values(await clustersByName(api));
  const evidence = await evidenceFaults(demo);
  const states = Object.entries(await policyStates(api, policy));
  const unexplained = await Promise.all(
    clusters.map(async ({ id, name }) => ({ name, buckets: await unexplainedBuckets(demo, id) })),
  );
  return [
    ...clusters.flatMap(({ name, status }) => (status.kind === "connected" ? [] : [`${name} is ${status.kind}`])),
    ...evidence,
    ...unexplained.flatMap(({ name, buckets }) =>
      buckets.length === 0 ? [] : [`${name} lacks buckets without a gap that says so: ${buckets.join(" ")}`],
    ),
    ...(states.length === clusters.length ? [] : [`${policy} has a state in ${states.length} clusters`]),
    ...states.flatMap(([name, state]) => (state === "applied" ? [] : [`${policy} is ${state} in ${name}`])),
  ];
}

/**
 * Asks what is wrong until nothing is, and resolves to what stays wrong. A bucket that is just being stored looks torn
 * and its rollups behind, for no statement sees several tables at one moment; a true fault stays.
 */
async function whatStaysWrong(find: () => Promise<readonly string[]>): Promise<readonly string[]> {
  let faults: readonly string[] = [];
  try {
    await eventually(
      "no fault",
      async () => {
        faults = ["the demo could not be asked"];
        faults = await find();
        return faults.length === 0 ? true : undefined;
      },
      SETTLE,
    );
    return [];
  } catch (error) {
    return faults.length > 0 ? faults : [String(error)];
  }
}

/** Lets a demo settle after faults and resolves to what is still wrong. */
export const faultsAfterSettling = (demo: Demo, api: ApiClient, policy: string): Promise<readonly string[]> =>
  whatStaysWrong(() => findFaults(demo, api, policy));

/** The same for what is stored alone: tables, rollups and bucket markers. */
export const evidenceFaultsAfterSettling = (demo: Demo): Promise<readonly string[]> =>
  whatStaysWrong(() => evidenceFaults(demo));
