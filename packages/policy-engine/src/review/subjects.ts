import { planOf, type RulesPlan } from "../connectivity/rule-end";
import type { View } from "../evaluate/applying";
import type { Endpoint } from "../evaluate/endpoint";
import type { World } from "../evaluate/world";
import type { Policy } from "../model/policy";
import type { Direction } from "../model/rule";
import { indexWorld, type PolicyEntry, type PolicyIndex } from "../resolve/policy-index";
import type { TierPolicies } from "../resolve/resolved-policies";

/** A tier that has a say at an endpoint in one direction. */
export interface SubjectTier {
  readonly name: string;
  readonly defaultAction: "Deny" | "Pass";
  readonly policies: readonly Policy[];
}

/** Everything that decides at some endpoints in one direction. */
export interface Subject {
  readonly direction: Direction;
  readonly tiers: readonly SubjectTier[];
  /** Its profiles' rules in order, up to the first that is missing. */
  readonly profiles: readonly RulesPlan[];
  /** All rules that it asks. */
  readonly plans: readonly RulesPlan[];
}

/** Who decides at the endpoints of a world, in one direction and view. */
export class Subjects {
  readonly #world: World;
  readonly #index: PolicyIndex | undefined;
  readonly #tiers = new Map<readonly TierPolicies<PolicyEntry>[], readonly SubjectTier[]>();
  readonly #subjects = new Map<readonly SubjectTier[], Map<string, Subject>>();

  constructor(world: World) {
    this.#world = world;
    this.#index = indexWorld(world);
  }

  /** Undefined where nothing pending differs from what is in force, or where the world is not known as data. */
  of(endpoint: Endpoint, view: View, direction: Direction): Subject | undefined {
    const found = this.#index?.policiesOf(endpoint, direction);
    if (!found || (view === "pending" && !found.staged)) return undefined;
    const tiers = this.#tiersOf(found[view]);
    const profiles = this.#profilesOf(endpoint);
    const known = this.#subjects.get(tiers) ?? new Map<string, Subject>();
    this.#subjects.set(tiers, known);
    const key = JSON.stringify([direction, ...profiles]);
    let subject = known.get(key);
    if (!subject) known.set(key, (subject = this.#make(tiers, profiles, direction)));
    return subject;
  }

  #tiersOf(found: readonly TierPolicies<PolicyEntry>[]): readonly SubjectTier[] {
    let tiers = this.#tiers.get(found);
    if (!tiers) {
      tiers = found.map(({ tier: { name, defaultAction }, policies }) => ({
        name,
        defaultAction,
        policies: policies.map(({ policy }) => policy),
      }));
      this.#tiers.set(found, tiers);
    }
    return tiers;
  }

  #profilesOf({ profiles }: Endpoint): readonly string[] {
    const missing = profiles.findIndex((name) => !this.#world.profiles.has(name));
    return missing < 0 ? profiles : profiles.slice(0, missing);
  }

  #make(tiers: readonly SubjectTier[], names: readonly string[], direction: Direction): Subject {
    const profiles = names.flatMap((name) => {
      const content = this.#world.profiles.get(name);
      return content ? [planOf(content)[direction]] : [];
    });
    const rules = tiers.flatMap(({ policies }) => policies.map((policy) => planOf(policy, policy)[direction]));
    return { direction, tiers, profiles, plans: [...rules, ...profiles] };
  }
}
