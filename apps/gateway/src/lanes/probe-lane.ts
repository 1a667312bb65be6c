import { create } from "@bufbuild/protobuf";
import { publish, storeProbeResult, type ProbeOutcomeName, type ProbeTarget } from "@isthmus/db";
import { ProbeOrdersSchema, ProbeOutcome, type ProbeReport, type ProbeResult } from "@isthmus/protocol";
import { untilStored, withLease, type LaneContext } from "./lane";
import { NOTHING_ORDERED, decideProbes } from "./probe-orders";

/** Probes of one session: what its agent is told to dial, and what it found. */
export interface ProbeLane {
  /** Orders what is due, of an agent that can probe. */
  order(targets: readonly ProbeTarget[]): void;
  /** Stores what was found, one result for each order; anything else is passed over. */
  report(message: ProbeReport): Promise<void>;
}

const OUTCOMES: Readonly<Record<ProbeOutcome, ProbeOutcomeName | undefined>> = {
  [ProbeOutcome.UNSPECIFIED]: undefined,
  [ProbeOutcome.ANSWERED]: "answered",
  [ProbeOutcome.REFUSED]: "refused",
  [ProbeOutcome.TIMEOUT]: "timeout",
  [ProbeOutcome.UNREACHABLE]: "unreachable",
  [ProbeOutcome.OTHER_ANSWER]: "other-answer",
  [ProbeOutcome.FAILED]: "failed",
};

const MAX_MESSAGE = 300;
const MAX_ADDRESS = 45;
const LONGEST_US = 60_000_000;

/** Makes the lane of one session. */
export function createProbeLane(lane: LaneContext): ProbeLane {
  const { owner, session, send } = lane;
  let ordered = NOTHING_ORDERED;
  /** Addresses without a result yet, by the cluster that is dialled. */
  const awaited = new Map<string, string>();
  return {
    order: (targets) => {
      if (!owner.capabilities.includes("probes")) return;
      const decided = decideProbes(ordered, { clusterId: owner.clusterId, targets }, session.clock.now());
      ordered = decided.ordered;
      if (decided.orders.length === 0) return;
      for (const id of awaited.keys()) if (!ordered.byCluster.has(id)) awaited.delete(id);
      for (const { clusterId, address } of decided.orders) awaited.set(clusterId, address);
      const orders = decided.orders.map(({ clusterId, address }) => ({ id: clusterId, address }));
      send({ case: "probeOrders", value: create(ProbeOrdersSchema, { orders }) });
    },
    report: async ({ results }) => {
      for (const result of results) {
        const { id, address } = result;
        if (awaited.get(id) !== address || ordered.byCluster.get(id)?.address !== address) continue;
        awaited.delete(id);
        await store(lane, result);
      }
    },
  };
}

async function store(lane: LaneContext, result: ProbeResult): Promise<void> {
  const outcome = OUTCOMES[result.outcome];
  if (outcome === undefined) return;
  const { clusterId } = lane.owner;
  const record = {
    sourceClusterId: clusterId,
    targetClusterId: result.id,
    at: new Date(lane.session.clock.now()),
    outcome,
    roundTripUs: Math.min(result.roundTripUs, LONGEST_US),
    targetAddress: result.address,
    ownAddress: plain(result.ownAddress, MAX_ADDRESS),
    seenAddress: plain(result.seenAddress, MAX_ADDRESS),
    message: plain(result.message, MAX_MESSAGE),
  };
  await untilStored(lane, () =>
    withLease(lane, async (tx) => {
      if (await storeProbeResult(tx, record)) await publish(tx, { topic: "probe", id: clusterId });
    }),
  );
}

/** NUL is text to protobuf and none to Postgres, and neither is half a character. */
const plain = (text: string, length: number): string =>
  text
    .replaceAll("\0", "")
    .slice(0, length)
    .replaceAll(/\p{Cs}/gu, "\uFFFD");
