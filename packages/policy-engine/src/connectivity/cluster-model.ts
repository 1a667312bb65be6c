import type { World } from "../evaluate/world";
import type { EndpointPort } from "../model/policy";
import type { IpAddress } from "../net/address";
import { AddressClasses } from "./address-classes";
import { constantColumn, sparseColumn, type SparseColumn } from "./columns";
import { extentAt, type AddressView } from "./end-extent";
import type { Registry } from "./registry";
import type { RuleEnd } from "./rule-end";
import type { Tables } from "./tables";

/** A stand-in for any address, for ends that ask the same of all. */
const ANY_ADDRESS: AddressView = {
  group: { version: 4, piece: 0, holders: [], targets: [] },
  selected: false,
  unwanted: false,
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

/** What the ends of rules are at each class of addresses, as one cluster sees them. */
export class ClusterModel {
  readonly world: World;
  readonly tables: Tables;
  readonly classes: AddressClasses;
  readonly #columns = new Map<string, SparseColumn>();
  #all: readonly number[] | undefined;
  readonly #extents = new Map<string, number>();
  readonly #members = new Map<string, { readonly classes: ReadonlySet<number>; readonly kinds: ReadonlySet<number> }>();

  constructor({ world, registry, tables, addresses }: ModelInput) {
    this.world = world;
    this.tables = tables;
    this.classes = new AddressClasses({ world, registry, addresses });
  }

  /** The extent of an end at a class of addresses. */
  extentOf(end: RuleEnd, its: number): number {
    const key = end.anyAddress ? end.key : `${its} ${end.key}`;
    let known = this.#extents.get(key);
    if (known === undefined) this.#extents.set(key, (known = this.#work(end, its)));
    return known;
  }

  /** The extents of an end at all classes. */
  columnOf(end: RuleEnd): SparseColumn {
    let known = this.#columns.get(end.key);
    if (!known) this.#columns.set(end.key, (known = this.#makeColumn(end)));
    return known;
  }

  #makeColumn(end: RuleEnd): SparseColumn {
    if (end.anyAddress) return constantColumn(this.extentOf(end, 0));
    const { count } = this.classes;
    const at = end.selector ? this.classes.classesOf(end.selector) : this.#everywhere();
    const values = at.map((its) => this.#work(end, its));
    return sparseColumn(count, { at, values }, this.tables.nowhere);
  }

  #everywhere(): readonly number[] {
    return (this.#all ??= Array.from({ length: this.classes.count }, (_, i) => i));
  }

  #work(end: RuleEnd, its: number): number {
    return extentAt(end, end.anyAddress ? ANY_ADDRESS : this.#view(end, its), this);
  }

  #membersOf(selector: NonNullable<RuleEnd["selector"]>) {
    let known = this.#members.get(selector.text);
    if (!known) {
      known = { classes: new Set(this.classes.classesOf(selector)), kinds: new Set(this.classes.kindsOf(selector)) };
      this.#members.set(selector.text, known);
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
      selected: chosen?.classes.has(its) ?? true,
      unwanted: end.notSelector ? this.#membersOf(end.notSelector).classes.has(its) : false,
      inNets: end.nets.length > 0 && this.classes.marksOf(end, "nets")[group.piece] === 1,
      inNotNets: end.notNets.length > 0 && this.classes.marksOf(end, "notNets")[group.piece] === 1,
      ports,
    };
  }
}
