import { holdAgentLease, type OrganisationTransaction } from "@isthmus/db";
import type { GatewayBody, RefusalCode } from "@isthmus/protocol";
import { backoffDelayMs, type Backoff } from "@isthmus/std";
import type { SessionContext, SessionOwner } from "../context";

/** What a lane of one session works with. */
export interface LaneContext {
  readonly session: SessionContext;
  readonly owner: SessionOwner;
  readonly send: (body: GatewayBody) => void;
  /** Aborts when the session ends. */
  readonly signal: AbortSignal;
}

/** Thrown by a lane to end its session with a code. */
export class LaneRefusal extends Error {
  override readonly name = "LaneRefusal";
  readonly code: RefusalCode;
  constructor(code: RefusalCode, detail: string) {
    super(detail);
    this.code = code;
  }
}

const backoff: Backoff = { baseMs: 100, maxMs: 5_000 };

/** Runs `work` in a transaction that holds the session's lease; fails with `lease-lost` where that has passed on. */
export async function withLease<T>(lane: LaneContext, work: (tx: OrganisationTransaction) => Promise<T>): Promise<T> {
  const { owner, session } = lane;
  return await session.database.forOrganisation(owner.organisationId).transaction(async (tx) => {
    if (!(await holdAgentLease(tx, owner))) throw new LaneRefusal("lease-lost", `term ${owner.leaseTerm}`);
    return await work(tx);
  });
}

/** Repeats `work` while it fails for a while only (a store restarts), until it succeeds or the session ends. */
export async function untilStored<T>(lane: LaneContext, work: () => Promise<T>): Promise<T> {
  const { clock, log } = lane.session;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (lane.signal.aborted || !isRetryable(error, attempt)) throw error;
      const delayMs = backoffDelayMs(backoff, attempt, 0.5 + Math.random() / 2);
      log.warn({ err: error, cluster: lane.owner.clusterId, delayMs }, "a store failed; trying again");
      await clock.sleep(delayMs, lane.signal);
    }
  }
}

/** Attempts for an error that nobody has classified: a driver's own, as when its connection breaks within a query. */
const UNCLASSIFIED_ATTEMPTS = 5;

/** Whether the same may work later. */
export function isRetryable(error: unknown, attempt: number): boolean {
  if (error instanceof LaneRefusal) return false;
  if (error instanceof Error && "retryable" in error) return error.retryable === true;
  return attempt < UNCLASSIFIED_ATTEMPTS;
}
