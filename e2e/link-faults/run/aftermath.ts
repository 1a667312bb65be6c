import type { Allowances } from "../judge/judge-evidence";
import { ROLLUPS } from "../judge/stored-evidence";
import type { RigAgent } from "../world/rig-agent";
import type { World } from "../world/world";

/** What comes over evidence later, and may change nothing of what it says. */
export type Later = "merges" | "restart" | "expiry";

/** Flows older than this go when evidence expires, in seconds. */
const KEPT_SECONDS = 900;
/** What expires between two looks is neither asked for nor wrong. */
const SLACK_SECONDS = 60;
const TABLES = ["flow", ...ROLLUPS.map(({ table }) => table), "evidence_bucket", "evidence_gap"] as const;

/** What has come over evidence, as far as judging goes. */
export interface Aged {
  allowances(): Allowances;
  /** What should have gone and has not, each in a line. */
  faults(): Promise<readonly string[]>;
}

const merge = async ({ clickhouse }: World): Promise<void> => {
  for (const table of TABLES) await clickhouse.command(`OPTIMIZE TABLE ${table} FINAL`);
};

const still: Aged = { allowances: () => ({ flowsExpiredBefore: 0 }), faults: () => Promise.resolve([]) };

/** Ages what is stored: merges every table, restarts ClickHouse as well, or lets most flows expire and an agent begin anew. */
export async function age(later: Later, world: World, agents: readonly RigAgent[]): Promise<Aged> {
  switch (later) {
    case "merges":
      await merge(world);
      return still;
    case "restart":
      await world.clickhouse.down("SIGKILL");
      await world.clickhouse.up();
      return still;
    case "expiry":
      return await expire(world, agents);
  }
}

/**
 * Shortens the retention of flows alone, so that those of old buckets go while their sums stay; then takes the agents'
 * spools away, which must not bring them back.
 */
async function expire(world: World, agents: readonly RigAgent[]): Promise<Aged> {
  const { clickhouse } = world;
  await clickhouse.command("ALTER TABLE flow MODIFY SETTING ttl_only_drop_parts = 0");
  await clickhouse.command(`ALTER TABLE flow MODIFY TTL bucket + INTERVAL ${KEPT_SECONDS} SECOND`);
  await merge(world);
  const expiredBefore = Math.floor(Date.now() / 1_000) - KEPT_SECONDS - SLACK_SECONDS;
  await Promise.all(
    agents.map(async (agent) => {
      await agent.process.down("SIGKILL");
      agent.loseSpool();
      agent.process.up();
    }),
  );
  return {
    allowances: () => ({ flowsExpiredBefore: Math.floor(Date.now() / 1_000) - KEPT_SECONDS + SLACK_SECONDS }),
    faults: async () => {
      const ids = agents.map(({ clusterId }) => `'${clusterId}'`).join(",");
      const [row] = await clickhouse.select<{ n: number }>(
        `SELECT count() AS n FROM flow WHERE cluster_id IN (${ids}) AND bucket < toDateTime(${expiredBefore})`,
      );
      return row?.n === 0 ? [] : [`${row?.n} flows are there that have expired`];
    },
  };
}

/** Gives flows the retention back that they had, in days. */
export async function restoreRetention({ clickhouse }: World, days: number): Promise<void> {
  await clickhouse.command(`ALTER TABLE flow MODIFY TTL bucket + INTERVAL ${days} DAY`);
  await clickhouse.command("ALTER TABLE flow MODIFY SETTING ttl_only_drop_parts = 1");
}
