import type { SelectorNode } from "../selector/ast";
import { compileSelector, type LabelMap, type SelectorMatcher } from "../selector/evaluate";
import { printSelector } from "../selector/printer";
import { anchorsOf, labelsOf, type Anchor } from "./anchor";
import { LabelDirectory } from "./label-sets";
import { MatchSets, selectorHash, type MatchSet } from "./match-set";

/** A selector of the index; selectors of one canonical text are one. `uses` are what it was registered for. */
export interface IndexedSelector<Use> {
  readonly id: number;
  readonly text: string;
  readonly node: SelectorNode;
  readonly matches: SelectorMatcher;
  readonly anchors: readonly [Anchor, ...Anchor[]];
  /** Under which of the anchors it is kept. */
  readonly anchor: Anchor;
  readonly hash: number;
  readonly uses: Set<Use>;
  readonly groups: Set<LabelGroup<Use, unknown>>;
}

/** The selectors that match something, as one object for each distinct set. */
export type Matches<Use> = MatchSet<IndexedSelector<Use>>;

/** Items whose labels no selector of the index can tell apart: they agree in every label that one of them names. */
export interface LabelGroup<Use, Owner> {
  readonly key: string;
  readonly labels: LabelMap;
  readonly members: Set<LabelItem<Use, Owner>>;
  /** The selectors that match, in the order of their ids, and the hash of that set. */
  readonly matched: IndexedSelector<Use>[];
  hash: number;
  /** The interned set, until the matched selectors change. */
  set: Matches<Use> | undefined;
}

/** Something with labels. */
export interface LabelItem<Use, Owner> {
  readonly owner: Owner;
  readonly labels: LabelMap;
  group: LabelGroup<Use, Owner>;
}

/** Whether a selector is among those that match. */
export function hasSelector<Use>({ selectors }: Matches<Use>, { id }: IndexedSelector<Use>): boolean {
  let [low, high] = [0, selectors.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = selectors[middle]?.id ?? id;
    if (found === id) return true;
    if (found < id) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}

type Group<Use, Owner> = LabelGroup<Use, Owner>;
type Selector<Use> = IndexedSelector<Use>;

function insertById<Use>(list: Selector<Use>[], selector: Selector<Use>): void {
  let at = list.length;
  while (at > 0 && (list[at - 1]?.id ?? 0) > selector.id) at -= 1;
  list.splice(at, 0, selector);
}

/**
 * Which selectors match which labels, kept up as either change. Neither side is ever compared with all of the other:
 * items are joined to groups by the labels that selectors name, and a group meets only the selectors that are kept under
 * one of its labels (Calico, felix labelindex, in manner).
 */
export class LabelIndex<Use, Owner> {
  readonly #selectors = new Map<string, Selector<Use>>();
  readonly #anchored = new LabelDirectory<Selector<Use>>();
  readonly #present = new Map<string, Set<Selector<Use>>>();
  readonly #anywhere = new Set<Selector<Use>>();
  /** Every label name that a selector ever named, in that order: the number stands for it in the keys of groups. */
  readonly #names = new Map<string, number>();
  readonly #groups = new Map<string, Group<Use, Owner>>();
  readonly #groupsByLabel = new LabelDirectory<Group<Use, Owner>>();
  readonly #items = new Set<LabelItem<Use, Owner>>();
  readonly #sets = new MatchSets<Selector<Use>>();
  #nextId = 0;

  /** How many selectors, items and groups there are. */
  get size(): { readonly selectors: number; readonly items: number; readonly groups: number } {
    return { selectors: this.#selectors.size, items: this.#items.size, groups: this.#groups.size };
  }

  groups(): Iterable<Group<Use, Owner>> {
    return this.#groups.values();
  }

  /** Registers a use of a selector. */
  addSelector(node: SelectorNode, use: Use): Selector<Use> {
    const text = printSelector(node);
    const known = this.#selectors.get(text);
    if (known) {
      known.uses.add(use);
      return known;
    }
    const selector = this.#make(node, text);
    selector.uses.add(use);
    this.#selectors.set(text, selector);
    this.#learnNames(labelsOf(node));
    this.#keep(selector);
    for (const group of this.#candidates(selector)) if (selector.matches(group.labels)) this.#match(group, selector);
    return selector;
  }

  /** Takes a use of a selector back; the last one takes the selector. */
  removeUse(selector: Selector<Use>, use: Use): void {
    selector.uses.delete(use);
    if (selector.uses.size > 0 || this.#selectors.get(selector.text) !== selector) return;
    this.#selectors.delete(selector.text);
    this.#letGo(selector);
    for (const group of selector.groups) {
      group.matched.splice(group.matched.indexOf(selector), 1);
      this.#changed(group, selector);
    }
    selector.groups.clear();
  }

  /** Adds something with labels. */
  addItem(labels: LabelMap, owner: Owner): LabelItem<Use, Owner> {
    const group = this.#groupFor(labels);
    const item = { owner, labels, group };
    group.members.add(item);
    this.#items.add(item);
    return item;
  }

  removeItem(item: LabelItem<Use, Owner>): void {
    if (this.#items.delete(item)) this.#leave(item);
  }

  /** The selectors that match an item, as the one object that stands for that set. */
  matchesOf({ group }: LabelItem<Use, Owner>): Matches<Use> {
    return (group.set ??= this.#sets.acquire(group));
  }

  /** The items that a selector matches. */
  *itemsOf(selector: Selector<Use>): Iterable<LabelItem<Use, Owner>> {
    for (const group of selector.groups) yield* (group as Group<Use, Owner>).members;
  }

  #make(node: SelectorNode, text: string): Selector<Use> {
    const id = this.#nextId;
    this.#nextId += 1;
    const anchors = anchorsOf(node);
    const anchor = anchors.reduce((best, other) => (this.#crowd(other) < this.#crowd(best) ? other : best));
    const matches = compileSelector(node);
    return { id, text, node, matches, anchors, anchor, hash: selectorHash(id), uses: new Set(), groups: new Set() };
  }

  /** How many selectors are kept where this one would be: the emptiest place makes groups meet the fewest of them. */
  #crowd(anchor: Anchor): number {
    if (anchor.kind === "present") return 1e6 + (this.#present.get(anchor.label)?.size ?? 0);
    if (anchor.kind !== "values") return anchor.kind === "nowhere" ? 0 : 1e9;
    return anchor.values.reduce((sum, value) => sum + 1 + this.#anchored.countOf(anchor.label, value), 0);
  }

  #keep(selector: Selector<Use>): void {
    const { anchor } = selector;
    if (anchor.kind === "anywhere") this.#anywhere.add(selector);
    else if (anchor.kind === "present") {
      const known = this.#present.get(anchor.label);
      if (known) known.add(selector);
      else this.#present.set(anchor.label, new Set([selector]));
    } else if (anchor.kind === "values") {
      for (const value of anchor.values) this.#anchored.add(anchor.label, value, selector);
    }
  }

  #letGo(selector: Selector<Use>): void {
    const { anchor } = selector;
    if (anchor.kind === "anywhere") this.#anywhere.delete(selector);
    else if (anchor.kind === "present") this.#present.get(anchor.label)?.delete(selector);
    else if (anchor.kind === "values") {
      for (const value of anchor.values) this.#anchored.delete(anchor.label, value, selector);
    }
  }

  /** The groups that may match: those under the anchor that the fewest groups share. */
  *#candidates({ anchors }: Selector<Use>): Iterable<Group<Use, Owner>> {
    const sized = anchors.map((anchor) => ({ anchor, size: this.#groupsUnder(anchor) }));
    const { anchor } = sized.reduce((best, other) => (other.size < best.size ? other : best));
    if (anchor.kind === "nowhere") return;
    if (anchor.kind === "anywhere") yield* this.#groups.values();
    else if (anchor.kind === "present") for (const set of this.#groupsByLabel.present(anchor.label)) yield* set;
    else for (const value of anchor.values) yield* this.#groupsByLabel.with(anchor.label, value) ?? [];
  }

  #groupsUnder(anchor: Anchor): number {
    if (anchor.kind === "nowhere") return 0;
    if (anchor.kind === "anywhere") return this.#groups.size;
    if (anchor.kind === "present") return this.#groupsByLabel.countOf(anchor.label);
    return anchor.values.reduce((sum, value) => sum + this.#groupsByLabel.countOf(anchor.label, value), 0);
  }

  #match(group: Group<Use, Owner>, selector: Selector<Use>): void {
    insertById(group.matched, selector);
    selector.groups.add(group);
    this.#changed(group, selector);
  }

  #changed(group: Group<Use, unknown>, selector: Selector<Use>): void {
    group.hash ^= selector.hash;
    if (group.set) this.#sets.release(group.set);
    group.set = undefined;
  }

  /** Items that carry a label which nobody named before may now be told apart. */
  #learnNames(names: ReadonlySet<string>): void {
    const fresh = [...names].filter((name) => !this.#names.has(name));
    for (const name of fresh) this.#names.set(name, this.#names.size);
    if (fresh.length === 0) return;
    for (const item of this.#items) {
      if (!fresh.some((name) => item.labels.has(name))) continue;
      this.#leave(item);
      item.group = this.#groupFor(item.labels);
      item.group.members.add(item);
    }
  }

  #leave(item: LabelItem<Use, Owner>): void {
    const { group } = item;
    group.members.delete(item);
    if (group.members.size > 0) return;
    this.#groups.delete(group.key);
    for (const [label, value] of group.labels) this.#groupsByLabel.delete(label, value, group);
    for (const selector of group.matched) selector.groups.delete(group);
    if (group.set) this.#sets.release(group.set);
    group.set = undefined;
  }

  #groupFor(labels: LabelMap): Group<Use, Owner> {
    const parts: string[] = [];
    for (const [label, value] of labels) {
      const name = this.#names.get(label);
      if (name !== undefined) parts.push(`${name}=${value.length}:${value}`);
    }
    const key = parts.sort().join(";");
    return this.#groups.get(key) ?? this.#newGroup(key, labels);
  }

  #newGroup(key: string, labels: LabelMap): Group<Use, Owner> {
    const named = new Map([...labels].filter(([label]) => this.#names.has(label)));
    const matched = this.#selectorsFor(named);
    const hash = matched.reduce((sum, selector) => sum ^ selector.hash, 0);
    const group: Group<Use, Owner> = { key, labels: named, members: new Set(), matched, hash, set: undefined };
    for (const selector of matched) selector.groups.add(group);
    for (const [label, value] of named) this.#groupsByLabel.add(label, value, group);
    this.#groups.set(key, group);
    return group;
  }

  #selectorsFor(labels: LabelMap): Selector<Use>[] {
    const matched: Selector<Use>[] = [];
    const ask = (selectors: ReadonlySet<Selector<Use>> | undefined) => {
      for (const selector of selectors ?? []) if (selector.matches(labels)) matched.push(selector);
    };
    for (const [label, value] of labels) {
      ask(this.#anchored.with(label, value));
      ask(this.#present.get(label));
    }
    ask(this.#anywhere);
    return matched.sort((a, b) => a.id - b.id);
  }
}
