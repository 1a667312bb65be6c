import type { Verdict } from "../evaluate/trace";
import { describeStep } from "../explain/describe-hit";
import type { Direction } from "../model/rule";
import { noConnections, type ConnectionSet } from "../sets/connection-set";
import { connectionsJson, type ConnectionsJson } from "../sets/connection-json";
import { formatConnections, type Vocabulary } from "../sets/connection-text";
import type { Connectivity, Passage } from "./connectivity";
import { explainPassage, type ExplainedEnd } from "./explain";
import { formatPart, linesOf, vocabularyOf, type ConnectivityLine } from "./lines";
import type { NameEndpoint, Unit } from "./units";

/** How connectivity is written. */
export interface PrintOptions {
  readonly nameOf: NameEndpoint;
  /** Default: that of Kubernetes where all policies are Kubernetes', else Calico's. */
  readonly vocabulary?: Vocabulary;
  /** Says beside each line what decides at both ends. */
  readonly explain?: boolean;
}

/** What decides about some of the connections between two ends, as a sentence. */
export interface ReportedDecision {
  readonly version: 4 | 6;
  readonly direction: Direction;
  readonly verdict: Verdict;
  readonly connections: string;
  readonly because: string;
}

/** What may pass from one end to another, ready to be written in any form. */
export interface ReportedLine {
  readonly source: string;
  readonly destination: string;
  /** Absent where nothing is surely allowed. */
  readonly allowed?: string;
  /** Absent where everything is decided. */
  readonly unknown?: string;
  readonly sets: readonly {
    readonly version: 4 | 6;
    readonly allowed: ConnectionsJson;
    readonly unknown: ConnectionsJson;
  }[];
  /** Why what is unknown is. */
  readonly reasons: readonly string[];
  /** Present where explanations were asked for. */
  readonly decisions?: readonly ReportedDecision[];
}

/** The unit's own endpoint: others of its node may have other names for what decides. */
const endOf = ({ members: [first] }: Unit, node: number): ExplainedEnd => ({
  node,
  ...(first && { endpoint: first.endpoint }),
});

function decisionsOf(
  connectivity: Connectivity,
  { source, destination, passages }: ConnectivityLine,
  words: Vocabulary,
) {
  return [...passages.keys()].flatMap((version) => {
    const [from, to] = [source.nodes.get(version), destination.nodes.get(version)];
    if (from === undefined || to === undefined) return [];
    const explained = explainPassage(connectivity, endOf(source, from), endOf(destination, to));
    return (["egress", "ingress"] as const).flatMap((direction) =>
      (explained[direction] ?? []).map(({ connections, verdict, step }): ReportedDecision => ({
        version,
        direction,
        verdict,
        connections: formatConnections(connections, words),
        because: describeStep(step),
      })),
    );
  });
}

const anyUnknown = (passages: Iterable<Passage>): boolean =>
  [...passages].some(({ unknown }) => !noConnections(unknown));

function reportLine(connectivity: Connectivity, line: ConnectivityLine, options: PrintOptions): ReportedLine {
  const words = options.vocabulary ?? vocabularyOf(connectivity);
  const [allowed, unknown] = [formatPart(line, "allowed", words), formatPart(line, "unknown", words)];
  const unsure = anyUnknown(line.passages.values());
  const decisions = options.explain || unsure ? decisionsOf(connectivity, line, words) : [];
  const set = (connections: ConnectionSet) => connectionsJson(connections);
  return {
    source: line.source.name,
    destination: line.destination.name,
    ...(allowed !== undefined && { allowed }),
    ...(unknown !== undefined && { unknown }),
    sets: [...line.passages].map(([version, passage]) => ({
      version,
      allowed: set(passage.allowed),
      unknown: set(passage.unknown),
    })),
    reasons: unsure ? [...new Set(decisions.filter((d) => d.verdict === "unknown").map((d) => d.because))] : [],
    ...(options.explain && { decisions }),
  };
}

/** All lines in the order of their texts, one by one as they are asked for: there are as many as pairs. */
export function* reportConnectivity(connectivity: Connectivity, options: PrintOptions): Generator<ReportedLine> {
  const vocabulary = options.vocabulary ?? vocabularyOf(connectivity);
  for (const line of linesOf(connectivity, options.nameOf)) {
    const reported = reportLine(connectivity, line, { ...options, vocabulary });
    if (reported.allowed !== undefined || reported.unknown !== undefined) yield reported;
  }
}
