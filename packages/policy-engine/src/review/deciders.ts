import { NONE, type SetId, type Tables } from "../connectivity/tables";
import { planOf } from "../connectivity/rule-end";
import type { Policy } from "../model/policy";
import type { Arena, Standpoint } from "./arena";
import type { RuleColumns } from "./rule-columns";
import { valueOf } from "./sparse";

/** Who decides some connections. */
export type Decider =
  | {
      readonly kind: "rule";
      readonly tier: string;
      readonly policy: Policy;
      readonly index: number;
      readonly action: "Allow" | "Deny" | "Pass";
    }
  | { readonly kind: "end-of-tier"; readonly tier: string; readonly action: "Deny" }
  | { readonly kind: "profile"; readonly profile: string }
  | { readonly kind: "no-profile" };

/** Connections at one place: at a standpoint, with peers of one class. */
export interface Spot {
  readonly standpoint: Standpoint;
  readonly its: number;
  readonly set: SetId;
}

/** A rule, or a whole policy where the index is absent. */
export interface Part {
  readonly policy: Policy;
  readonly index?: number;
}

/** How far connections are followed: up to a rule that is asked, and as if a rule or policy were not there. */
export interface Pursuit {
  readonly until?: Part;
  readonly without?: Part;
}

const isPart = (part: Part | undefined, policy: Policy, index?: number): boolean =>
  part?.policy === policy && part.index === index;

/** What connections are still on the way, and what waits for the next tier. */
interface Stream {
  remain: SetId;
  passed: SetId;
}

interface Told {
  readonly decider: Decider;
  /** Whether it goes on to the next tier. */
  readonly passes: boolean;
}

/** Follows connections through the policies of a standpoint, rule by rule, and tells who decides them for sure. */
export class Deciders {
  readonly #columns: RuleColumns;
  readonly #tables: Tables;

  constructor(arena: Arena, columns: RuleColumns) {
    this.#columns = columns;
    this.#tables = arena.tables;
  }

  /** Who takes some of the connections before the rule is asked that they are followed to. */
  takers(spot: Spot, until: Part): readonly Decider[] {
    const told: Told[] = [];
    let inTier = 0;
    const done = this.#tiers(
      spot,
      { until },
      {
        tell: (one) => void told.push(one),
        enter: () => void (inTier = told.length),
      },
    );
    // What an earlier tier passes on is not taken by it.
    return done ? told.filter(({ passes }, i) => !passes || i >= inTier).map(({ decider }) => decider) : [];
  }

  /** Who decides the connections in the end, as if a rule or policy were not there. */
  substitutes(spot: Spot, without: Part): readonly Decider[] {
    const told: Told[] = [];
    this.#tiers(spot, { without }, { tell: (one) => void told.push(one), enter: () => undefined });
    return told.filter(({ passes }) => !passes).map(({ decider }) => decider);
  }

  #tiers(
    spot: Spot,
    pursuit: Pursuit,
    ear: { readonly tell: (told: Told) => void; readonly enter: () => void },
  ): boolean {
    const { sets } = this.#tables;
    const { subject } = spot.standpoint;
    const stream: Stream = { remain: spot.set, passed: NONE };
    for (const tier of subject.tiers) {
      ear.enter();
      const policies = tier.policies.filter((policy) => !isPart(pursuit.without, policy));
      for (const policy of policies) {
        if (this.#policy(spot, { policy, tier: tier.name }, { stream, pursuit, tell: ear.tell })) return true;
      }
      if (policies.length > 0 && tier.defaultAction === "Deny") {
        if (stream.remain !== NONE) {
          ear.tell({ decider: { kind: "end-of-tier", tier: tier.name, action: "Deny" }, passes: false });
        }
        stream.remain = stream.passed;
      } else stream.remain = sets.union(stream.remain, stream.passed);
      stream.passed = NONE;
    }
    this.#profiles(spot, stream, ear.tell);
    return false;
  }

  /** Whether the rule was met that connections are followed to. */
  #policy(
    { standpoint, its }: Spot,
    { policy, tier }: { readonly policy: Policy; readonly tier: string },
    { stream, pursuit, tell }: { stream: Stream; readonly pursuit: Pursuit; readonly tell: (told: Told) => void },
  ): boolean {
    const { sets, extents } = this.#tables;
    const { direction } = standpoint.subject;
    const columns = this.#columns.of(planOf(policy, policy)[direction], standpoint.own);
    for (const [index, { match }] of columns.rules.entries()) {
      if (isPart(pursuit.until, policy, index)) return true;
      const action = policy[direction][index]?.action ?? "Log";
      if (action === "Log" || isPart(pursuit.without, policy, index)) continue;
      const taken = sets.intersect(stream.remain, extents.get(valueOf(match, its))[0]);
      if (taken === NONE) continue;
      tell({ decider: { kind: "rule", tier, policy, index, action }, passes: action === "Pass" });
      if (action === "Pass") stream.passed = sets.union(stream.passed, taken);
      stream.remain = sets.subtract(stream.remain, taken);
    }
    return false;
  }

  #profiles({ standpoint, its }: Spot, stream: Stream, tell: (told: Told) => void): void {
    const { sets, extents } = this.#tables;
    const names = standpoint.example.endpoint.profiles;
    for (const [at, plan] of standpoint.subject.profiles.entries()) {
      let passed: SetId = NONE;
      const { rules } = this.#columns.of(plan, standpoint.own);
      for (const [index, { match }] of rules.entries()) {
        const action = plan.rules[index]?.rule.action ?? "Log";
        const taken = sets.intersect(stream.remain, extents.get(valueOf(match, its))[0]);
        if (action === "Log" || taken === NONE) continue;
        if (action === "Pass") passed = sets.union(passed, taken);
        else tell({ decider: { kind: "profile", profile: names[at] ?? "" }, passes: false });
        stream.remain = sets.subtract(stream.remain, taken);
      }
      stream.remain = sets.union(stream.remain, passed);
    }
    if (stream.remain !== NONE) tell({ decider: { kind: "no-profile" }, passes: false });
  }
}
