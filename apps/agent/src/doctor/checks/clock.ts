import type { Check, Judgement } from "../finding";
import type { GoldmaneSeen, Observation } from "../observation";

/** HTTP's Date has whole seconds, and an answer takes a while. */
const CLOSE_MS = 5_000;
/** From here on evidence is put into other buckets than those it belongs to. */
const FAR_MS = 30_000;
/** Goldmane streams a bucket of 15 s two buckets behind now, and Felix reports up to 15 s late. */
const GOLDMANE_BEHIND_MS = 180_000;
const SYNC = "keep the node's clock with NTP or chrony: `timedatectl status` on the node tells how it is kept";

function judgeOffset(whose: string, offsetMs: number | undefined): Judgement {
  if (offsetMs === undefined) return { state: "unknown", seen: `${whose} did not tell its time` };
  const off = Math.abs(offsetMs);
  if (off <= CLOSE_MS) return { state: "ok", seen: `within ${CLOSE_MS / 1_000} s of ${whose}` };
  const seen = `the agent's clock is ${secondsText(off)} ${offsetMs > 0 ? "behind" : "ahead of"} ${whose}`;
  return { state: off > FAR_MS ? "failing" : "warning", seen, advice: SYNC };
}

const secondsText = (ms: number): string => `${Math.round(ms / 1_000)} s`;

function judgeGoldmane({ address, probe }: GoldmaneSeen, nowMs: number): Judgement {
  if (address === "") return { state: "not-applicable", seen: "the agent was told not to ask Goldmane" };
  if (probe.kind !== "answered") return { state: "unknown", seen: "Goldmane did not answer" };
  if (probe.clockOffsetMs !== undefined) return judgeOffset("Goldmane", probe.clockOffsetMs);
  if (probe.newestFlowEndMs === undefined) {
    return { state: "unknown", seen: "Goldmane holds no flow of the last two minutes, which would tell its time" };
  }
  const behindMs = nowMs - probe.newestFlowEndMs;
  if (behindMs < -FAR_MS) {
    return {
      state: "failing",
      seen: `Goldmane's newest flow ends ${secondsText(-behindMs)} in the future`,
      advice: SYNC,
    };
  }
  // Asked for the last two minutes by its own clock: what is older than that by ours tells of the clocks.
  if (behindMs > GOLDMANE_BEHIND_MS) {
    return {
      state: "failing",
      seen: `what Goldmane calls now is ${secondsText(behindMs)} ago by our clock`,
      advice: SYNC,
    };
  }
  return { state: "ok", seen: `Goldmane's newest flow ended ${secondsText(Math.max(0, behindMs))} ago` };
}

export const CLOCK_CHECKS: readonly Check<Observation>[] = [
  {
    id: "clock.api-server",
    group: "clock",
    title: "Clock, against the API server",
    judge: ({ clock }) => judgeOffset("the API server", clock.apiServerOffsetMs),
  },
  {
    id: "clock.gateway",
    group: "clock",
    title: "Clock, against the gateway",
    judge: ({ clock, gateways }) =>
      gateways.length === 0
        ? { state: "not-applicable", seen: "no gateway was named" }
        : judgeOffset("the gateway", clock.gatewayOffsetMs),
  },
  {
    id: "clock.goldmane",
    group: "clock",
    title: "Clock, against Goldmane",
    judge: ({ goldmane, nowMs }) => judgeGoldmane(goldmane, nowMs),
  },
];
