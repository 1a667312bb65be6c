import type { Endpoint } from "../evaluate/endpoint";
import { speaksAt, tiersEndAt, type PolicyHook } from "../evaluate/hook";
import { hooksOf } from "../evaluate/host-walk";
import { maySpeakIn } from "../evaluate/read-manifests";
import type { World } from "../evaluate/world";
import { possibleSubjects } from "../model/effective-selector";
import { isPending, type Policy } from "../model/policy";
import type { Direction, EntityRule, Rule } from "../model/rule";
import type { LabelMap } from "../selector/evaluate";
import { printSelector } from "../selector/printer";
import { failsafePlan } from "./failsafe";
import { labelNames } from "./registry";
import { planOf, type HolderSelector, type RulesPlan } from "./rule-end";
import { SelectorMatches } from "./selector-matches";

/** Which policies count: those in force, or those in force and those that are staged to be. */
export type ConnectivityView = "enforced" | "pending";

/** A tier that has a say at an endpoint in one direction. */
export interface SubjectTier {
  readonly name: string;
  /** What becomes of what no rule matches; `Pass` also where tiers have no default action. */
  readonly atEnd: "Deny" | "Pass";
  readonly policies: readonly Policy[];
}

/** One hook at which an endpoint's policies are asked. */
export interface SubjectStage {
  readonly hook: PolicyHook;
  readonly tiers: readonly SubjectTier[];
  /** Rules of its profiles, up to the first that is missing, which denies; undefined at hooks where what the tiers leave goes on. */
  readonly profiles?: readonly RulesPlan[];
  /** What host endpoints let through whatever policies say. */
  readonly failsafe?: RulesPlan;
}

/** Everything that decides at an endpoint in one direction, but for where its own address lies. */
export interface Subject {
  /** Equal for subjects at which the same objects decide, in any run. */
  readonly key: string;
  /** Equal where the keys are. */
  readonly number: number;
  readonly direction: Direction;
  readonly stages: readonly SubjectStage[];
  /** Why nothing can be decided here: a policy that was not read and may have a say. */
  readonly unreadable?: string;
}

/** Numbers objects for good, so that keys made of them mean the same as long as the objects live. */
const numbers = new WeakMap<object, number>();
let lastNumber = 0;

/** A number that an object keeps. */
export function numberOf(object: object): number {
  let known = numbers.get(object);
  if (known === undefined) numbers.set(object, (known = lastNumber += 1));
  return known;
}

/** Felix evaluates what is staged to be in force among the enforced policies; what is staged to go has no say. */
export const countsIn = (policy: Policy, view: ConnectivityView): boolean =>
  policy.stagedAction === undefined || (view === "pending" && isPending(policy.stagedAction));

const subjectSelectors = new WeakMap<Policy, HolderSelector>();

/** Whom a policy may judge. */
export function subjectSelector(policy: Policy): HolderSelector {
  let known = subjectSelectors.get(policy);
  if (!known) {
    const node = possibleSubjects(policy);
    subjectSelectors.set(policy, (known = { node, text: printSelector(node) }));
  }
  return known;
}

/** Why nothing is decided at an endpoint: something that was not read and may have a say there. */
function unreadableAt({ unreadable }: World, { namespace }: Endpoint): string | undefined {
  const found = unreadable.find((one) => maySpeakIn(one, namespace));
  if (!found) return undefined;
  const { kind, namespace: of, name } = found.ref;
  return `${kind} ${of === "" ? name : `${of}/${name}`} could not be read: ${found.reason}`;
}

/** The hooks at which an endpoint is asked (Calico, felix rules/static.go): workloads have one, hosts up to three. */
const hooksAt = (endpoint: Endpoint, direction: Direction): readonly PolicyHook[] =>
  endpoint.kind === "workload" ? ["normal"] : hooksOf({ endpoint, direction }, "local");

const ANY: EntityRule = { nets: [], notNets: [], ports: [], notPorts: [], domains: [] };
const DENY: Rule = { action: "Deny", source: ANY, destination: ANY, annotations: {}, unknown: [] };

/** What a missing profile is taken for (Calico, felix active rules calculator, DummyDropRules). */
const MISSING = { ingress: [DENY], egress: [DENY] };

interface ChosenPolicy {
  readonly policy: Policy;
  /** Place of its tier in the order of evaluation. */
  readonly tier: number;
}

/** Endpoints whose labels no policy's own selector tells apart. */
interface Kind {
  readonly policies: Record<Direction, ChosenPolicy[]>;
  readonly keys: Map<string, string>;
  /** By what tells endpoints of the kind apart. */
  readonly subjects: Map<string, Subject>;
}

const NOBODY: Kind = { policies: { ingress: [], egress: [] }, keys: new Map(), subjects: new Map() };

/** The kinds of a world's endpoints, by the labels that selectors of policies name. */
class SubjectKinds {
  readonly names: ReadonlySet<string>;
  readonly matches: SelectorMatches;
  readonly count: number;
  readonly #kindOf = new Map<Endpoint, number>();

  constructor(endpoints: readonly Endpoint[], names: ReadonlySet<string>) {
    this.names = names;
    const kinds: { readonly labels: LabelMap; readonly ports: readonly never[] }[] = [];
    const ids = new Map<string, number>();
    for (const endpoint of endpoints) {
      const labels = this.#named(endpoint);
      const key = JSON.stringify(labels);
      let id = ids.get(key);
      if (id === undefined) {
        ids.set(key, (id = kinds.length));
        kinds.push({ labels: new Map(labels), ports: [] });
      }
      this.#kindOf.set(endpoint, id);
    }
    this.count = kinds.length;
    this.matches = new SelectorMatches(kinds);
  }

  #named({ labels }: Endpoint): readonly (readonly [string, string])[] {
    const named: [string, string][] = [];
    for (const name of this.names) {
      const value = labels.get(name);
      if (value !== undefined) named.push([name, value]);
    }
    return named;
  }

  of(endpoint: Endpoint): number {
    return this.#kindOf.get(endpoint) ?? -1;
  }
}

/** What is kept from one run to the next. */
export interface SubjectMemory {
  /** Those of the same endpoints under other policies. */
  readonly earlier?: Subjects;
  /** Numbers of subjects by their keys. */
  readonly keys: Map<string, number>;
}

/** Who decides at each endpoint of a world, worked out once for endpoints that no policy's own selector tells apart. */
export class Subjects {
  readonly #world: World;
  readonly #kinds: SubjectKinds;
  readonly #decide: readonly Kind[];
  readonly #subjects = new Map<string, Subject>();
  readonly #keys: Map<string, number>;

  constructor(world: World, view: ConnectivityView, { earlier, keys }: SubjectMemory) {
    this.#world = world;
    this.#keys = keys;
    const policies = world.tiers.flatMap((tier, at) => tier.policies.map((policy) => ({ policy, tier: at })));
    const chosen = policies.filter(({ policy }) => countsIn(policy, view));
    const names = new Set(chosen.flatMap(({ policy }) => [...labelNames(subjectSelector(policy).node)]));
    const enough = earlier && [...names].every((name) => earlier.#kinds.names.has(name));
    this.#kinds = enough ? earlier.#kinds : new SubjectKinds([...world.endpoints, ...world.hostEndpoints], names);
    this.#decide = Array.from({ length: this.#kinds.count }, () => ({
      policies: { ingress: [], egress: [] },
      keys: new Map<string, string>(),
      subjects: new Map<string, Subject>(),
    }));
    for (const choice of chosen) {
      for (const kind of this.#kinds.matches.kindsOf(subjectSelector(choice.policy))) {
        for (const direction of choice.policy.types) this.#decide[kind]?.policies[direction].push(choice);
      }
    }
  }

  /** What decides at an endpoint of the world in one direction. */
  of(endpoint: Endpoint, direction: Direction): Subject {
    const kind = this.#decide[this.#kinds.of(endpoint)] ?? NOBODY;
    const profiles = this.#profilesOf(endpoint, direction);
    const unreadable = unreadableAt(this.#world, endpoint);
    const hooks = hooksAt(endpoint, direction);
    const place = `${endpoint.kind} ${direction} ${hooks.join("-")} ${profiles.map(numberOf).join(",")}`;
    const asked = `${place} ${unreadable ?? ""}`;
    const asKind = kind.subjects.get(asked);
    if (asKind) return asKind;
    const key = `${place} ${this.#policyKey(kind, direction)} ${unreadable ?? ""}`;
    let known = this.#subjects.get(key);
    if (!known) {
      const stages = hooks.map((hook) => ({
        hook,
        tiers: this.#tiersOf(kind.policies[direction], hook),
        ...(hook === "normal" && { profiles }),
        ...(endpoint.kind === "host" && { failsafe: failsafePlan(this.#world.settings, hook, direction) }),
      }));
      known = { key, number: this.#numberOf(key), direction, stages, ...(unreadable !== undefined && { unreadable }) };
      this.#subjects.set(key, known);
    }
    kind.subjects.set(asked, known);
    return known;
  }

  #numberOf(key: string): number {
    let known = this.#keys.get(key);
    if (known === undefined) this.#keys.set(key, (known = this.#keys.size));
    return known;
  }

  #policyKey({ keys, policies }: Kind, direction: Direction): string {
    let known = keys.get(direction);
    if (known === undefined) {
      known = policies[direction].map(({ policy, tier }) => `${this.#tierKey(tier)}.${numberOf(policy)}`).join(",");
      keys.set(direction, known);
    }
    return known;
  }

  #tierKey(tier: number): string {
    return `${tier}${this.#world.tiers[tier]?.defaultAction ?? ""}`;
  }

  #tiersOf(chosen: readonly ChosenPolicy[], hook: PolicyHook): readonly SubjectTier[] {
    const tiers: (SubjectTier & { readonly policies: Policy[]; readonly at: number })[] = [];
    for (const { policy, tier: at } of chosen) {
      if (!speaksAt(policy, hook)) continue;
      const last = tiers.at(-1);
      const tier = this.#world.tiers[at];
      const atEnd = tiersEndAt(hook) ? (tier?.defaultAction ?? "Deny") : "Pass";
      if (last?.at === at) last.policies.push(policy);
      else if (tier) tiers.push({ at, name: tier.name, atEnd, policies: [policy] });
    }
    return tiers;
  }

  #profilesOf(endpoint: Endpoint, direction: Direction): readonly RulesPlan[] {
    const found: RulesPlan[] = [];
    for (const name of endpoint.profiles) {
      const content = this.#world.profiles.get(name);
      found.push(planOf(content ?? MISSING)[direction]);
      if (!content) break;
    }
    return found;
  }
}
