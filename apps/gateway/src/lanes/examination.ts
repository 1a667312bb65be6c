import { storeExamination, type ExaminationFinding, type FindingState } from "@isthmus/db";
import { FindingState as WireState, type Examination, type Finding } from "@isthmus/protocol";
import { untilStored, withLease, type LaneContext } from "./lane";

/** An agent sends some two dozen; beyond this the rest is left out. */
const MAX_FINDINGS = 100;
const MAX_NAME = 300;
const MAX_TEXT = 2_000;
/** Beyond the year 9999, or before 1970, the agent's clock is wrong: the time of arrival is nearer. */
const LATEST_MS = Date.UTC(10_000, 0) - 1;

const STATES: Readonly<Record<WireState, FindingState>> = {
  [WireState.UNSPECIFIED]: "unknown",
  [WireState.OK]: "ok",
  [WireState.WARNING]: "warning",
  [WireState.FAILING]: "failing",
  [WireState.UNKNOWN]: "unknown",
  [WireState.NOT_APPLICABLE]: "not-applicable",
};

/** Findings as they are kept: bounded, whatever an agent sends; a state that is not known is unknown. */
export function boundedFindings(findings: readonly Finding[]): readonly ExaminationFinding[] {
  return findings.slice(0, MAX_FINDINGS).map(({ id, group, title, state, seen, advice, remedy }) => ({
    id: clipped(id, MAX_NAME),
    group: clipped(group, MAX_NAME),
    title: clipped(title, MAX_NAME),
    state: STATES[state] ?? "unknown",
    seen: clipped(seen, MAX_TEXT),
    advice: clipped(advice, MAX_TEXT),
    remedy: clipped(remedy, MAX_TEXT),
  }));
}

/** NUL is text to protobuf and none to Postgres; half a character, as a cut may leave, is none in JSON there. */
const clipped = (text: string, length: number): string => {
  const clean = text.replaceAll("\0", "");
  return clean.length <= length ? clean : `${clean.slice(0, length - 1).replace(/\p{Cs}$/u, "")}…`;
};

/** When it was made, by the agent's clock; when it came where that cannot be. */
export function examinedAt(examinedAtMs: bigint, receivedAt: Date): Date {
  return examinedAtMs >= 0n && examinedAtMs <= BigInt(LATEST_MS) ? new Date(Number(examinedAtMs)) : receivedAt;
}

/** Keeps what an agent found. */
export async function takeExamination(lane: LaneContext, message: Examination): Promise<void> {
  const receivedAt = new Date(lane.session.clock.now());
  const update = {
    clusterId: lane.owner.clusterId,
    examinedAt: examinedAt(message.examinedAtMs, receivedAt),
    receivedAt,
    tookMs: Math.min(message.tookMs, 2 ** 31 - 1),
    agentVersion: clipped(message.agentVersion, MAX_NAME),
    findings: boundedFindings(message.findings),
    // A number of the database's own comes back; one beyond is not.
    answers: message.answers < 2n ** 63n ? message.answers : 0n,
  };
  await untilStored(lane, () => withLease(lane, (tx) => storeExamination(tx, update)));
}
