import type { ProbeTarget } from "@isthmus/db";
import type { AgentLaneBody, Heartbeat } from "@isthmus/protocol";
import { SESSION_LIMITS } from "../context";
import { createDesiredLane } from "../lanes/desired-lane";
import { createEvidenceLane } from "../lanes/evidence-lane";
import { takeExamination } from "../lanes/examination";
import { createInventoryLane } from "../lanes/inventory-lane";
import { LaneRefusal, type LaneContext } from "../lanes/lane";
import { createLaneQueue } from "../lanes/lane-queue";
import { createProbeLane } from "../lanes/probe-lane";
import { renewCredential } from "./renew";

/** The lanes of one open session, each with a queue of its own, so that a slow store of one does not hold the other. */
export interface OpenLanes {
  deliver(body: AgentLaneBody, weight: number): void;
  deliverDesired(revision?: bigint): void;
  orderProbes(targets: readonly ProbeTarget[]): void;
  heartbeat(heartbeat: Heartbeat, clockOffsetMs: number): void;
  /** Drops what has not begun; resolves when what has begun is over. */
  close(): Promise<void>;
}

/** What lanes tell their connection. */
export interface LaneEvents {
  onPressure(full: boolean): void;
  onFailure(error: unknown): void;
}

/** A whole sync is 256 frames, and their bytes are what counts. */
const STATE_QUEUE = { maxBytes: 8 * 1024 * 1024, maxTasks: 512 };
const EVIDENCE_QUEUE = { maxBytes: 8 * 1024 * 1024, maxTasks: 16, atOnce: SESSION_LIMITS.evidenceWindow };

/** Opens the lanes of a session. */
export function openLanes(parts: Omit<LaneContext, "signal">, events: LaneEvents): OpenLanes {
  const stop = new AbortController();
  const lane: LaneContext = { ...parts, signal: stop.signal };
  const inventory = createInventoryLane(lane);
  const desired = createDesiredLane(lane);
  const evidence = createEvidenceLane(lane);
  const probes = createProbeLane(lane);
  const stateQueue = createLaneQueue({ ...STATE_QUEUE, ...events });
  const evidenceQueue = createLaneQueue({ ...EVIDENCE_QUEUE, ...events });
  const deliver = (body: AgentLaneBody, weight: number): void => {
    switch (body.case) {
      case "inventoryDigest":
        return stateQueue.push(weight, () => inventory.digest(body.value));
      case "inventoryChunk":
        return stateQueue.push(weight, () => inventory.chunk(body.value));
      case "inventoryDelta":
        inventory.delta(body.value);
        return stateQueue.push(weight, () => inventory.flush());
      case "syncComplete":
        return stateQueue.push(weight, () => inventory.syncComplete());
      case "clusterFacts":
        return stateQueue.push(weight, () => inventory.facts(body.value));
      case "examination":
        return stateQueue.push(weight, () => takeExamination(lane, body.value));
      case "applyReport":
        return stateQueue.push(weight, () => desired.report(body.value));
      case "probeReport":
        return stateQueue.push(weight, () => probes.report(body.value));
      case "renew":
        return stateQueue.push(weight, () => renewCredential(lane));
      case "evidence":
        return evidenceQueue.push(weight, () => evidence.batch(body.value));
    }
  };
  const touch = createTouch(lane, events);
  return {
    deliver: (body, weight) => guarded(events, () => deliver(body, weight)),
    deliverDesired: (revision) => {
      desired.deliver(revision).catch((error: unknown) => {
        if (!stop.signal.aborted) events.onFailure(error);
      });
    },
    orderProbes: (targets) => probes.order(targets),
    heartbeat: touch,
    close: async () => {
      stop.abort(new Error("the session ended"));
      inventory.close();
      stateQueue.close();
      evidenceQueue.close();
      await Promise.all([stateQueue.idle(), evidenceQueue.idle()]);
    },
  };
}

function guarded(events: LaneEvents, work: () => void): void {
  try {
    work();
  } catch (error) {
    events.onFailure(error);
  }
}

/** The most that a column of integers keeps. */
const MOST = 2_000_000_000;

/** Has it noted that the session was heard, at most once in `touchMs`. */
function createTouch(lane: LaneContext, events: LaneEvents): OpenLanes["heartbeat"] {
  const { session, owner, signal } = lane;
  let touchedAtMs = Number.NEGATIVE_INFINITY;
  const onTakenOver = (): void => {
    if (!signal.aborted) events.onFailure(new LaneRefusal("taken-over", "heard under a former term"));
  };
  return ({ lastRoundTripMs, spoolBytes, spoolBatches }, clockOffsetMs) => {
    const nowMs = session.clock.now();
    // Either way: the clock may have been set back since.
    if (Math.abs(nowMs - touchedAtMs) < session.limits.touchMs) return;
    touchedAtMs = nowMs;
    session.heardNotes.note({
      organisationId: owner.organisationId,
      clusterId: owner.clusterId,
      leaseTerm: owner.leaseTerm,
      at: new Date(nowMs),
      roundTripMs: Math.min(lastRoundTripMs, MOST),
      clockOffsetMs: Math.max(-MOST, Math.min(MOST, Math.round(clockOffsetMs))),
      spoolBytes,
      spoolBatches,
      onTakenOver,
    });
  };
}
