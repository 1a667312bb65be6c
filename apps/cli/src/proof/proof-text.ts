import {
  formatAddress,
  protocolName,
  type ProofDecision,
  type ProofParty,
  type ProofResult,
  type ProofWitness,
} from "@isthmus/policy-engine";
import type { Mesh } from "../mesh/load-mesh";
import { count } from "../report/count";

const side = (verb: string, decision: ProofDecision | undefined): readonly string[] =>
  decision ? [`  ${verb}:`, ...decision.sentences.map((sentence) => `    ${sentence}`)] : [];

const witnessLines = ({ sentence, egress, ingress }: ProofWitness): readonly string[] => [
  sentence,
  ...side("leaving", egress),
  ...side("reaching", ingress),
];

function outcomeLines(result: ProofResult): readonly string[] {
  switch (result.kind) {
    case "proved":
      return ["this rests on:", ...result.assumptions.map(({ sentence }) => `  - ${sentence}`)];
    case "refuted":
      return witnessLines(result.witness);
    case "no-route":
      return [result.pair.sentence];
    case "unknown":
      return result.doubts.flatMap((doubt) => [`undecided: ${doubt.reason}`, ...witnessLines(doubt)]);
  }
}

/** A proof's verdict in a word. */
export const proofWord = ({ kind }: ProofResult): string => (kind === "no-route" ? "refuted" : kind);

/** The answer to a claim as lines of text. */
export function proofLines(result: ProofResult, claim: string): readonly string[] {
  const { sources, destinations, endpoints, clusters } = result.scope;
  const where = clusters.length > 1 ? ` in ${count(clusters.length, "cluster")}` : "";
  return [
    `${proofWord(result)}: ${claim}`,
    `${count(sources.endpoints, "source")} and ${count(destinations.endpoints, "destination")} of ${count(endpoints, "endpoint")}${where}`,
    "",
    ...outcomeLines(result),
  ];
}

function partyJson({ address, endpoint }: ProofParty, nameOf: Mesh["nameOf"]): object {
  if (!endpoint) return { address: formatAddress(address) };
  return {
    name: nameOf(endpoint),
    endpoint: endpoint.name,
    cluster: endpoint.cluster,
    address: formatAddress(address),
  };
}

function witnessJson(witness: ProofWitness, nameOf: Mesh["nameOf"]): object {
  const { source, destination, connection, verdict, egress, ingress, sentence } = witness;
  return {
    from: partyJson(source, nameOf),
    to: partyJson(destination, nameOf),
    connection: { ...connection, protocolName: protocolName(connection.protocol) },
    verdict: verdict.verdict,
    pending: verdict.pending,
    sentence,
    ...(egress && { egress }),
    ...(ingress && { ingress }),
  };
}

/** The answer to a claim as data. */
export function proofJson(result: ProofResult, nameOf: Mesh["nameOf"]): object {
  const head = { verdict: proofWord(result), scope: result.scope };
  switch (result.kind) {
    case "proved":
      return { ...head, assumptions: result.assumptions };
    case "refuted":
      return { ...head, witness: witnessJson(result.witness, nameOf) };
    case "no-route":
      return { ...head, sentence: result.pair.sentence };
    case "unknown": {
      const doubts = result.doubts.map((doubt) => ({ reason: doubt.reason, ...witnessJson(doubt, nameOf) }));
      return { ...head, undecidedPairs: result.undecidedPairs, doubts };
    }
  }
}
