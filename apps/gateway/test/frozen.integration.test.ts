import { findCluster, listInventoryHashes } from "@isthmus/db";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleChild, startChild } from "./support/gateway-child";
import { dialCredential, enrol, eventually, startStack, type Stack } from "./support/stack";
import { namespace, sendDelta, sync } from "./support/state";

let stack: Stack;
let child: Awaited<ReturnType<typeof bundleChild>>;
let watcher: Client;

beforeAll(async () => {
  [stack, child] = await Promise.all([startStack(), bundleChild()]);
  watcher = new Client({ connectionString: stack.postgres.superuserUrl });
  await watcher.connect();
});
afterAll(async () => {
  await watcher.end();
  await stack.stop();
  await child.remove();
});

const holdsRow = async (): Promise<boolean> => {
  const { rows } = await watcher.query<{ n: number }>(
    `select count(*)::int as n from pg_locks l join pg_stat_activity a on a.pid = l.pid
     where a.state = 'idle in transaction' and l.relation = 'cluster_session'::regclass and l.mode = 'RowShareLock'`,
  );
  return (rows[0]?.n ?? 0) > 0;
};

describe("a gateway that is frozen within a transaction", () => {
  it("does not hold up its successor for ever, and does no harm when it goes on", async () => {
    const frozen = await startChild(stack, child.script, { dieAt: "never", roles: ["sessions"] });
    const survivor = await stack.gateway({ roles: ["sessions"] });
    const { agent, clusterId, clusterUid, credentialId, key, welcome } = await enrol(stack, frozen.port, "frozen");
    await sync(agent, [namespace("a")]);
    frozen.freezeInTransaction();
    sendDelta(agent, 1n, { upserts: [namespace("from-the-frozen-one")] }).catch(() => undefined);
    await eventually("a lock that nobody frees", async () => ((await holdsRow()) ? true : undefined));

    // Attempts fail while the row is held, and one of them gets it: Postgres ends the frozen one's transaction.
    const outcomes: string[] = [];
    const successor = await eventually(
      "a takeover",
      async () => {
        const next = dialCredential(stack, { port: survivor.port, credentialId, key, clusterUid });
        const opened = await next.opened().catch(() => undefined);
        outcomes.push(opened === undefined ? "failed" : "taken");
        return opened === undefined ? undefined : { next, term: opened.leaseTerm };
      },
      60_000,
    );
    expect(outcomes.at(-1)).toBe("taken");
    expect(await holdsRow()).toBe(false);
    expect(successor.term).toBeGreaterThan(welcome.leaseTerm);
    await sync(successor.next, [namespace("a")]);

    // What it had not committed is gone, and what it would write now is fenced.
    frozen.thaw();
    expect(["taken-over", "lease-lost", "socket-closed", "silent"]).toContain(await agent.refusal(20_000));
    await sendDelta(successor.next, 1n, { upserts: [namespace("b")] });
    const rows = await stack.organisation.transaction((tx) => listInventoryHashes(tx, clusterId));
    expect(rows.map(({ ref }) => ref.name).toSorted()).toEqual(["a", "b"]);
    const cluster = await stack.organisation.transaction((tx) => findCluster(tx, clusterId));
    expect(cluster?.session).toMatchObject({ disconnectedAt: null });
    expect(successor.next.closeReason).toBeUndefined();
    successor.next.close();
    await frozen.kill();
  }, 120_000);
});
