import type { Direction } from "../model/policy";
import type { PolicyEntry } from "./policy-index";
import { MISSING_PROFILE, type ProfileEntry } from "./profile-book";
import type { TierPolicies } from "./resolved-policies";
import { rangesOf, ruleTests, type RuleTest } from "./rule-test";
import { isStrange, type RuleTerms } from "./rule-terms";
import { ANY_TERM, type NetTerm, type Term } from "./terms";

/** What a line that matches does. */
export const DOES = { allow: 0, deny: 1, jump: 2, log: 3, ask: 4 } as const;

/**
 * Bits of a line's head: protocol plus one (0: any), what it does, whether it has a port range, and whether it asks more
 * than its head and its far end say (`more`: terms of both ends, ranges of addresses, tests).
 */
export const HEAD = { protocol: 0x1ff, does: 9, doesMask: 7, range: 1 << 12, more: 1 << 13 } as const;

/** Terms below this fit into a line; the far end of a line with a later one is asked with the rest of it. */
const FAR_TERMS = 1 << 18;

/** Which policies count: those in force, or those in force and those that are staged to be. */
export type View = "enforced" | "pending";

/** What is compiled: the tiers that have a say, the profiles that speak after them, and how many tiers there are. */
export interface ProgramSource {
  readonly direction: Direction;
  readonly view: View;
  readonly tiers: readonly TierPolicies<PolicyEntry>[];
  readonly speakers: readonly ProfileEntry[];
  readonly tierCount: number;
}

/** What a line stands for: a rule of a policy or profile, the end of a tier, or what comes after the last profile. */
export type LineOrigin =
  | { readonly kind: "rule"; readonly tier: number; readonly policy: number; readonly rule: number }
  | { readonly kind: "unknown-policy" }
  | { readonly kind: "end-of-tier"; readonly tier: number }
  | { readonly kind: "profile"; readonly speaker: number; readonly rule: number }
  | { readonly kind: "no-profile" };

/** What a line asks beyond its head. */
export interface LineRest {
  readonly source: Term;
  readonly destination: Term;
  readonly sourceNets: NetTerm;
  readonly destinationNets: NetTerm;
  readonly tests: readonly RuleTest[];
}

/** One line: a question and what is done where it is answered yes. */
export interface Line {
  readonly head: number;
  /** First port in the upper half, last in the lower. */
  readonly range: number;
  /** The term of the end that is not judged. */
  readonly far: number;
  readonly rest?: LineRest;
}

/** Takes the lines of a program, in the order of evaluation. */
export interface LineSink {
  readonly line: (line: Line, origin: LineOrigin) => void;
  /** A policy, tier or profile ends: lines of it that pass go on behind it. */
  readonly end: (what: "policy" | "tier" | "profile") => void;
}

const ACTIONS = { Allow: DOES.allow, Deny: DOES.deny, Pass: DOES.jump, Log: DOES.log } as const;

const always = (does: number): Line => ({ head: does << HEAD.does, range: 0, far: ANY_TERM });

/** Whether a rule matches nothing for certain, so that it never logs. */
const isUndecided = ({ rule, source, destination }: RuleTerms): boolean =>
  rule.unknown.length > 0 || source.service?.unknown === true || destination.service?.unknown === true;

/** Whether the plain judge is to be asked once the rest of the rule matches. */
const mustAsk = (terms: RuleTerms): boolean =>
  isUndecided(terms) || terms.rule.http !== undefined || terms.domains.length > 0 || isStrange(terms.rule);

function restOf({ source, destination }: RuleTerms, tests: readonly RuleTest[]): LineRest {
  const [sourceNets, destinationNets] = [source.nets, destination.nets];
  return { source: source.term, destination: destination.term, sourceNets, destinationNets, tests };
}

/** The lines of a rule: one, or one for each range of ports. They are the same wherever the rule stands. */
function linesOf(terms: RuleTerms, direction: Direction, netBase: number): readonly Line[] {
  const { rule, source, destination } = terms;
  const asks = mustAsk(terms);
  // A Log rule that cannot be decided says nothing.
  if (rule.action === "Log" && isUndecided(terms)) return [];
  const tests = ruleTests(terms);
  const does = (asks ? DOES.ask : ACTIONS[rule.action]) << HEAD.does;
  const protocol = rule.protocol === undefined ? 0 : rule.protocol + 1;
  const [near, far] = direction === "ingress" ? [destination, source] : [source, destination];
  // Who asks for ranges alone is asked by the bit of the range.
  const asked = far.term.id === ANY_TERM && far.nets.id !== ANY_TERM ? netBase + far.nets.id : far.term.id;
  const fits = asked < FAR_TERMS;
  const farAlone = far.term.id === ANY_TERM || far.nets.id === ANY_TERM;
  const nearAny = near.term.id === ANY_TERM && near.nets.id === ANY_TERM;
  const whole = fits && farAlone && nearAny && tests.length === 0;
  const head = protocol | does | (whole ? 0 : HEAD.more);
  const more = { far: fits ? asked : ANY_TERM, ...(!whole && { rest: restOf(terms, tests) }) };
  const ranges = rangesOf(rule);
  if (!ranges) return [{ head, range: 0, ...more }];
  return ranges.map(({ from, to }) => ({ head: head | HEAD.range, range: (from << 16) | to, ...more }));
}

/** The lines of every rule, worked out once: terms keep their ids and services stay as known while the epoch does. */
export class RuleLines {
  readonly #known = new WeakMap<RuleTerms, readonly Line[]>();
  readonly #netBase: number;

  /** The bits of net terms follow those of terms from `netBase` on. */
  constructor(netBase: number) {
    this.#netBase = netBase;
  }

  of(terms: RuleTerms, direction: Direction): readonly Line[] {
    let lines = this.#known.get(terms);
    if (!lines) this.#known.set(terms, (lines = linesOf(terms, direction, this.#netBase)));
    return lines;
  }
}

/**
 * Compiles all that judges an endpoint in one direction and view. The last line always matches; what a tier does at its
 * end, and what comes after the last profile, are lines like any other.
 */
export function compileProgram({ direction, tiers, speakers }: ProgramSource, rules: RuleLines, sink: LineSink): void {
  for (const [tier, { tier: settings, policies }] of tiers.entries()) {
    for (const [policy, entry] of policies.entries()) {
      if (entry.policy.unknown.length > 0) sink.line(always(DOES.ask), { kind: "unknown-policy" });
      for (const [rule, terms] of entry.rules[direction].entries()) {
        for (const line of rules.of(terms, direction)) sink.line(line, { kind: "rule", tier, policy, rule });
      }
      sink.end("policy");
    }
    // What passes at the end of a tier goes on at the next line, as after a rule that logs.
    const does = settings.defaultAction === "Pass" ? DOES.log : DOES.deny;
    sink.line(always(does), { kind: "end-of-tier", tier });
    sink.end("tier");
  }
  for (const [speaker, entry] of speakers.entries()) {
    if (entry === MISSING_PROFILE) sink.line(always(DOES.deny), { kind: "profile", speaker, rule: 0 });
    for (const [rule, terms] of entry.rules[direction].entries()) {
      for (const line of rules.of(terms, direction)) sink.line(line, { kind: "profile", speaker, rule });
    }
    sink.end("profile");
  }
  sink.line(always(DOES.deny), { kind: "no-profile" });
}
