import { listTopologyEdges } from "@isthmus/db";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Gateway } from "../src/gateway";
import { bucket, evidence, flowsOf, recentBucket } from "./support/evidence";
import { enrol, eventually, startStack, type Stack } from "./support/stack";

let stack: Stack;
let gateway: Gateway;

beforeAll(async () => {
  stack = await startStack();
  gateway = await stack.gateway();
});
afterAll(async () => stack.stop());

describe("the topology", () => {
  it("follows the rollups: new edges appear, known ones widen, and telling twice changes nothing", async () => {
    const { agent, clusterId, welcome } = await enrol(stack, gateway.port, "topology");
    const [late, early] = [recentBucket(3), recentBucket(9)];
    const send = (sequence: number, start: number, rows: ReturnType<typeof flowsOf>) => {
      for (const part of bucket(start, rows))
        agent.send({ case: "evidence", value: evidence(sequence, welcome.leaseTerm, part) });
    };
    const edges = () => stack.organisation.transaction((tx) => listTopologyEdges(tx, { clusterId }));
    send(1, late, flowsOf(2));
    await eventually("two edges", async () => ((await edges()).length === 2 ? true : undefined));
    expect((await edges())[0]).toMatchObject({
      port: 8_000,
      source: { clusterId, kind: "Deployment", name: "checkout" },
      dest: { clusterId, name: "payment" },
      lastVerdicts: { source: [], destination: ["allow"] },
    });
    const [first] = await edges();
    send(2, early, flowsOf(3));
    await eventually("a third edge", async () => ((await edges()).length === 3 ? true : undefined));
    const widened = (await edges())[0];
    expect(widened?.id).toBe(first?.id);
    expect(widened?.firstSeen.getTime()).toBeLessThan(first?.firstSeen.getTime() ?? 0);
    expect(widened?.lastSeen).toEqual(first?.lastSeen);
    agent.close();
  });
});
