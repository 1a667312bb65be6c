import { create } from "@bufbuild/protobuf";
import { findPublishedIdentities, publish } from "@isthmus/db";
import type { FlowRow } from "@isthmus/flow-store";
import {
  EvidenceAckSchema,
  flowRows,
  readFlowColumns,
  type FlowColumns,
  type GapRecord,
  type ReceivedEvidence,
} from "@isthmus/protocol";
import { enrichFlow, publishedNames } from "../evidence/enrich";
import { createAnnouncer, type Announcer } from "./announcer";
import { LaneRefusal, untilStored, withLease, type LaneContext } from "./lane";

/** The evidence lane: flows up. Its tasks run one after another on the session's evidence queue. */
export interface EvidenceLane {
  /** Stores a batch and acknowledges it once it is durable. */
  batch(message: ReceivedEvidence): Promise<void>;
}

/** At most one announcement in this many ms for each session. */
const ANNOUNCE_MS = 500;

/** Makes the lane of one session. */
export function createEvidenceLane(lane: LaneContext): EvidenceLane {
  const { clock, metrics } = lane.session;
  const announcer = createAnnouncer({
    clock,
    everyMs: ANNOUNCE_MS,
    signal: lane.signal,
    announce: () => announceEvidence(lane),
  });
  return {
    batch: async (message) => {
      const stop = metrics.evidenceSeconds.startTimer();
      if (message.leaseTerm !== lane.owner.leaseTerm) throw new LaneRefusal("lease-lost", `term ${message.leaseTerm}`);
      const outcome = await storeContent(lane, message, announcer);
      metrics.evidenceBatches.inc({ outcome });
      stop();
      lane.send({ case: "evidenceAck", value: create(EvidenceAckSchema, { sequence: message.sequence }) });
    },
  };
}

async function announceEvidence({ owner, session }: LaneContext): Promise<void> {
  const organisation = session.database.forOrganisation(owner.organisationId);
  await organisation.transaction((tx) => publish(tx, { topic: "evidence", id: owner.clusterId }));
}

async function storeContent(lane: LaneContext, { content }: ReceivedEvidence, announcer: Announcer): Promise<string> {
  switch (content.case) {
    case "flows":
      return await storeFlows(lane, content.value, announcer);
    case "gap":
      return await storeGap(lane, content.value, announcer);
    case undefined:
      throw new LaneRefusal("frame-invalid", "a batch of evidence without content");
  }
}

async function storeFlows(lane: LaneContext, bytes: Uint8Array, announcer: Announcer): Promise<string> {
  const read = readFlowColumns(bytes);
  const { clock, evidenceGate, flows, log, metrics } = lane.session;
  const { organisationId, clusterId } = lane.owner;
  if (!read.ok) {
    // It can never be stored: refusing it for ever would stop the lane, so its bucket stays open and is shown missing.
    log.error({ cluster: clusterId, ...read.error }, "an unreadable batch was dropped");
    return "unreadable";
  }
  const batch = read.value;
  const wired = flowRows(batch);
  const names = publishedNames(wired);
  const receivedAtMs = clock.now();
  const store = () =>
    withLease(lane, async (tx) => {
      const identities = await findPublishedIdentities(tx, { clusterId, names });
      const byName = new Map(identities.map((identity) => [identity.name, identity]));
      const rows: readonly FlowRow[] = wired.map((row) => enrichFlow(row, clusterId, (name) => byName.get(name)));
      // INVARIANT: the lease is held until the insert is durable: a takeover waits, so a former holder never inserts.
      await flows.insertFlowBatch({ identity: identityOf(lane, batch), rows, receivedAtMs });
      if (announcer.mayAnnounceNow()) await publish(tx, { topic: "evidence", id: clusterId });
    });
  await untilStored(lane, () => evidenceGate.run(store));
  metrics.evidenceRows.inc(batch.rows);
  log.debug({ organisation: organisationId, cluster: clusterId, rows: batch.rows }, "flows stored");
  return "stored";
}

function identityOf({ owner }: LaneContext, { incarnation, bucketStart, part, parts, correction }: FlowColumns) {
  const { organisationId, clusterId } = owner;
  return { organisationId, clusterId, incarnation, bucketStart, part, parts, correction };
}

async function storeGap(lane: LaneContext, gap: GapRecord, announcer: Announcer): Promise<string> {
  const { clock, flows, log } = lane.session;
  const { organisationId, clusterId } = lane.owner;
  const [from, to] = [Number(gap.from), Number(gap.to)];
  const sane = from > 0 && from < to && from % 15 === 0 && to % 15 === 0 && to < 100_000_000_000;
  if (!sane) throw new LaneRefusal("frame-invalid", `a gap from ${from} to ${to}`);
  const { incarnation, reason } = gap;
  const receivedAtMs = clock.now();
  await untilStored(lane, () =>
    withLease(lane, async (tx) => {
      await flows.insertGap({
        organisationId,
        clusterId,
        incarnation,
        from,
        to,
        reason: reason.slice(0, 100),
        receivedAtMs,
      });
      if (announcer.mayAnnounceNow()) await publish(tx, { topic: "evidence", id: clusterId });
    }),
  );
  log.warn({ cluster: clusterId, from, to, reason }, "the agent says that evidence is lost");
  return "gap";
}
