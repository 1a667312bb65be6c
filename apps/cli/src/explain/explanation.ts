import {
  describeStep,
  flowLogPolicies,
  policyHits,
  type ConnectionVerdict,
  type Direction,
  type EndpointVerdict,
  type JudgedVerdict,
  type TraceStep,
  type Verdict,
} from "@isthmus/policy-engine";
import type { Mesh } from "../mesh/load-mesh";
import { lineColumn } from "../report/line-column";
import { placeName } from "../report/render-finding";
import type { AskedEnd } from "./end";
import { PolicyPlaces, type Written } from "./policy-places";

/** A step of a trace with its sentence, and where what it speaks of is written. */
export interface ToldStep {
  readonly step: TraceStep;
  readonly text: string;
  readonly written?: Written;
}

/** What the policies of one end say, in sentences. */
export interface ToldEnd {
  readonly direction: Direction;
  /** Whose policies speak. */
  readonly name: string;
  readonly verdict: Verdict;
  readonly steps: readonly ToldStep[];
  readonly hits: ReturnType<typeof policyHits>;
  /** The same as flow logs write it. */
  readonly flowLog: readonly string[];
  /** What they would say if what is staged were enforced; absent where that is the same. */
  readonly pending?: { readonly verdict: Verdict; readonly steps: readonly ToldStep[] };
}

/** Tells traces in sentences. */
export class Teller {
  readonly #places: ReadonlyMap<string, PolicyPlaces>;
  readonly #nameOf: Mesh["nameOf"];

  constructor({ clusters, nameOf }: Mesh) {
    this.#nameOf = nameOf;
    this.#places = new Map(clusters.map((cluster) => [cluster.judged.cluster, new PolicyPlaces(cluster)]));
  }

  #steps({ trace }: JudgedVerdict, direction: Direction, cluster: string): readonly ToldStep[] {
    return trace.map((step) => {
      const written = this.#places.get(cluster)?.writtenFor(step, direction);
      return { step, text: describeStep(step), ...(written && { written }) };
    });
  }

  #tell(judged: EndpointVerdict, name: string, cluster: string): ToldEnd {
    const { direction, verdict, trace, pending } = judged;
    const same = pending.verdict === verdict && JSON.stringify(pending.trace) === JSON.stringify(trace);
    return {
      direction,
      name,
      verdict,
      steps: this.#steps(judged, direction, cluster),
      hits: policyHits(trace),
      flowLog: flowLogPolicies(judged),
      ...(!same && { pending: { verdict: pending.verdict, steps: this.#steps(pending, direction, cluster) } }),
    };
  }

  /** What all ends say that have a say, in the order in which a packet meets them. */
  tell({ egress, ingress, transit }: ConnectionVerdict, source: AskedEnd, destination: AskedEnd): readonly ToldEnd[] {
    const clusterOf = ({ end }: AskedEnd): string => (end.kind === "endpoint" ? end.endpoint.cluster : "");
    return [
      ...(egress ? [this.#tell(egress, source.name, clusterOf(source))] : []),
      ...transit.map((each) => this.#tell(each, this.#nameOf(each.endpoint), each.endpoint.cluster)),
      ...(ingress ? [this.#tell(ingress, destination.name, clusterOf(destination))] : []),
    ];
  }
}

/** Steps of a tier stand below it. */
const WITHIN_TIER: ReadonlySet<TraceStep["kind"]> = new Set([
  "policy-passed-over",
  "rule",
  "end-of-tier",
  "tier-left-open",
]);

function stepLines({ step, text, written }: ToldStep): readonly string[] {
  const within = WITHIN_TIER.has(step.kind) || (step.kind === "unknown" && step.tier !== undefined);
  const indent = within ? "    " : "  ";
  const lines = [`${indent}${text}`];
  if (!written) return lines;
  return [...lines, `${indent}  ${placeName(written.place)}: ${written.rule ?? written.applies}`];
}

const WORDS: Readonly<Record<Verdict, string>> = { allow: "allowed", deny: "denied", unknown: "unknown" };

/** A verdict in a word. */
export const verdictWord = (verdict: Verdict): string => WORDS[verdict];

const WHERE: Readonly<Record<Direction, string>> = { egress: "Leaving", ingress: "Reaching" };

/** One end as lines of text. */
export function endLines({ direction, name, verdict, steps, pending }: ToldEnd): readonly string[] {
  const lines = [`${WHERE[direction]} ${name} (${direction}): ${verdictWord(verdict)}`, ...steps.flatMap(stepLines)];
  if (!pending) return lines;
  const head = `Were what is staged enforced (${direction}): ${verdictWord(pending.verdict)}`;
  return [...lines, head, ...pending.steps.flatMap(stepLines)];
}

function stepJson({ step, text, written }: ToldStep): object {
  if (!written) return { ...step, text };
  const { place, applies, rule } = written;
  const { line, column } = lineColumn(place.source, place.start);
  return { ...step, text, file: place.source.name, line, column, applies, ...(rule !== undefined && { says: rule }) };
}

/** One end as data. */
export const endJson = ({ direction, name, verdict, steps, hits, flowLog, pending }: ToldEnd): object => ({
  direction,
  endpoint: name,
  verdict,
  hits,
  flowLog,
  steps: steps.map(stepJson),
  ...(pending && { pending: { verdict: pending.verdict, steps: pending.steps.map(stepJson) } }),
});
