import type { Endpoint } from "../evaluate/endpoint";
import { maySpeakIn } from "../evaluate/read-manifests";
import type { World } from "../evaluate/world";
import { policySelector } from "../model/effective-selector";
import { NAMESPACE_LABEL } from "../model/labels";
import { isPending, type Policy } from "../model/policy";
import type { Direction } from "../model/rule";
import type { LabelMap } from "../selector/evaluate";
import type { SelectorNode } from "../selector/ast";
import { printSelector } from "../selector/printer";
import { labelNames } from "./registry";
import { planOf, type HolderSelector, type RulesPlan } from "./rule-end";
import { SelectorMatches } from "./selector-matches";

/** Which policies count: those in force, or those in force and those that are staged to be. */
export type ConnectivityView = "enforced" | "pending";

/** A tier that has a say at an endpoint in one direction. */
export interface SubjectTier {
  readonly name: string;
  readonly defaultAction: "Deny" | "Pass";
  readonly policies: readonly Policy[];
}

/** Everything that decides at an endpoint in one direction, but for where its own address lies. */
export interface Subject {
  /** Equal for subjects at which the same objects decide, in any world and any run. */
  readonly key: string;
  readonly direction: Direction;
  /** Whether something that could not be read may have a say: then nothing is decided. */
  readonly undecided: boolean;
  readonly tiers: readonly SubjectTier[];
  /** Rules of its profiles in order, up to the first that is missing. */
  readonly profiles: readonly RulesPlan[];
}

/** Numbers objects for good, so that keys made of them mean the same as long as the objects live. */
const numbers = new WeakMap<object, number>();
let lastNumber = 0;

function numberOf(object: object): number {
  let known = numbers.get(object);
  if (known === undefined) numbers.set(object, (known = lastNumber += 1));
  return known;
}

/** Felix evaluates what is staged to be in force among the enforced policies; what is staged to go has no say. */
const counts = (policy: Policy, view: ConnectivityView): boolean =>
  policy.stagedAction === undefined || (view === "pending" && isPending(policy.stagedAction));

/** doNotTrack and preDNAT policies are for host endpoints alone. */
const forWorkloads = (policy: Policy): boolean => !policy.preDnat && !policy.doNotTrack;

const subjectSelectors = new WeakMap<Policy, HolderSelector>();

/** Whom a policy judges: with fields that are not known it may judge any endpoint of its namespace. */
function subjectSelector(policy: Policy): HolderSelector {
  let known = subjectSelectors.get(policy);
  if (!known) {
    const node: SelectorNode =
      policy.unknown.length === 0
        ? policySelector(policy)
        : policy.namespace === ""
          ? { kind: "all" }
          : { kind: "compare", operator: "==", label: NAMESPACE_LABEL, value: policy.namespace };
    subjectSelectors.set(policy, (known = { node, text: printSelector(node) }));
  }
  return known;
}

interface ChosenPolicy {
  readonly policy: Policy;
  /** Place of its tier in the order of evaluation. */
  readonly tier: number;
}

interface Kind {
  readonly labels: LabelMap;
  readonly ports: readonly never[];
  readonly policies: Record<Direction, ChosenPolicy[]>;
}

/** Who decides at each endpoint of a world, worked out once for endpoints that no policy's own selector tells apart. */
export class Subjects {
  readonly #world: World;
  readonly #names: readonly string[];
  readonly #kinds: Kind[] = [];
  readonly #kindOf = new Map<string, Kind>();
  readonly #subjects = new Map<string, Subject>();

  constructor(world: World, view: ConnectivityView) {
    this.#world = world;
    const policies = world.tiers.flatMap((tier, at) => tier.policies.map((policy) => ({ policy, tier: at })));
    const chosen = policies.filter(({ policy }) => counts(policy, view) && forWorkloads(policy));
    this.#names = [...new Set(chosen.flatMap(({ policy }) => [...labelNames(subjectSelector(policy).node)]))];
    for (const endpoint of world.endpoints) this.#findKind(endpoint);
    const matches = new SelectorMatches(this.#kinds);
    for (const choice of chosen) {
      for (const kind of matches.kindsOf(subjectSelector(choice.policy))) {
        for (const direction of choice.policy.types) this.#kinds[kind]?.policies[direction].push(choice);
      }
    }
  }

  /** What decides at an endpoint of the world in one direction. */
  of(endpoint: Endpoint, direction: Direction): Subject {
    const { policies } = this.#findKind(endpoint);
    const chosen = policies[direction];
    const profiles = this.#profilesOf(endpoint, direction);
    const undecided = this.#undecided(endpoint.namespace);
    const key = `${direction}${undecided ? "?" : ""} ${chosen.map(({ policy, tier }) => `${this.#tierKey(tier)}.${numberOf(policy)}`).join(",")} ${profiles.map(numberOf).join(",")}`;
    let known = this.#subjects.get(key);
    if (!known)
      this.#subjects.set(key, (known = { key, direction, undecided, tiers: this.#tiersOf(chosen), profiles }));
    return known;
  }

  #undecided(namespace: string): boolean {
    return this.#world.unreadable.some((unreadable) => maySpeakIn(unreadable, namespace));
  }

  #tierKey(tier: number): string {
    return `${tier}${this.#world.tiers[tier]?.defaultAction ?? ""}`;
  }

  #findKind({ labels }: Endpoint): Kind {
    const named: [string, string][] = [];
    for (const name of this.#names) {
      const value = labels.get(name);
      if (value !== undefined) named.push([name, value]);
    }
    const key = JSON.stringify(named);
    let known = this.#kindOf.get(key);
    if (!known) {
      known = { labels: new Map(named), ports: [], policies: { ingress: [], egress: [] } };
      this.#kindOf.set(key, known);
      this.#kinds.push(known);
    }
    return known;
  }

  #tiersOf(chosen: readonly ChosenPolicy[]): readonly SubjectTier[] {
    const tiers: (SubjectTier & { readonly policies: Policy[]; readonly at: number })[] = [];
    for (const { policy, tier: at } of chosen) {
      const last = tiers.at(-1);
      const tier = this.#world.tiers[at];
      if (last?.at === at) last.policies.push(policy);
      else if (tier) tiers.push({ at, name: tier.name, defaultAction: tier.defaultAction, policies: [policy] });
    }
    return tiers;
  }

  #profilesOf(endpoint: Endpoint, direction: Direction): readonly RulesPlan[] {
    const plans: RulesPlan[] = [];
    for (const name of endpoint.profiles) {
      const content = this.#world.profiles.get(name);
      if (!content) break;
      plans.push(planOf(content)[direction]);
    }
    return plans;
  }
}
