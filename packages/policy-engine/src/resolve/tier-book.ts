import { FIXED_TIERS } from "../decode/tier";
import { comparePolicies } from "../evaluate/tier-order";
import { isPending, type Policy, type Tier } from "../model/policy";
import { compareBytes } from "../text/order";

/** A policy with its place among those of its tier: a number that grows in the order of evaluation. */
export interface RankedPolicy {
  readonly policy: Policy;
  rank: number;
}

/** A tier that exists. */
export interface OrderedTier {
  readonly name: string;
  readonly order: number;
  readonly defaultAction: "Deny" | "Pass";
  /** Place among the tiers, from 0. */
  readonly rank: number;
}

interface Shelf<P extends RankedPolicy> {
  readonly sorted: P[];
  readonly waiting: Set<P>;
  enforced: number;
  staged: number;
}

const GAP = 2 ** 20;
/** With more new policies than this at once, sorting anew is cheaper than finding each one's place. */
const FEW = 64;

function numberAnew(sorted: readonly RankedPolicy[]): void {
  for (const [at, entry] of sorted.entries()) entry.rank = (at + 1) * GAP;
}

function insert<P extends RankedPolicy>(sorted: P[], entry: P): void {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = sorted[middle];
    if (other && comparePolicies(other.policy, entry.policy) <= 0) low = middle + 1;
    else high = middle;
  }
  const before = sorted[low - 1]?.rank ?? 0;
  const after = sorted[low]?.rank ?? before + 2 * GAP;
  sorted.splice(low, 0, entry);
  entry.rank = (before + after) / 2;
  if (entry.rank === before || entry.rank === after) numberAnew(sorted);
}

/**
 * The tiers that exist and the order of their policies, kept up as either change. Those that every Calico has exist
 * while a policy is in them.
 */
export class TierBook<P extends RankedPolicy> {
  readonly #shelves = new Map<string, Shelf<P>>();
  readonly #tiers = new Map<string, Tier[]>();
  #ordered: ReadonlyMap<string, OrderedTier> | undefined;
  /** Changes with the tiers or their order; what was worked out in an order of tiers holds while it does not. */
  version = 0;

  addTier(tier: Tier): void {
    const named = this.#tiers.get(tier.name);
    if (named) named.push(tier);
    else this.#tiers.set(tier.name, [tier]);
    this.#reorder();
  }

  removeTier(tier: Tier): void {
    const left = (this.#tiers.get(tier.name) ?? []).filter((other) => other !== tier);
    if (left.length > 0) this.#tiers.set(tier.name, left);
    else this.#tiers.delete(tier.name);
    this.#reorder();
  }

  addPolicy(entry: P): void {
    const { tier, stagedAction } = entry.policy;
    let shelf = this.#shelves.get(tier);
    if (!shelf) {
      this.#shelves.set(tier, (shelf = { sorted: [], waiting: new Set(), enforced: 0, staged: 0 }));
      if (FIXED_TIERS.has(tier) && !this.#tiers.has(tier)) this.#reorder();
    }
    shelf.waiting.add(entry);
    if (stagedAction === undefined) shelf.enforced += 1;
    else if (isPending(stagedAction)) shelf.staged += 1;
  }

  removePolicy(entry: P): void {
    const { tier, stagedAction } = entry.policy;
    const shelf = this.#shelves.get(tier);
    if (!shelf) return;
    if (!shelf.waiting.delete(entry)) shelf.sorted.splice(shelf.sorted.indexOf(entry), 1);
    if (stagedAction === undefined) shelf.enforced -= 1;
    else if (isPending(stagedAction)) shelf.staged -= 1;
    if (shelf.sorted.length + shelf.waiting.size > 0) return;
    this.#shelves.delete(tier);
    if (FIXED_TIERS.has(tier) && !this.#tiers.has(tier)) this.#reorder();
  }

  /** Whether policies of a tier have a say: it was added, or every Calico has it. */
  exists(tier: string): boolean {
    return this.#tiers.has(tier) || FIXED_TIERS.has(tier);
  }

  /** The tiers by name, in their order; ties by name. */
  tiers(): ReadonlyMap<string, OrderedTier> {
    return (this.#ordered ??= this.#order());
  }

  /** Whether nothing in a tier counts, in force alone or with what is staged. */
  isEmpty(tier: string, view: "enforced" | "pending"): boolean {
    const shelf = this.#shelves.get(tier);
    return !shelf || shelf.enforced + (view === "pending" ? shelf.staged : 0) === 0;
  }

  /** Gives every policy that is new its rank. */
  rankAll(): void {
    for (const { sorted, waiting } of this.#shelves.values()) {
      if (waiting.size === 0) continue;
      if (waiting.size <= FEW) for (const entry of waiting) insert(sorted, entry);
      else {
        sorted.push(...waiting);
        sorted.sort((a, b) => comparePolicies(a.policy, b.policy));
        numberAnew(sorted);
      }
      waiting.clear();
    }
  }

  /** Every policy, or those of one tier. */
  *policies(tier?: string): Iterable<P> {
    for (const [name, { sorted, waiting }] of this.#shelves) {
      if (tier !== undefined && tier !== name) continue;
      yield* sorted;
      yield* waiting;
    }
  }

  /** The tiers that were added. */
  *added(): Iterable<Tier> {
    for (const named of this.#tiers.values()) yield* named;
  }

  #reorder(): void {
    this.#ordered = undefined;
    this.version += 1;
  }

  #order(): ReadonlyMap<string, OrderedTier> {
    const settings = new Map<string, Omit<OrderedTier, "rank">>();
    for (const [name, fixed] of FIXED_TIERS) if (this.#shelves.has(name)) settings.set(name, { name, ...fixed });
    for (const named of this.#tiers.values()) {
      const last = named.at(-1);
      if (last) settings.set(last.name, { ...last, order: last.order ?? Number.POSITIVE_INFINITY });
    }
    const sorted = [...settings.values()].sort((a, b) =>
      a.order === b.order ? compareBytes(a.name, b.name) : a.order < b.order ? -1 : 1,
    );
    return new Map(sorted.map(({ name, order, defaultAction }, rank) => [name, { name, order, defaultAction, rank }]));
  }
}
