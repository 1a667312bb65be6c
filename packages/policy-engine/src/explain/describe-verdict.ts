import type { ConnectionVerdict } from "../evaluate/connection";
import type { EndpointVerdict, JudgedVerdict, Verdict } from "../evaluate/trace";
import { describeStep } from "./describe-hit";

const WORDS: Readonly<Record<Verdict, string>> = { allow: "Allowed", deny: "Denied", unknown: "Not decided" };

/** A trace as plain sentences, a step each. */
export const describeTrace = ({ trace }: Pick<JudgedVerdict, "trace">): readonly string[] => trace.map(describeStep);

/** Whether what is staged tells another story than what is in force. */
const differs = (verdict: EndpointVerdict): boolean => verdict.pending.trace !== verdict.trace;

/** What an endpoint's policies say in one direction, as plain sentences; staged policies in lines of their own. */
export function describeVerdict(verdict: EndpointVerdict): readonly string[] {
  const pending = differs(verdict)
    ? [`With what is staged: ${WORDS[verdict.pending.verdict].toLowerCase()}`, ...describeTrace(verdict.pending)]
    : [];
  return [`${WORDS[verdict.verdict]} by ${verdict.direction} policies`, ...describeTrace(verdict), ...pending];
}

/** What becomes of a connection, as plain sentences: the outcome, and what each end that was asked had to say. */
export function describeConnection({ verdict, egress, transit, ingress }: ConnectionVerdict): readonly string[] {
  const heading = (text: string, judged: EndpointVerdict) => [`${text}:`, ...describeVerdict(judged)];
  return [
    WORDS[verdict],
    ...(egress ? heading("At the source", egress) : []),
    ...transit.flatMap((at) => heading(`Through host endpoint ${at.endpoint.name}`, at)),
    ...(ingress ? heading("At the destination", ingress) : []),
  ];
}
