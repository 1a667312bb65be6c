import { randomUUID } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { PROBES_KEPT, listLatestProbes, listProbeHistory, setClusterProbe, storeProbeResult } from "@isthmus/db";
import { ProbeOutcome, ProbeReportSchema } from "@isthmus/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Gateway } from "../src/gateway";
import { enrol, eventually, startStack, type Stack } from "./support/stack";
import { pod, sendFacts, sync } from "./support/state";

let stack: Stack;
let sessions: Gateway;

beforeAll(async () => {
  stack = await startStack();
  sessions = await stack.gateway({ roles: ["sessions"] });
});
afterAll(async () => stack.stop());

const joined = (name: string, capabilities: readonly string[] = ["probes"]) =>
  enrol(stack, sessions.port, { name, capabilities });
const probePod = (ip: string) => pod("isthmus-probe-1", { app: "probe", ip, labels: { "isthmus.io/probe": "answer" } });
const takesPart = (clusterId: string, enabled = true) =>
  stack.organisation.transaction((tx) =>
    setClusterProbe(tx, { clusterId, enabled, by: stack.personId, at: new Date() }),
  );
const latest = () => stack.organisation.transaction((tx) => listLatestProbes(tx));

describe("probes", () => {
  it("are ordered between clusters that both take part, and what comes back is stored for that pair alone", async () => {
    const [west, east, old, off, lost] = await Promise.all([
      joined("west"),
      joined("east"),
      joined("old", []),
      joined("off"),
      joined("lost"),
    ]);
    const [cart, label] = [{ app: "cart", ip: "10.2.0.1" }, { "isthmus.io/probe": "answer" }];
    // Labelled, and at an address that is no pod's.
    const metadata = pod("a-trap", { app: "trap", ip: "169.254.169.254", labels: label });
    sendFacts(west.agent, "10.1.0.0/16");
    sendFacts(east.agent, "10.2.0.0/16");
    sendFacts(old.agent, "10.3.0.0/16");
    sendFacts(lost.agent, "10.5.0.0/16");
    await sync(west.agent, [probePod("10.1.0.9")]);
    await sync(east.agent, [metadata, probePod("10.2.0.9"), pod("cart-1", cart)]);
    await sync(old.agent, [probePod("10.3.0.9")]);
    await sync(off.agent, [probePod("10.4.0.9")]);
    await sync(lost.agent, [probePod("db.internal")]);
    for (const { clusterId } of [west, east, old, lost]) await takesPart(clusterId);
    const { orders } = await west.agent.next("probeOrders");
    const ordered = orders.map(({ id, address }) => ({ id, address }));
    expect(ordered.toSorted((a, b) => a.address.localeCompare(b.address))).toEqual([
      { id: east.clusterId, address: "10.2.0.9" },
      { id: old.clusterId, address: "10.3.0.9" },
    ]);
    await east.agent.next("probeOrders");
    expect([old, off].map(({ agent }) => agent.received("probeOrders").length)).toEqual([0, 0]);

    const answered = {
      outcome: ProbeOutcome.ANSWERED,
      roundTripUs: 1_500,
      ownAddress: "10.1.0.5",
      seenAddress: "172.18.0.10",
    };
    const results = [
      // Not ordered: another cluster, another address, and nothing that is one.
      { id: off.clusterId, address: "10.4.0.9", ...answered },
      { id: east.clusterId, address: "10.2.0.1", ...answered },
      { id: randomUUID(), address: "10.2.0.9", ...answered },
      { id: east.clusterId, address: "10.2.0.9", ...answered, message: "a\0b" },
      // Once answered: nothing was asked any more.
      { id: east.clusterId, address: "10.2.0.9", ...answered, message: "again" },
    ];
    west.agent.send({ case: "probeReport", value: create(ProbeReportSchema, { results }) });
    const found = await eventually("the result", async () =>
      (await latest()).length > 0 ? await latest() : undefined,
    );
    expect(found).toEqual([
      {
        sourceClusterId: west.clusterId,
        targetClusterId: east.clusterId,
        at: expect.any(Date),
        outcome: "answered",
        roundTripUs: 1_500,
        targetAddress: "10.2.0.9",
        ownAddress: "10.1.0.5",
        seenAddress: "172.18.0.10",
        message: "ab",
      },
    ]);
    for (const { agent } of [west, east, old, off, lost]) agent.close();
  });

  it("are kept in bounds, the newest of each pair", async () => {
    const [a, b] = [await stack.cluster("kept-a"), await stack.cluster("kept-b")];
    const pair = { sourceClusterId: a, targetClusterId: b };
    const details = { outcome: "timeout", roundTripUs: 0, targetAddress: "", ownAddress: "", seenAddress: "" } as const;
    await stack.organisation.transaction(async (tx) => {
      for (let minute = 0; minute < PROBES_KEPT + 5; minute += 1)
        await storeProbeResult(tx, { ...pair, ...details, at: new Date(minute * 60_000), message: String(minute) });
    });
    const history = await stack.organisation.transaction((tx) => listProbeHistory(tx, pair));
    expect(history).toHaveLength(PROBES_KEPT);
    expect(history[0]?.message).toBe(String(PROBES_KEPT + 4));
  });
});
