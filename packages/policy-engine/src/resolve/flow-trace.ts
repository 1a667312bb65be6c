import type { Endpoint } from "../evaluate/endpoint";
import type { TracePolicy, TraceStep } from "../evaluate/trace";
import type { Policy, RuleAction } from "../model/policy";
import type { PolicyIndex } from "./policy-index";
import type { ProgramPool } from "./program-pool";
import { compileProgram, RuleLines, type LineOrigin, type ProgramSource, type View } from "./rule-program";

/** Something that is told when a line is reached: a step, or that the tiers of these ranks were skipped. */
type Told =
  | { readonly kind: "step"; readonly line: number; readonly step: TraceStep }
  | { readonly kind: "skipped"; readonly line: number; readonly from: number; readonly to: number };

/** What is told when a line matches: a step, or what a profile's rule did, by the place of the profile among the speakers. */
type Hit =
  | { readonly kind: "step"; readonly step: TraceStep }
  | { readonly kind: "profile"; readonly speaker: number; readonly ruleIndex: number; readonly action: RuleAction };

/** What a program tells; lines are counted from its first. */
interface Telling {
  readonly hits: readonly (Hit | undefined)[];
  /** In the order of lines. */
  readonly told: readonly Told[];
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
  const told: Told[] = [];
  let [tier, policy, rank] = [0, 0, 0];
  const tell = (step: TraceStep) => told.push({ kind: "step", line: hits.length, step });
  const skip = (to: number) => void (rank < to && told.push({ kind: "skipped", line: hits.length, from: rank, to }));
  const enter = () => {
    const entered = source.tiers[tier]?.tier;
    skip(entered ? entered.rank : source.tierCount);
    if (!entered) return;
    rank = entered.rank + 1;
    tell({ kind: "tier-entered", tier: entered.name });
  };
  enter();
  compileProgram(source, new RuleLines(), {
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
  return { hits, told };
}

/** The trace of one flow through one program, as it is walked. Lines are counted from the program's first. */
export class FlowTrace {
  readonly steps: TraceStep[] = [];
  readonly #telling: Telling;
  readonly #skips: readonly TraceStep[];
  readonly #profiles: readonly string[];
  #next = 0;

  constructor(telling: Telling, skips: readonly TraceStep[], profiles: readonly string[]) {
    this.#telling = telling;
    this.#skips = skips;
    this.#profiles = profiles;
  }

  /** A line matched: what lies before it was passed over. */
  hit(line: number): void {
    const { told, hits } = this.#telling;
    for (let next = told[this.#next]; next && next.line <= line; next = told[this.#next]) {
      this.#next += 1;
      if (next.kind === "step") this.steps.push(next.step);
      else this.steps.push(...this.#skips.slice(next.from, next.to));
    }
    const hit = hits[line];
    if (hit?.kind === "step") this.steps.push(hit.step);
    else if (hit) {
      const { speaker, ruleIndex, action } = hit;
      this.steps.push({ kind: "profile", profile: this.#profiles[speaker] ?? "", ruleIndex, action });
    }
  }

  /** What lies before a line was not met. */
  jump(line: number): void {
    const { told } = this.#telling;
    for (let next = told[this.#next]; next && next.line < line; next = told[this.#next]) this.#next += 1;
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
    const profiles = this.#index.speakersOf(endpoint).map(({ name }) => name);
    return new FlowTrace(telling, this.#skips[source.view], profiles);
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
