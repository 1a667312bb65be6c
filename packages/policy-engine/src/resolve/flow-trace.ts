import type { Endpoint } from "../evaluate/endpoint";
import type { TracePolicy, TraceStep } from "../evaluate/trace";
import type { Policy, RuleAction } from "../model/policy";
import type { PolicyIndex } from "./policy-index";
import type { ProgramPool } from "./program-pool";
import { compileProgram, RuleLines, type LineOrigin, type ProgramSource, type View } from "./rule-program";

/** What is told when a line matches: a step, or what a profile's rule did, by the place of the profile among the speakers. */
type Hit =
  | { readonly kind: "step"; readonly step: TraceStep }
  | { readonly kind: "profile"; readonly speaker: number; readonly ruleIndex: number; readonly action: RuleAction };

/** What a program tells; lines are counted from its first. */
interface Telling {
  readonly hits: readonly (Hit | undefined)[];
  /** On reaching which lines something is told, in order. */
  readonly lines: Int32Array;
  /** What is told there: a step, or (undefined) that tiers were skipped. */
  readonly steps: readonly (TraceStep | undefined)[];
  /** The ranks of the tiers that were skipped, from and to. */
  readonly skipped: Int32Array;
}

const traceName = ({ kind, namespace, name }: Policy): TracePolicy => ({ kind, namespace, name });

function ruleStep(source: ProgramSource, origin: Extract<LineOrigin, { kind: "rule" }>): TraceStep | undefined {
  const { tier, policies } = source.tiers[origin.tier] ?? {};
  const policy = policies?.[origin.policy]?.policy;
  const action = policy?.[source.direction][origin.rule]?.action;
  if (!tier || !policy || !action) return undefined;
  return {
    kind: "rule",
    tier: tier.name,
    policy: traceName(policy),
    policyIndex: origin.policy,
    ruleIndex: origin.rule,
    action,
    staged: policy.stagedAction !== undefined,
  };
}

function endStep({ tiers, view }: ProgramSource, at: number): TraceStep | undefined {
  const { tier, policies } = tiers[at] ?? {};
  // At the end of a tier Felix reports the last of the enforced policies, the first of the pending ones.
  const policyIndex = view === "pending" ? 0 : (policies?.length ?? 0) - 1;
  const policy = policies?.[policyIndex]?.policy;
  if (!tier || !policy) return undefined;
  return { kind: "end-of-tier", tier: tier.name, policy: traceName(policy), policyIndex, action: tier.defaultAction };
}

function hitOf(source: ProgramSource, origin: LineOrigin): Hit | undefined {
  if (origin.kind === "profile") {
    const { speaker, rule: ruleIndex } = origin;
    // A missing profile has no rules, and denies.
    const action = source.speakers[speaker]?.content[source.direction][ruleIndex]?.action ?? "Deny";
    return { kind: "profile", speaker, ruleIndex, action };
  }
  const step = stepOf(source, origin);
  return step && { kind: "step", step };
}

function stepOf(source: ProgramSource, origin: Exclude<LineOrigin, { kind: "profile" }>): TraceStep | undefined {
  if (origin.kind === "rule") return ruleStep(source, origin);
  if (origin.kind === "end-of-tier") return endStep(source, origin.tier);
  return origin.kind === "no-profile" ? { kind: "no-profile" } : undefined;
}

/** Works out what a program tells, by compiling it once more. */
function tellingOf(source: ProgramSource): Telling {
  const hits: (Hit | undefined)[] = [];
  const lines: number[] = [];
  const steps: (TraceStep | undefined)[] = [];
  const skipped: number[] = [];
  let [tier, policy, rank] = [0, 0, 0];
  const note = (step: TraceStep | undefined, from: number, to: number): void => {
    lines.push(hits.length);
    steps.push(step);
    skipped.push(from, to);
  };
  const tell = (step: TraceStep) => note(step, 0, 0);
  const skip = (to: number) => void (rank < to && note(undefined, rank, to));
  const enter = () => {
    const entered = source.tiers[tier]?.tier;
    skip(entered ? entered.rank : source.tierCount);
    if (!entered) return;
    rank = entered.rank + 1;
    tell({ kind: "tier-entered", tier: entered.name });
  };
  enter();
  compileProgram(source, new RuleLines(0), {
    line: (_, origin) => void hits.push(hitOf(source, origin)),
    end: (what) => {
      if (what === "policy") {
        const { tier: settings, policies } = source.tiers[tier] ?? {};
        const passed = policies?.[policy]?.policy;
        policy += 1;
        if (settings && passed) tell({ kind: "policy-passed-over", tier: settings.name, policy: traceName(passed) });
      } else if (what === "tier") {
        [tier, policy] = [tier + 1, 0];
        enter();
      }
    },
  });
  return { hits, lines: Int32Array.from(lines), steps, skipped: Int32Array.from(skipped) };
}

/** The trace of one flow through one program, as it is walked. Lines are counted from the program's first. */
export class FlowTrace {
  readonly steps: TraceStep[] = [];
  readonly #telling: Telling;
  readonly #skips: readonly TraceStep[];
  readonly #profileAt: (speaker: number) => string;
  #next = 0;

  constructor(telling: Telling, skips: readonly TraceStep[], profileAt: (speaker: number) => string) {
    this.#telling = telling;
    this.#skips = skips;
    this.#profileAt = profileAt;
  }

  /** A line matched: what lies before it was passed over. */
  hit(line: number): void {
    const { lines, steps, skipped, hits } = this.#telling;
    let next = this.#next;
    for (; next < lines.length && (lines[next] ?? 0) <= line; next += 1) {
      const step = steps[next];
      if (step) this.steps.push(step);
      else this.steps.push(...this.#skips.slice(skipped[next * 2], skipped[next * 2 + 1]));
    }
    this.#next = next;
    const hit = hits[line];
    if (hit?.kind === "step") this.steps.push(hit.step);
    else if (hit) {
      const { speaker, ruleIndex, action } = hit;
      this.steps.push({ kind: "profile", profile: this.#profileAt(speaker), ruleIndex, action });
    }
  }

  /** What lies before a line was not met. */
  jump(line: number): void {
    const { lines } = this.#telling;
    while (this.#next < lines.length && (lines[this.#next] ?? 0) < line) this.#next += 1;
  }
}

/** Starts traces. What they tell of tiers that are skipped depends on the whole cluster, and is made once a version of it. */
export class FlowTraces {
  readonly #index: PolicyIndex;
  readonly #tellings = new WeakMap<ProgramSource, Telling>();
  #version = -1;
  #skips: Readonly<Record<View, readonly TraceStep[]>> = { enforced: [], pending: [] };

  constructor(index: PolicyIndex) {
    this.#index = index;
  }

  /** A trace of the program of an endpoint that starts at a line; undefined where there is none. */
  start(pool: ProgramPool, start: number, endpoint: Endpoint): FlowTrace | undefined {
    const source = pool.sourceOf(start);
    if (!source) return undefined;
    if (this.#version !== this.#index.version) this.#refresh();
    let telling = this.#tellings.get(source);
    if (!telling) this.#tellings.set(source, (telling = tellingOf(source)));
    const profileAt = (speaker: number): string => this.#index.speakersOf(endpoint)[speaker]?.name ?? "";
    return new FlowTrace(telling, this.#skips[source.view], profileAt);
  }

  #refresh(): void {
    const tiers = this.#index.tiers();
    const of = (view: View) =>
      tiers.map(({ name: tier }): TraceStep => {
        const why = this.#index.isEmpty(tier, view) ? "empty" : "none-selects";
        return { kind: "tier-skipped", tier, why };
      });
    this.#skips = { enforced: of("enforced"), pending: of("pending") };
    this.#version = this.#index.version;
  }
}
