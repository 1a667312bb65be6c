import { create } from "@bufbuild/protobuf";
import { EvidenceAckSchema, readFlowColumnsInSteps, type GapRecord, type ReceivedEvidence } from "@isthmus/protocol";
import type { Steps } from "@isthmus/std";
import type { Evidence, Outcome } from "../evidence/evidence";
import { flowEvidence } from "../evidence/flow-evidence";
import { createAckOrder } from "./ack-order";
import { LaneRefusal, type LaneContext } from "./lane";

/** The evidence lane: flows up. Several batches may be under way; they are acknowledged in the order they came. */
export interface EvidenceLane {
  /** Stores a batch; it is acknowledged once it and all before it are durable. */
  batch(message: ReceivedEvidence): Promise<void>;
}

/** Makes the lane of one session. */
export function createEvidenceLane(lane: LaneContext): EvidenceLane {
  const { evidence: writer, metrics, turns } = lane.session;
  const order = createAckOrder((sequence) =>
    lane.send({ case: "evidenceAck", value: create(EvidenceAckSchema, { sequence }) }),
  );
  return {
    batch: async (message) => {
      const stop = metrics.evidenceSeconds.startTimer();
      if (message.leaseTerm !== lane.owner.leaseTerm) throw new LaneRefusal("lease-lost", `term ${message.leaseTerm}`);
      const settled = order.begin(message.sequence);
      const evidence = await turns.runSteps(evidenceIn(lane, message));
      const outcome: Outcome | "unreadable" =
        evidence === undefined ? "unreadable" : await writer.store(lane.owner, evidence, lane.signal);
      metrics.evidenceBatches.inc({ outcome });
      if (outcome === "stored" && evidence?.kind === "flows") metrics.evidenceRows.inc(evidence.rows);
      stop();
      settled();
    },
  };
}

/** What a batch carries; undefined for one that can never be read. */
function* evidenceIn(lane: LaneContext, { content }: ReceivedEvidence): Steps<Evidence | undefined> {
  switch (content.case) {
    case "flows": {
      const read = yield* readFlowColumnsInSteps(content.value);
      const latest = lane.session.clock.now() / 1_000 + MAX_AHEAD_SECONDS;
      if (read.ok && read.value.bucketStart <= latest) return flowEvidence(read.value, lane.owner.clusterId);
      const why = read.ok ? { code: "too-far-ahead", bucket: read.value.bucketStart } : read.error;
      // Refusing it for ever would stop the lane: its bucket stays open and is shown missing.
      lane.session.log.error({ cluster: lane.owner.clusterId, ...why }, "an unreadable batch was dropped");
      return undefined;
    }
    case "gap":
      return gapEvidence(lane, content.value);
    case undefined:
      // Of a newer agent: it is none of the contents that this version was told of.
      lane.session.log.error({ cluster: lane.owner.clusterId }, "evidence of an unknown kind was dropped");
      return undefined;
  }
}

const MAX_REASON = 100;
/** A bucket that begins later than this after now is of no clock that is only set wrong: each day is a part of its own. */
const MAX_AHEAD_SECONDS = 2 * 86_400;

function gapEvidence(lane: LaneContext, gap: GapRecord): Evidence | undefined {
  const [from, to] = [Number(gap.from), Number(gap.to)];
  const isSane = from > 0 && from < to && from % 15 === 0 && to % 15 === 0 && to <= 0xffff_ffff;
  const { clusterId } = lane.owner;
  const { incarnation } = gap;
  if (!isSane || incarnation === "" || incarnation.length > 256 || incarnation.includes("\0")) {
    lane.session.log.error({ cluster: clusterId, from, to }, "a gap that names no buckets was dropped");
    return undefined;
  }
  lane.session.log.warn({ cluster: clusterId, from, to, reason: gap.reason }, "the agent says that evidence is lost");
  return { kind: "gap", incarnation, from, to, reason: gap.reason.slice(0, MAX_REASON) };
}
