import type { SetOperation } from "../sets/algebra";
import { ALL_CONNECTIONS, CONNECTIONS, NO_CONNECTIONS, type ConnectionSet } from "../sets/connection-set";

/** Stands for a set of connections of one table: equal sets have one number. */
export type SetId = number;

const keyOf = (set: ConnectionSet): string =>
  set
    .map(({ from, to, inner: region }) => {
      const slabs = region.map(
        (slab) => `${slab.from}-${slab.to}:${slab.inner.map((r) => `${r.from}-${r.to}`).join(",")}`,
      );
      return `${from}-${to}(${slabs.join(";")})`;
    })
    .join("|");

/** INVARIANT: tables hold fewer entries than this, so that two numbers fit one key. */
const LIMIT = 2 ** 26;

/** Keeps each set of connections once, and remembers what was made of two of them. */
export class ConnectionTable {
  readonly #sets: ConnectionSet[] = [];
  readonly #ids = new Map<string, SetId>();
  readonly #known: Readonly<Record<SetOperation, Map<number, SetId>>> = {
    union: new Map(),
    intersection: new Map(),
    difference: new Map(),
  };

  constructor() {
    this.id(NO_CONNECTIONS);
    this.id(ALL_CONNECTIONS);
  }

  id(set: ConnectionSet): SetId {
    const key = keyOf(set);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#sets.length;
    this.#sets.push(set);
    this.#ids.set(key, id);
    return id;
  }

  set(id: SetId): ConnectionSet {
    return this.#sets[id] ?? NO_CONNECTIONS;
  }

  union(a: SetId, b: SetId): SetId {
    if (a === b || b === NONE || a === ALL) return a;
    return a === NONE || b === ALL ? b : this.#combine("union", a, b);
  }

  intersect(a: SetId, b: SetId): SetId {
    if (a === b || a === NONE || b === ALL) return a;
    return b === NONE || a === ALL ? b : this.#combine("intersection", a, b);
  }

  subtract(a: SetId, b: SetId): SetId {
    if (b === NONE || a === NONE) return a;
    return a === b || b === ALL ? NONE : this.#combine("difference", a, b);
  }

  #combine(operation: SetOperation, a: SetId, b: SetId): SetId {
    const key = a * LIMIT + b;
    const memory = this.#known[operation];
    const known = memory.get(key);
    if (known !== undefined) return known;
    const made = this.id(CONNECTIONS.combine(operation, [this.set(a), this.set(b)]));
    memory.set(key, made);
    return made;
  }
}

/** The number of the empty set in every table. */
export const NONE: SetId = 0;

/** The number of the set of all connections in every table. */
export const ALL: SetId = 1;

/** Gives each distinct tuple of numbers a number of its own. */
export class TupleTable<T extends readonly number[]> {
  readonly #tuples: T[] = [];
  readonly #ids = new Map<string, number>();

  get size(): number {
    return this.#tuples.length;
  }

  id(tuple: T): number {
    const key = tuple.join(",");
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    this.#ids.set(key, this.#tuples.length);
    this.#tuples.push(tuple);
    return this.#tuples.length - 1;
  }

  get(id: number): T {
    // INVARIANT: ids come from `id` of the same table.
    return this.#tuples[id] as T;
  }
}

/** A function of two numbers that is asked over and over. */
export function remembered(work: (a: number, b: number) => number): (a: number, b: number) => number {
  const rows: Map<number, number>[] = [];
  return (a, b) => {
    const row = (rows[b] ??= new Map<number, number>());
    let known = row.get(a);
    if (known === undefined) row.set(a, (known = work(a, b)));
    return known;
  };
}

/**
 * What is known of connections at some point of an evaluation: those surely so and those of which it is not known, as
 * numbers of sets. They share no connection.
 */
export type Extent = readonly [sure: SetId, maybe: SetId];

/** What the rules of a policy, or of the tiers so far, make of connections; what is in none of the four is denied. */
export type Outcome = readonly [allow: SetId, pass: SetId, unknown: SetId, remain: SetId];

/** Everything that one analysis numbers, and may share with the next. */
export class Tables {
  readonly sets = new ConnectionTable();
  readonly extents = new TupleTable<Extent>();
  readonly outcomes = new TupleTable<Outcome>();
  /** Numbers of subjects by their keys. */
  readonly subjectKeys = new Map<string, number>();
  /** Number of the extent that holds nothing. */
  readonly nowhere = this.extents.id([NONE, NONE]);
  /** Number of the extent that holds everything. */
  readonly everywhere = this.extents.id([ALL, NONE]);
  /** Number of the outcome in which nothing was decided. */
  readonly undecided = this.outcomes.id([NONE, NONE, NONE, ALL]);

  /** What holds in both extents. */
  readonly both = remembered((a, b) => {
    const [x, y] = [this.extents.get(a), this.extents.get(b)];
    return this.extents.id(this.meet(x, y));
  });

  /** What remains after one outcome, given to the next. */
  readonly followedBy = remembered((first, next) => {
    const [a, p, u, r] = this.outcomes.get(first);
    const [a2, p2, u2, r2] = this.outcomes.get(next);
    const add = (so: SetId, more: SetId) => this.sets.union(so, this.sets.intersect(r, more));
    return this.outcomes.id([add(a, a2), add(p, p2), add(u, u2), this.sets.intersect(r, r2)]);
  });

  /** The extents of an egress and an ingress verdict together: allowed by both, denied by neither. */
  readonly passage = this.both;

  meet(x: Extent, y: Extent): Extent {
    const { sets } = this;
    const sure = sets.intersect(x[0], y[0]);
    const possible = sets.intersect(sets.union(x[0], x[1]), sets.union(y[0], y[1]));
    return [sure, sets.subtract(possible, sure)];
  }
}
