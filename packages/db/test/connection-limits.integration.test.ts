import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase, createJobLeader, lock, type Database, type OrganisationTransaction } from "../src/index";
import { startTestDatabase, type TestDatabase } from "../src/testing";
import { prismaOf } from "../src/transaction";

let server: TestDatabase;
const open: Database[] = [];

beforeAll(async () => {
  server = await startTestDatabase();
});
afterAll(async () => {
  await Promise.all(open.map((database) => database.close()));
  await server?.stop();
});

function organisation(kind: "web" | "gateway") {
  const database = createDatabase(server.appUrl, { kind });
  open.push(database);
  return database.forOrganisation(randomUUID());
}

const limitsIn = async (tx: OrganisationTransaction) =>
  await prismaOf(tx).$queryRaw`
    select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
      current_setting('idle_in_transaction_session_timeout') as idle`;

describe("connections", () => {
  it.each([
    { kind: "web", options: {}, limits: { statement: "30s", lock: "10s", idle: "30s" } },
    { kind: "gateway", options: {}, limits: { statement: "30s", lock: "8s", idle: "10s" } },
    { kind: "gateway", options: { timeoutMs: 120_000 }, limits: { statement: "2min", lock: "2min", idle: "2min" } },
  ] as const)("of $kind have limits; $options", async ({ kind, options, limits }) => {
    const own = organisation(kind);
    expect(await own.transaction(limitsIn, options)).toEqual([limits]);
    // What one transaction asked for is not left to the next.
    expect(await own.transaction(limitsIn)).not.toEqual([{ statement: "2min", lock: "2min", idle: "2min" }]);
  });

  it("give up a lock that somebody holds on to, and may try again", async () => {
    const own = organisation("gateway");
    await own.transaction(async (tx) => {
      await lock(tx, "held");
      await expect(own.transaction((other) => lock(other, "held"), { timeoutMs: 300 })).rejects.toMatchObject({
        name: "DatabaseError",
        code: "unavailable",
        retryable: true,
      });
    });
    await own.transaction((tx) => lock(tx, "held"));
  });

  it("that idle within a transaction are ended, and what they locked is free", async () => {
    const own = organisation("gateway");
    let isFree = false;
    const idling = own.transaction(
      async (tx) => {
        await lock(tx, "idle");
        await prismaOf(tx).$executeRaw`select set_config('idle_in_transaction_session_timeout', '200', true)`;
        await own.transaction((other) => lock(other, "idle"));
        isFree = true;
        await prismaOf(tx).$queryRaw`select 1`;
      },
      { timeoutMs: 20_000 },
    );
    await expect(idling).rejects.toMatchObject({ name: "DatabaseError", retryable: true });
    expect(isFree).toBe(true);
  });
});

describe("a leader that falls silent", () => {
  it("loses its locks to one that speaks, and knows when it speaks again", async () => {
    const [silent, next] = [createJobLeader(server.appUrl, { silentMs: 300 }), createJobLeader(server.appUrl)];
    expect(await silent.tryHold("fleet")).toBe(true);
    expect(await next.tryHold("fleet")).toBe(false);
    const deadline = Date.now() + 20_000;
    while (Date.now() < deadline && !(await next.tryHold("fleet"))) await new Promise((later) => setTimeout(later, 50));
    expect(await next.tryHold("fleet")).toBe(true);
    expect(await silent.tryHold("fleet").catch(() => false)).toBe(false);
    await Promise.all([silent.close(), next.close()]);
  });

  it("keeps them for as long as it speaks", async () => {
    const [leader, other] = [createJobLeader(server.appUrl, { silentMs: 2_000 }), createJobLeader(server.appUrl)];
    for (let turn = 0; turn < 30; turn += 1) {
      expect(await leader.tryHold("kept")).toBe(true);
      expect(await other.tryHold("kept")).toBe(false);
      await new Promise((later) => setTimeout(later, 100));
    }
    await Promise.all([leader.close(), other.close()]);
  });
});
