import type { AgentCloseReason } from "@isthmus/protocol";
import { backoffDelayMs, type Backoff } from "@isthmus/std";
import { isAboutClaim } from "./claims";

/** When to dial again, and with which claim. */
export interface Redial {
  /** Counts the claims that were refused: the one shown next is this one, modulo how many there are. */
  readonly turn: number;
  /** In ms, of a session that ended so, for an agent with that many claims. */
  delayAfter(reason: AgentCloseReason, claims: number): number;
  /** A sync was whole: the backoff begins anew. A session that was only let in does not count, so that a gateway that lets us in and drops us is spared. */
  synced(): void;
  /** There is a new credential: it is shown first. */
  learned(): void;
}

const RETRY: Backoff = { baseMs: 500, maxMs: 30_000 };
/** A refusal that only a person can lift is asked about this seldom. */
const REFUSED_RETRY_MS = 60_000;
/** A gateway that drains tells all of its agents at once: they come to the others spread over this, the first after some while. */
const DRAINED_LEAST_MS = 300;
const DRAINED_SPREAD_MS = 3_000;
/** What answers with a challenge that is not trusted is left alone for so long. */
const DISTRUSTED_MS = 5_000;

/** Makes it; `random` is uniform in [0, 1). */
export function createRedial(random: () => number): Redial {
  let attempt = 0;
  let turn = 0;
  const backoff = (): number => {
    const waitMs = backoffDelayMs(RETRY, attempt, random());
    attempt += 1;
    return waitMs;
  };
  return {
    get turn() {
      return turn;
    },
    delayAfter: (reason, claims) => {
      if (reason.kind === "drained") return DRAINED_LEAST_MS + Math.floor(DRAINED_SPREAD_MS * random());
      const waitMs = backoff();
      if (reason.kind !== "refused") return reason.kind === "distrusted" ? Math.max(waitMs, DISTRUSTED_MS) : waitMs;
      const { code, retryable, retryAfterMs } = reason.refused;
      // Also for a grant that waits for a person: the credential that there was before may still be good meanwhile.
      if (isAboutClaim(code)) turn += 1;
      if (retryable) return retryAfterMs + waitMs;
      if (isAboutClaim(code) && turn % Math.max(1, claims) !== 0) return waitMs;
      return REFUSED_RETRY_MS / 2 + (REFUSED_RETRY_MS / 2) * random();
    },
    synced: () => {
      attempt = 0;
    },
    learned: () => {
      turn = 0;
    },
  };
}
