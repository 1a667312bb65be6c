import { listClusters } from "@isthmus/db";
import { insertOneOfEverything } from "@isthmus/db/testing";
import { Client } from "pg";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDeletionJob } from "../src/jobs/deletion-job";
import { wallClock } from "../src/wall-clock";
import { enrol, startStack, type Stack } from "./support/stack";

let stack: Stack;

beforeAll(async () => {
  stack = await startStack();
});
afterAll(async () => stack.stop());

/** Rows that an organisation has in each table that belongs to one, as Postgres itself sees them. */
async function rowsOf(organisation: string): Promise<Record<string, number>> {
  const owner = new Client(stack.postgres.ownerUrl);
  await owner.connect();
  await owner.query("select set_config('isthmus.organisation', $1, false)", [organisation]);
  const { rows: tables } = await owner.query<{ name: string }>(
    `select table_name as name from information_schema.columns
     where column_name = 'organisation_id' and table_schema = 'public' order by 1`,
  );
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const { rows } = await owner.query<{ n: number }>(
      `select count(*)::int as n from ${name} where organisation_id = $1`,
      [organisation],
    );
    counts[name] = rows[0]?.n ?? -1;
  }
  await owner.end();
  return counts;
}

const asApp = async (organisation: string, work: (client: Client) => Promise<unknown>) => {
  const app = new Client(stack.postgres.appUrl);
  await app.connect();
  await app.query("begin");
  await app.query("select set_config('isthmus.organisation', $1, true)", [organisation]);
  await work(app);
  await app.query("commit");
  await app.end();
};

describe("the deletion of an organisation", () => {
  it("waits for its day, then takes everything, the evidence first, and nothing of others", async () => {
    const id = stack.organisationId;
    const deleted: string[] = [];
    const clustersSeen: number[] = [];
    const run = createDeletionJob({
      clock: wallClock,
      database: stack.database,
      log: pino({ level: "silent" }),
      leader: { tryHold: () => Promise.resolve(true), close: () => Promise.resolve() },
      flows: {
        deleteOrganisation: async (organisation) => {
          deleted.push(organisation);
          clustersSeen.push((await stack.organisation.transaction(listClusters)).length);
          await stack.flows.deleteOrganisation(organisation);
        },
      },
    });
    await asApp(id, (client) => insertOneOfEverything(client, id));
    const { agent } = await enrol(stack, (await stack.gateway({ roles: ["sessions"] })).port, "in-session");
    const filled = await rowsOf(id);
    expect(Object.entries(filled).filter(([, rows]) => rows === 0)).toEqual([]);

    await run();
    await asApp(id, (client) =>
      client.query(
        "update organisation set deletion_requested_at = now(), deletion_due_at = now() + interval '7 days'",
      ),
    );
    await run();
    expect([deleted, await rowsOf(id)]).toEqual([[], filled]);

    await asApp(id, (client) => client.query("update organisation set deletion_due_at = now() - interval '1 s'"));
    await run();
    expect(Object.entries(await rowsOf(id)).filter(([, rows]) => rows > 0)).toEqual([]);
    expect(deleted).toEqual([id, id]);
    expect(await agent.refusal(1_500)).toBe("cluster-deleted");
    expect(clustersSeen[0]).toBeGreaterThan(0);
    expect(await stack.database.lookups.listOrganisationsForJobs()).toEqual([]);
    await run();
    expect(deleted).toHaveLength(2);
  });
});
