import type { IpAddress } from "../net/address";
import { AddressSpace, serviceKey, type AddressGroup, type SpaceInput } from "./address-space";
import type { HolderSelector, RuleEnd } from "./rule-end";
import { SelectorMatches } from "./selector-matches";

/** Splits numbers into classes, by one set of them after the other; each costs as much as it holds. */
class Partition {
  readonly classOf: Int32Array;
  readonly sizes: number[];

  constructor(count: number) {
    this.classOf = new Int32Array(count);
    this.sizes = count > 0 ? [count] : [];
  }

  /** Tells the members, each given once, from all others. */
  split(members: readonly number[]): void {
    const touched = new Map<number, number>();
    for (const member of members) {
      const its = this.classOf[member] ?? 0;
      touched.set(its, (touched.get(its) ?? 0) + 1);
    }
    const moved = new Map<number, number>();
    for (const [its, count] of touched) {
      if (count === this.sizes[its]) continue;
      moved.set(its, this.sizes.length);
      this.sizes[its] = (this.sizes[its] ?? 0) - count;
      this.sizes.push(count);
    }
    if (moved.size === 0) return;
    for (const member of members) {
      const next = moved.get(this.classOf[member] ?? 0);
      if (next !== undefined) this.classOf[member] = next;
    }
  }
}

/** Splits members by a value that each has. */
function splitBy(partition: Partition, members: readonly number[], valueOf: (member: number) => string): void {
  const byValue = new Map<string, number[]>();
  for (const member of members) {
    const value = valueOf(member);
    const known = byValue.get(value);
    if (known) known.push(member);
    else byValue.set(value, [member]);
  }
  for (const part of byValue.values()) partition.split(part);
}

/** The named ports that an end of a rule resolves. */
export const portNamesOf = (end: RuleEnd): ReadonlySet<string> =>
  new Set([...end.ports, ...end.notPorts].flatMap((port) => (port.kind === "named" ? [port.name] : [])));

/**
 * Addresses in classes that no end of any rule tells apart: in a class every end asks of every address the same. Made by
 * refinement: for each selector, list of nets, set of named ports and service, what it holds is told from the rest.
 */
export class AddressClasses {
  readonly space: AddressSpace;
  readonly count: number;
  /** A group of each class, which stands for it. */
  readonly samples: readonly number[];
  readonly #classOf: Int32Array;
  readonly #matches: SelectorMatches;
  readonly #groupsOfKind: number[][] = [];
  readonly #groupsOfPiece: number[][] = [];
  readonly #marks = { nets: new Map<string, Uint8Array>(), notNets: new Map<string, Uint8Array>() };
  readonly #classesOf = new Map<string, readonly number[]>();

  constructor(input: SpaceInput) {
    this.space = new AddressSpace(input);
    this.#matches = new SelectorMatches(this.space.kinds);
    const { groups } = this.space;
    for (const [id, { holders, piece }] of groups.entries()) {
      for (const kind of holders) (this.#groupsOfKind[kind] ??= []).push(id);
      (this.#groupsOfPiece[piece] ??= []).push(id);
    }
    const partition = new Partition(groups.length);
    splitBy(
      partition,
      groups.map((_, id) => id),
      (id) => `${groups[id]?.version} ${groups[id]?.node ?? ""} ${groups[id]?.observed ?? ""}`,
    );
    for (const selector of input.registry.selectors.values()) partition.split(this.#groupsOf(selector));
    for (const end of input.registry.ends.values()) this.#splitByEnd(partition, end);
    this.#classOf = partition.classOf;
    this.count = partition.sizes.length;
    const samples: number[] = [];
    for (const [id, its] of this.#classOf.entries()) samples[its] ??= id;
    this.samples = samples;
  }

  /** The class of an address. */
  classOf(address: IpAddress): number {
    return this.#classOf[this.space.groupOf(address)] ?? 0;
  }

  /** The class that a group of the same cluster, told apart more finely, is part of. */
  classAround({ sample, outside }: AddressGroup): number {
    if (!outside) return this.classOf(sample);
    return this.classOfGroup(this.space.outside[this.space.pieceAt(sample)] ?? 0);
  }

  /** The class of a group of addresses. */
  classOfGroup(group: number): number {
    return this.#classOf[group] ?? 0;
  }

  /** The group that stands for a class. */
  sampleOf(its: number): AddressGroup | undefined {
    return this.space.groups[this.samples[its] ?? -1];
  }

  /** The classes whose addresses somebody holds whom the selector matches. */
  classesOf(selector: HolderSelector): readonly number[] {
    let known = this.#classesOf.get(selector.text);
    if (!known) {
      known = [...new Set(this.#groupsOf(selector).map((group) => this.#classOf[group] ?? 0))];
      this.#classesOf.set(selector.text, known);
    }
    return known;
  }

  /** The kinds of holders that a selector matches. */
  kindsOf(selector: HolderSelector): readonly number[] {
    return this.#matches.kindsOf(selector);
  }

  /** For each piece of the address space whether it lies in the ranges. */
  marksOf(end: RuleEnd, list: "nets" | "notNets"): Uint8Array {
    const memory = this.#marks[list];
    let known = memory.get(end.key);
    if (!known) memory.set(end.key, (known = this.space.marks(end[list])));
    return known;
  }

  #groupsOf(selector: HolderSelector): readonly number[] {
    return [...new Set(this.#matches.kindsOf(selector).flatMap((kind) => this.#groupsOfKind[kind] ?? []))];
  }

  #groupsIn(marks: Uint8Array): readonly number[] {
    const found: number[] = [];
    for (const [piece, marked] of marks.entries()) if (marked === 1) found.push(...(this.#groupsOfPiece[piece] ?? []));
    return found;
  }

  #splitByEnd(partition: Partition, end: RuleEnd): void {
    if (end.nets.length > 0) partition.split(this.#groupsIn(this.marksOf(end, "nets")));
    if (end.notNets.length > 0) partition.split(this.#groupsIn(this.marksOf(end, "notNets")));
    const names = portNamesOf(end);
    if (names.size > 0) this.#splitByPorts(partition, end, names);
    if (end.service) {
      const service = serviceKey(end.service);
      splitBy(partition, this.#targets(service), (group) => this.#targetText(group, service));
    }
  }

  #splitByPorts(partition: Partition, end: RuleEnd, names: ReadonlySet<string>): void {
    const matched = end.selector && new Set(this.kindsOf(end.selector));
    const offering = new Map<number, string>();
    for (const [kind, { ports }] of this.space.kinds.entries()) {
      const offered = ports.filter((p) => names.has(p.name) && p.protocol === end.namedProtocol);
      if (offered.length === 0 || (matched && !matched.has(kind))) continue;
      offering.set(
        kind,
        offered
          .map((p) => `${p.name}:${p.port}`)
          .sort()
          .join(","),
      );
    }
    const members = new Set([...offering.keys()].flatMap((kind) => this.#groupsOfKind[kind] ?? []));
    splitBy(partition, [...members], (group) =>
      (this.space.groups[group]?.holders ?? []).map((kind) => offering.get(kind) ?? "").join("|"),
    );
  }

  #targets(service: string): readonly number[] {
    return [...this.space.groups.keys()].filter((id) => this.#targetText(id, service) !== "");
  }

  #targetText(group: number, service: string): string {
    const targets = this.space.groups[group]?.targets.filter((t) => t.service === service) ?? [];
    return targets
      .map(({ protocol, port }) => `${protocol}:${port}`)
      .sort()
      .join(",");
  }
}
