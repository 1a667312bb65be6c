import {
  findDesiredRevision,
  listDesiredObjects,
  storeApplyReport,
  type ResourceResultUpdate,
  type ResourceStateName,
} from "@isthmus/db";
import { ApplyState, refText, type ApplyReport } from "@isthmus/protocol";
import { desiredFrame } from "./desired-frame";
import { LaneRefusal, untilStored, withLease, type LaneContext } from "./lane";

/** The state lane downwards: what a cluster should hold, and what its agent says of it. */
export interface DesiredLane {
  /**
   * Sends what is not sent yet; complete at first, then differences. Nothing is read where `revision` was sent
   * already. Calls may overlap: they share one run.
   */
  deliver(revision?: bigint): Promise<void>;
  report(message: ApplyReport): Promise<void>;
}

const states: Readonly<Record<ApplyState, ResourceStateName | undefined>> = {
  [ApplyState.UNSPECIFIED]: undefined,
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
  let sent = 0n;
  let lastWasDifference = false;
  let running: Promise<void> | undefined;
  let again = false;
  const deliverOnce = async (): Promise<void> => {
    const base = lane.owner.capabilities.includes("desired-diff") ? sent : 0n;
    const pending = await untilStored(lane, () => readPending(lane, { base, sent }));
    if (pending === undefined || lane.signal.aborted) return;
    lane.send({ case: "desired", value: pending });
    lane.session.metrics.deliveries.inc({ kind: base === 0n ? "complete" : "difference" });
    sent = pending.revision;
    lastWasDifference = base > 0n;
  };
  const run = async (): Promise<void> => {
    do {
      again = false;
      await deliverOnce();
    } while (again);
  };
  const deliver = (revision?: bigint): Promise<void> => {
    if (revision !== undefined && revision <= sent) return Promise.resolve();
    again = true;
    running ??= run().finally(() => {
      running = undefined;
    });
    return running;
  };
  return {
    deliver,
    report: async (message) => {
      if (message.results.length > 0) return await storeReport(lane, message);
      // An agent that could not use a difference reports what it holds and nothing else: it gets everything.
      if (message.revision >= sent || !lastWasDifference) return;
      sent = 0n;
      await deliver();
    },
  };
}

async function readPending(lane: LaneContext, { base, sent }: { readonly base: bigint; readonly sent: bigint }) {
  const { organisationId, clusterId } = lane.owner;
  const organisation = lane.session.database.forOrganisation(organisationId);
  return await organisation.transaction(
    async (tx) => {
      const desired = await findDesiredRevision(tx, clusterId);
      if (desired === undefined || desired.revision <= sent) return undefined;
      const objects = await listDesiredObjects(tx, { clusterId, since: base });
      return desiredFrame({ revision: desired.revision, baseRevision: base }, objects);
    },
    { isolation: "repeatable-read" },
  );
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
  const state = states[result.state];
  const { ref } = result;
  if (ref === undefined || ref.name === "") throw new LaneRefusal("frame-invalid", "a result names no resource");
  if (state === undefined) throw new LaneRefusal("frame-invalid", `\`${ref.name}\` has no apply state`);
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
