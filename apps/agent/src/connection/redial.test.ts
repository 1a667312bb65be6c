import { refused, type AgentCloseReason, type RefusalCode } from "@isthmus/protocol";
import { describe, expect, it } from "vitest";
import { createRedial } from "./redial";

const lost: AgentCloseReason = { kind: "socket-closed" };
const refusedAs = (code: RefusalCode, afterMs?: number): AgentCloseReason => ({
  kind: "refused",
  refused: refused(code, undefined, afterMs),
});
const most = () => createRedial(() => 1 - Number.EPSILON);
const delays = (redial: ReturnType<typeof createRedial>, reasons: readonly AgentCloseReason[], claims = 1) =>
  reasons.map((reason) => redial.delayAfter(reason, claims));

describe("dialling again", () => {
  it("waits up to twice as long each time, and half a minute at most", () => {
    const times = Array.from({ length: 9 }, () => lost);
    expect(delays(most(), times)).toEqual([499, 999, 1_999, 3_999, 7_999, 15_999, 29_999, 29_999, 29_999]);
  });

  it("has full jitter: any time from none to the longest", () => {
    const drawn = [0, 0.25, 0.5];
    const redial = createRedial(() => drawn.shift() ?? 0);
    expect(delays(redial, [lost, lost, lost, lost])).toEqual([0, 250, 1_000, 0]);
  });

  it("begins anew after a sync, and after nothing else", () => {
    const redial = most();
    delays(redial, [lost, lost, lost]);
    redial.learned();
    expect(delays(redial, [{ kind: "silent" }, lost])).toEqual([3_999, 7_999]);
    redial.synced();
    expect(delays(redial, [lost, lost])).toEqual([499, 999]);
  });

  it("spreads the agents of a gateway that drains over some seconds, and counts no failure", () => {
    const drained: AgentCloseReason = { kind: "drained" };
    const drawn = [0, 0.5, 1 - Number.EPSILON, 1 - Number.EPSILON];
    const redial = createRedial(() => drawn.shift() ?? 0);
    expect(delays(redial, [drained, drained, drained, lost])).toEqual([300, 1_800, 3_299, 499]);
  });

  it.each<{ readonly name: string; readonly reason: AgentCloseReason; readonly delay: number }>([
    { name: "a gateway that goes away", reason: refusedAs("draining"), delay: 499 },
    { name: "a full gateway, at the time that it named", reason: refusedAs("overloaded", 7_000), delay: 7_499 },
    {
      name: "a challenge that is not trusted",
      reason: { kind: "distrusted", error: { code: "gateway-nonce", message: "" } },
      delay: 5_000,
    },
    { name: "what only an upgrade mends", reason: refusedAs("version-unsupported"), delay: 60_000 },
    { name: "the only claim", reason: refusedAs("credential-revoked"), delay: 60_000 },
  ])("after $name: $delay ms", ({ reason, delay }) => {
    expect(Math.round(most().delayAfter(reason, 1))).toBe(delay);
  });

  it("shows each claim once before it waits for a person", () => {
    const redial = most();
    const reasons = [refusedAs("credential-revoked"), refusedAs("grant-expired")];
    expect(delays(redial, reasons, 2).map(Math.round)).toEqual([499, 60_000]);
    expect(redial.turn).toBe(2);
  });
});
