import { describe, expect, it } from "vitest";
import { clusterStatus, SILENT_AFTER_MS, type StatusInput } from "./status";

const T = 1_000_000;
const session = { connectedAt: T, lastHeardAt: T + 5_000, syncDone: 0, syncTotal: 0 };

describe("clusterStatus", () => {
  const rows: { name: string; input: StatusInput; now: number; expected: unknown }[] = [
    { name: "no agent has ever come", input: {}, now: T, expected: { kind: "waiting" } },
    {
      name: "a session without a word of its inventory",
      input: { session },
      now: T + 6_000,
      expected: { kind: "connecting", since: T },
    },
    {
      name: "first sync under way",
      input: { session: { ...session, syncDone: 40, syncTotal: 100 } },
      now: T + 6_000,
      expected: { kind: "first-sync", since: T, done: 40, total: 100 },
    },
    {
      name: "all sent is not yet connected: the gateway says when it is durable",
      input: { session: { ...session, syncDone: 100, syncTotal: 100 } },
      now: T + 6_000,
      expected: { kind: "first-sync", since: T, done: 100, total: 100 },
    },
    {
      name: "synced in this session",
      input: { session: { ...session, syncDone: 100, syncTotal: 100, syncedAt: T + 4_000 }, firstSyncedAt: T + 4_000 },
      now: T + 6_000,
      expected: { kind: "connected", since: T },
    },
    {
      name: "a later session of a cluster that joined is connected while it syncs",
      input: { session: { ...session, syncDone: 1, syncTotal: 9 }, firstSyncedAt: T - 90_000 },
      now: T + 6_000,
      expected: { kind: "connected", since: T },
    },
    {
      name: "a silent session is unknown since its last word",
      input: { session, firstSyncedAt: T },
      now: T + 5_000 + SILENT_AFTER_MS,
      expected: { kind: "unknown", since: T + 5_000 },
    },
    {
      name: "one millisecond earlier it is still believed",
      input: { session, firstSyncedAt: T },
      now: T + 4_999 + SILENT_AFTER_MS,
      expected: { kind: "connected", since: T },
    },
    {
      name: "an ended session is unknown at once",
      input: { session: { ...session, endedAt: T + 6_000 }, firstSyncedAt: T },
      now: T + 6_001,
      expected: { kind: "unknown", since: T + 5_000 },
    },
    {
      name: "revoked, its session closed",
      input: { session: { ...session, endedAt: T + 6_000 }, firstSyncedAt: T, revokedAt: T + 6_000 },
      now: T + 7_000,
      expected: { kind: "revoked", since: T + 6_000 },
    },
    {
      name: "revoked but still heard is not called revoked before the session has closed",
      input: { session, firstSyncedAt: T, revokedAt: T + 5_500 },
      now: T + 6_000,
      expected: { kind: "connected", since: T },
    },
  ];
  it.each(rows)("$name", ({ input, now, expected }) => {
    expect(clusterStatus(input, now)).toEqual(expected);
  });
});
