import { randomUUID } from "node:crypto";
import { findSweptEvidence, putRetentionSetting } from "@isthmus/db";
import { defaultRetention, keptSince, type RetentionSweep } from "@isthmus/flow-store";
import { storeFlows } from "@isthmus/flow-store/testing";
import { Client } from "pg";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRetentionJob } from "../src/jobs/retention-job";
import { wallClock } from "../src/wall-clock";
import { startStack, type Stack } from "./support/stack";

let stack: Stack;
const other = randomUUID();
const at = new Date();

beforeAll(async () => {
  stack = await startStack();
  const owner = new Client(stack.postgres.ownerUrl);
  await owner.connect();
  await owner.query("set role isthmus_lookup");
  await owner.query("insert into organisation (id, name) values ($1, 'Other')", [other]);
  await owner.end();
});
afterAll(async () => stack.stop());

const jobOf = (applyRetention: (sweep: RetentionSweep) => Promise<never[]>, held = true) => {
  const failures: string[] = [];
  const run = createRetentionJob({
    clock: wallClock,
    database: stack.database,
    log: pino({ level: "silent" }),
    leader: { tryHold: () => Promise.resolve(held), close: () => Promise.resolve() },
    defaults: defaultRetention(7),
    failed: () => failures.push("retention"),
    flows: { applyRetention },
  });
  return { run, failures };
};

describe("the retention job", () => {
  it("asks of each organisation what it has set, and the defaults for the rest", async () => {
    const days = { flows: 3, minute: 2, day: 0 };
    await stack.organisation.transaction((tx) => putRetentionSetting(tx, { days, by: stack.personId, at }));
    const swept: RetentionSweep[] = [];
    await jobOf((sweep) => (swept.push(sweep), Promise.resolve([]))).run();
    expect(Object.fromEntries(swept.map(({ organisationId, retention }) => [organisationId, retention]))).toEqual({
      [stack.organisationId]: { ...defaultRetention(7), flows: 3, minute: 2 },
      [other]: defaultRetention(7),
    });
  });

  it("notes what goes before it goes, and keeps the note where more is kept later", async () => {
    const noted = () => stack.organisation.transaction(findSweptEvidence);
    const keeping = (flows: number) =>
      stack.organisation.transaction((tx) =>
        putRetentionSetting(tx, { days: { flows, minute: 2 }, by: stack.personId, at }),
      );
    const seen: (number | undefined)[] = [];
    const { run } = jobOf(async ({ organisationId }) => {
      if (organisationId === stack.organisationId) seen.push((await noted())["flows"]);
      return [];
    });
    await keeping(3);
    await run();
    await keeping(90);
    await run();
    const since = keptSince(3, Date.now());
    expect(seen).toEqual([since, since]);
    expect(await noted()).toMatchObject({ minute: keptSince(2, Date.now()), day: keptSince(364, Date.now()) });
    await keeping(3);
  });

  it("goes on with the next organisation where one fails, and says so", async () => {
    const swept: string[] = [];
    const { run, failures } = jobOf(({ organisationId }) => {
      swept.push(organisationId);
      return Promise.reject(new Error("no"));
    });
    await run();
    expect(swept.toSorted()).toEqual([stack.organisationId, other].toSorted());
    expect(failures).toEqual(["retention", "retention"]);
  });

  it("is one gateway's at a time", async () => {
    const swept: string[] = [];
    await jobOf(({ organisationId }) => (swept.push(organisationId), Promise.resolve([])), false).run();
    expect(swept).toEqual([]);
  });

  it("is run by a gateway, and takes what the setting no longer keeps", async () => {
    const clusterId = await stack.cluster("west");
    const bucketStart = Math.floor(Date.now() / 15_000) * 15 - 5 * 86_400;
    const identity = { incarnation: "g/0", bucketStart, part: 0, parts: 1, correction: 0 };
    const end = {
      clusterId,
      namespace: "shop",
      workloadKind: "Deployment",
      workloadName: "a",
      name: "a-*",
      type: "workload",
      labels: [],
      resolution: "local",
    } as const;
    const row = {
      keyHash: 1n,
      source: end,
      dest: end,
      destPort: 80,
      protocol: "tcp",
      service: { namespace: "", name: "", portName: "", port: 0 },
      reporter: "source",
      action: "allow",
      enforcedTrace: [],
      pendingTrace: [],
      packetsIn: 1,
      packetsOut: 1,
      bytesIn: 1,
      bytesOut: 1,
      connectionsStarted: 1,
      connectionsCompleted: 1,
      connectionsLive: 0,
    } as const;
    for (const [organisationId, reporter] of [
      [stack.organisationId, clusterId],
      [other, randomUUID()],
    ] as const) {
      await storeFlows(stack.flows, {
        identity: { ...identity, organisationId, clusterId: reporter },
        rows: [row],
        receivedAtMs: bucketStart * 1_000,
      });
    }
    const range = { fromMs: (bucketStart - 60) * 1_000, toMs: (bucketStart + 60) * 1_000 };
    const rows = async (organisationId: string) =>
      (await stack.flows.flowPage({ organisationId, places: "all" }, { range, limit: 9 })).flows.length;
    const gateway = await stack.gateway({ roles: ["jobs"] });
    await expect.poll(() => rows(stack.organisationId), { timeout: 15_000 }).toBe(0);
    expect(await rows(other)).toBe(1);
    await gateway.stop();
  });
});
