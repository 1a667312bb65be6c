import { getEventListeners } from "node:events";
import type { Database } from "@isthmus/db";
import type { FlowWriter } from "@isthmus/flow-store";
import { turnedClock, type TurnedClock } from "@isthmus/std/testing";
import pino from "pino";
import { describe, expect, it } from "vitest";
import { createTurns } from "../lanes/turns";
import { createMetrics } from "../metrics";
import { createEvidenceWriter, type EvidenceWriter } from "./evidence-writer";

const owner = {
  organisationId: "o",
  clusterId: "c",
  clusterName: "c",
  sessionId: "s",
  leaseTerm: 1n,
  credentialId: "k",
  publicKey: new Uint8Array(0),
  clusterUid: "u",
  capabilities: [],
};
const gap = { kind: "gap", incarnation: "i/0", from: 15, to: 30, reason: "spool-full" } as const;

/** A writer whose stores do not answer until they fail: whatever is handed in waits. */
function waitingWriter(): {
  readonly writer: EvidenceWriter;
  readonly clock: TurnedClock;
  readonly failStores: () => void;
} {
  const clock = turnedClock();
  let failStores = (): void => undefined;
  const answer = new Promise<never>((_, reject) => {
    failStores = () => reject(new Error("the store is gone"));
  });
  const writer = createEvidenceWriter({
    // INVARIANT: nothing is asked of either before it is known since when evidence is kept.
    database: {} as Database,
    flows: {} as FlowWriter,
    clock,
    log: pino({ level: "silent" }),
    metrics: createMetrics(),
    gatewayId: "g",
    newId: () => "id",
    keptSince: () => answer,
    turns: createTurns(),
  });
  return { writer, clock, failStores };
}

describe("the evidence writer", () => {
  it("fails what waits when its session ends, and keeps nothing of it", async () => {
    const { writer } = waitingWriter();
    const [first, session] = [new AbortController(), new AbortController()];
    void writer.store(owner, gap, first.signal).catch(() => undefined);
    await new Promise((resolve) => setImmediate(resolve)); // what came first has been taken
    const waiting = [1, 2, 3].map(() => writer.store(owner, gap, session.signal));
    session.abort();
    for (const each of waiting) await expect(each).rejects.toThrow("the session ended");
    expect(getEventListeners(session.signal, "abort")).toHaveLength(0);
  });

  it("leaves nothing at a session's signal once what it handed in is done with", async () => {
    const { writer, clock, failStores } = waitingWriter();
    const { signal } = new AbortController();
    const waiting = [1, 2].map(() => writer.store(owner, gap, signal));
    const ended = Promise.allSettled(waiting);
    expect(getEventListeners(signal, "abort")).toHaveLength(2);
    void writer.close(0);
    await clock.turn(1);
    failStores();
    expect((await ended).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });
});
