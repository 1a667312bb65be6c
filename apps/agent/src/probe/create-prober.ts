import type { Clock } from "@isthmus/std";
import type { ProbeResult } from "@isthmus/protocol";
import type { AgentArguments } from "../arguments";
import { dialDirectly } from "./dial";
import { probe } from "./probe";
import { Prober } from "./prober";
import { dialThrough } from "./socks5";

/** What of the agent's world probing uses. */
export interface ProberWorld {
  readonly arguments: Pick<AgentArguments, "probeProxy">;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly signal: AbortSignal;
}

const NONCE_BYTES = 16;
const TIMEOUT_MS = 5_000;

/** A prober that dials from where the agent is, or by way of the proxy that it was given. */
export function createProber(
  { arguments: { probeProxy }, clock, randomBytes, signal }: ProberWorld,
  report: (result: ProbeResult) => void,
): Prober {
  const parts = {
    dial: probeProxy === undefined ? dialDirectly : dialThrough(probeProxy),
    nonce: () => Buffer.from(randomBytes(NONCE_BYTES)).toString("hex"),
    stopwatch: () => performance.now(),
    timeoutMs: TIMEOUT_MS,
  };
  return new Prober({ probe: (target) => probe(parts, target), report, now: () => clock.now(), signal });
}
