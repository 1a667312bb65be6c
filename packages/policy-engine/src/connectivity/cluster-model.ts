import type { World } from "../evaluate/world";
import type { EndpointPort } from "../model/policy";
import type { IpAddress } from "../net/address";
import { AddressClasses } from "./address-classes";
import { constantColumn, sparseColumn, type SparseColumn } from "./columns";
import { extentAt, type AddressView, type Known } from "./end-extent";
import { Registry } from "./registry";
import { compileSelector, type SelectorMatcher } from "../selector/evaluate";
import type { HolderSelector, RuleEnd } from "./rule-end";
import type { Tables } from "./tables";

/** A stand-in for any address, for ends that ask the same of all. */
const ANY_ADDRESS: AddressView = {
  group: { sample: { version: 4, value: 0n }, outside: true, version: 4, piece: 0, holders: [], targets: [] },
  selected: "yes",
  unwanted: "no",
  inNets: false,
  inNotNets: false,
  ports: [],
};

/** What a cluster model is made from. */
export interface ModelInput {
  readonly world: World;
  readonly registry: Registry;
  readonly tables: Tables;
  /** Addresses of the endpoints of the whole mesh. */
  readonly addresses: readonly IpAddress[];
}

/** What was worked out so far. */
class ModelMemory {
  readonly columns = new Map<string, SparseColumn>();
  readonly extents = new Map<string, number>();
  readonly members = new Map<string, SelectorMembers>();
  readonly matchers = new Map<string, SelectorMatcher>();
  all: readonly number[] | undefined;
}

interface SelectorMembers {
  readonly classes: ReadonlySet<number>;
  readonly kinds: ReadonlySet<number>;
}

interface SharedModel {
  readonly classes: AddressClasses;
  readonly memory: ModelMemory;
}

/** What the ends of rules are at each class of addresses, as one cluster sees them. */
export class ClusterModel {
  readonly world: World;
  readonly tables: Tables;
  readonly classes: AddressClasses;
  readonly #memory: ModelMemory;

  constructor({ world, registry, tables, addresses }: ModelInput, shared?: SharedModel) {
    this.world = world;
    this.tables = tables;
    this.classes = shared?.classes ?? new AddressClasses({ world, registry, addresses });
    this.#memory = shared?.memory ?? new ModelMemory();
  }

  /** The same model for the same cluster under policies that ask nothing new. */
  under(world: World): ClusterModel {
    const input = { world, tables: this.tables, registry: new Registry(), addresses: [] };
    return new ClusterModel(input, { classes: this.classes, memory: this.#memory });
  }

  /** The extent of an end at a class of addresses. */
  extentOf(end: RuleEnd, its: number): number {
    const key = end.anyAddress ? end.key : `${its} ${end.key}`;
    let known = this.#memory.extents.get(key);
    if (known === undefined) this.#memory.extents.set(key, (known = this.#work(end, its)));
    return known;
  }

  /** The extents of an end at all classes. */
  columnOf(end: RuleEnd): SparseColumn {
    let known = this.#memory.columns.get(end.key);
    if (!known) this.#memory.columns.set(end.key, (known = this.#makeColumn(end)));
    return known;
  }

  /** Why it is not known whether an end means the addresses of a class; undefined where it is. */
  reasonAt(end: RuleEnd, its: number): string | undefined {
    const unobserved = this.#unobserved(end, its);
    if (unobserved !== undefined) return `which addresses ${unobserved} has was not observed`;
    if (!end.service) return undefined;
    const { namespace, name } = end.service;
    const known = this.world.serviceTargets(namespace, name) !== undefined;
    return known ? undefined : `where service ${namespace}/${name} sends to is not known`;
  }

  /** The domain of which nothing is known, in the order in which an end asks: its selectors, then its domains. */
  #unobserved(end: RuleEnd, its: number): string | undefined {
    const sample = this.classes.sampleOf(its)?.sample;
    if (!sample) return undefined;
    for (const selector of [end.selector, end.notSelector]) {
      if (!selector || this.#holds(end, selector, its) !== "unknown") continue;
      const matches = this.#matcherOf(selector);
      const [first] = this.world.domains.setsAt(sample).filter(({ holder }) => matches(holder.labels));
      if (first && first.holds !== true) return first.holds.unobserved;
    }
    const holds = this.world.domains.holds(end.domains, sample);
    return typeof holds === "boolean" ? undefined : holds.unobserved;
  }

  #makeColumn(end: RuleEnd): SparseColumn {
    if (end.anyAddress) return constantColumn(this.extentOf(end, 0));
    const { count } = this.classes;
    const few = end.selector && !this.#asksDomainSets(end);
    const at = few && end.selector ? this.classes.classesOf(end.selector) : this.#everywhere();
    const values = at.map((its) => this.#work(end, its));
    return sparseColumn(count, { at, values }, this.tables.nowhere);
  }

  #asksDomainSets({ withDomainSets }: RuleEnd): boolean {
    return withDomainSets && this.world.domains.hasSets;
  }

  /** Whether somebody whom the selector matches holds the addresses of a class: an endpoint or a set, by net or by domain. */
  #holds(end: RuleEnd, selector: HolderSelector, its: number): Known {
    if (this.#membersOf(selector).classes.has(its)) return "yes";
    const sample = this.#asksDomainSets(end) ? this.classes.sampleOf(its)?.sample : undefined;
    if (!sample) return "no";
    const matches = this.#matcherOf(selector);
    const sets = this.world.domains.setsAt(sample).filter(({ holder }) => matches(holder.labels));
    if (sets.length === 0) return "no";
    return sets.some(({ holds }) => holds === true) ? "yes" : "unknown";
  }

  #matcherOf(selector: HolderSelector): SelectorMatcher {
    let known = this.#memory.matchers.get(selector.text);
    if (!known) this.#memory.matchers.set(selector.text, (known = compileSelector(selector.node)));
    return known;
  }

  #everywhere(): readonly number[] {
    return (this.#memory.all ??= Array.from({ length: this.classes.count }, (_, i) => i));
  }

  #work(end: RuleEnd, its: number): number {
    return extentAt(end, end.anyAddress ? ANY_ADDRESS : this.#view(end, its), this);
  }

  #membersOf(selector: NonNullable<RuleEnd["selector"]>) {
    let known = this.#memory.members.get(selector.text);
    if (!known) {
      known = { classes: new Set(this.classes.classesOf(selector)), kinds: new Set(this.classes.kindsOf(selector)) };
      this.#memory.members.set(selector.text, known);
    }
    return known;
  }

  #view(end: RuleEnd, its: number): AddressView {
    const group = this.classes.sampleOf(its) ?? ANY_ADDRESS.group;
    const chosen = end.selector && this.#membersOf(end.selector);
    const named = [...end.ports, ...end.notPorts].some((port) => port.kind === "named");
    const { kinds } = this.classes.space;
    const ports: readonly EndpointPort[] = named
      ? group.holders.flatMap((kind) => (chosen && !chosen.kinds.has(kind) ? [] : (kinds[kind]?.ports ?? [])))
      : [];
    return {
      group,
      selected: end.selector ? this.#holds(end, end.selector, its) : "yes",
      unwanted: end.notSelector ? this.#holds(end, end.notSelector, its) : "no",
      inNets: end.nets.length > 0 && this.classes.marksOf(end, "nets")[group.piece] === 1,
      inNotNets: end.notNets.length > 0 && this.classes.marksOf(end, "notNets")[group.piece] === 1,
      ports,
    };
  }
}
