import { noteUndelivered, storeApplyReport, type ResourceResultUpdate, type ResourceStateName } from "@isthmus/db";
import {
  ApplyState,
  MAX_GATEWAY_FRAME_BYTES,
  desiredBytes,
  desiredParts,
  refText,
  type ApplyReport,
  type DesiredState,
} from "@isthmus/protocol";
import { LaneRefusal, untilStored, withLease, type LaneContext } from "./lane";
import { nextTurn } from "./turns";

/** The state lane downwards: what a cluster should hold, and what its agent says of it. */
export interface DesiredLane {
  /**
   * Sends what is not sent yet; complete at first, then differences. Nothing is read where `revision` was sent
   * already. Calls may overlap: they share one run.
   */
  deliver(revision?: bigint): Promise<void>;
  report(message: ApplyReport): Promise<void>;
}

const states: Readonly<Record<ApplyState, ResourceStateName>> = {
  [ApplyState.UNSPECIFIED]: "unknown",
  [ApplyState.PENDING]: "pending",
  [ApplyState.APPLIED]: "applied",
  [ApplyState.FAILED]: "failed",
  [ApplyState.DRIFTED]: "drifted",
  [ApplyState.REMOVED]: "removed",
  [ApplyState.NOT_OURS]: "not-ours",
  [ApplyState.READ_ONLY]: "read-only",
};

/** Makes the lane of one session. */
export function createDesiredLane(lane: LaneContext): DesiredLane {
  return new Desired(lane);
}

class Desired implements DesiredLane {
  readonly #lane: LaneContext;
  /** What the agent was sent last: the base of the next difference. */
  #sent = 0n;
  /** What was dealt with last: sent, or found to be too large. */
  #seen = 0n;
  #lastWasDifference = false;
  #isUndelivered = false;
  #running: Promise<void> | undefined;
  #again = false;

  constructor(lane: LaneContext) {
    this.#lane = lane;
  }

  deliver(revision?: bigint): Promise<void> {
    if (revision !== undefined && revision <= this.#seen) return Promise.resolve();
    this.#again = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async report(message: ApplyReport): Promise<void> {
    if (message.results.length > 0) return await storeReport(this.#lane, message);
    // An agent that could not use a difference reports what it holds and nothing else: it gets everything.
    if (message.revision >= this.#sent || !this.#lastWasDifference) return;
    this.#sent = 0n;
    this.#seen = 0n;
    await this.deliver();
  }

  async #run(): Promise<void> {
    do {
      this.#again = false;
      await this.#deliverOnce();
    } while (this.#again);
  }

  async #deliverOnce(): Promise<void> {
    const { owner, session, signal } = this.#lane;
    const { organisationId, clusterId, capabilities } = owner;
    const base = capabilities.includes("desired-diff") ? this.#sent : 0n;
    const ask = { organisationId, clusterId, base, seen: this.#seen };
    const pending = await untilStored(this.#lane, () => session.desiredReader.read(ask));
    if (pending === undefined || signal.aborted) return;
    this.#seen = pending.revision;
    const bytes = desiredBytes(pending);
    if (!capabilities.includes("desired-parts") && bytes > MAX_GATEWAY_FRAME_BYTES) {
      session.metrics.deliveries.inc({ kind: "too-large" });
      return await this.#noteUndelivered(tooLarge(pending, bytes));
    }
    await this.#send(pending);
    session.metrics.deliveries.inc({ kind: base === 0n ? "complete" : "difference" });
    this.#sent = pending.revision;
    this.#lastWasDifference = base > 0n;
    if (this.#isUndelivered) await this.#noteUndelivered("");
  }

  async #send(state: DesiredState): Promise<void> {
    const parts = this.#lane.owner.capabilities.includes("desired-parts") ? desiredParts(state) : [state];
    for (const [index, value] of parts.entries()) {
      // Writing a part takes a moment: others have their turn between.
      if (index > 0) await nextTurn();
      this.#lane.send({ case: "desired", value });
    }
  }

  async #noteUndelivered(reason: string): Promise<void> {
    const { owner, session } = this.#lane;
    if (reason !== "") session.log.error({ cluster: owner.clusterId, reason }, "desired state cannot be delivered");
    await untilStored(this.#lane, () => withLease(this.#lane, (tx) => noteUndelivered(tx, { ...owner, reason })));
    this.#isUndelivered = reason !== "";
  }
}

const mebibytes = (bytes: number): string => (bytes / 1_048_576).toFixed(1);

function tooLarge({ revision, upserts }: DesiredState, bytes: number): string {
  const limit = mebibytes(MAX_GATEWAY_FRAME_BYTES);
  return `revision ${revision} is too large for this agent: ${upserts.length} objects of ${mebibytes(bytes)} MiB, where it takes ${limit} MiB; upgrade the agent`;
}

async function storeReport(lane: LaneContext, { revision, results }: ApplyReport): Promise<void> {
  // One statement cannot write a row twice: of several results for a resource the last one counts.
  const updates = [...new Map(results.map(resultOf).map((each) => [refText(each.ref), each])).values()];
  const { clusterId } = lane.owner;
  await untilStored(lane, () =>
    withLease(lane, (tx) => storeApplyReport(tx, { clusterId, revision, results: updates })),
  );
}

function resultOf(result: ApplyReport["results"][number]): ResourceResultUpdate {
  // A newer agent may say what this version does not know.
  const state = states[result.state] ?? "unknown";
  const { ref } = result;
  if (ref === undefined || ref.name === "") throw new LaneRefusal("frame-invalid", "a result names no resource");
  const { apiVersion, kind, namespace, name } = ref;
  return {
    ref: { apiVersion, kind, namespace, name },
    hash: result.hash,
    state,
    message: result.message.replaceAll("\0", "").slice(0, 4_000),
    uid: result.uid,
    resourceVersion: result.resourceVersion,
    observedAt: timeOf(result.observedAtMs),
  };
}

const LATEST_MS = 4_102_444_800_000n; // the year 2100

function timeOf(ms: bigint): Date {
  return new Date(ms > 0n && ms < LATEST_MS ? Number(ms) : 0);
}
