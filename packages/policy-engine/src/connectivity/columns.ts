/** A function of address classes that is the same almost everywhere: `base`, and other values at some classes. */
export interface SparseColumn {
  readonly base: number;
  /** Each class once. */
  readonly at: Int32Array;
  readonly values: Int32Array;
}

/** A function of address classes: for each the place of its value in `values`. */
export interface DenseColumn {
  /** One object for a column and what became of it over finer classes. */
  readonly origin: object;
  readonly values: readonly number[];
  readonly of: Uint16Array | Uint32Array;
}

/** A column of one value. */
export const constantColumn = (base: number): SparseColumn => ({
  base,
  at: new Int32Array(0),
  values: new Int32Array(0),
});

/** The value that most of the places have, among those listed and the one of all the others. */
function mostCommon(values: readonly number[], others: { readonly value: number; readonly count: number }): number {
  const counts = new Map([[others.value, others.count]]);
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let [best, most] = [others.value, -1];
  for (const [value, count] of counts) if (count > most) [best, most] = [value, count];
  return best;
}

/** A column with these values at these classes, and `elsewhere` at the rest of `count` classes. */
export function sparseColumn(
  count: number,
  entries: { readonly at: readonly number[]; readonly values: readonly number[] },
  elsewhere: number,
): SparseColumn {
  const { at, values } = entries;
  const base = mostCommon(values, { value: elsewhere, count: count - at.length });
  const [places, others]: [number[], number[]] = [[], []];
  const listed = base === elsewhere ? undefined : new Set(at);
  for (const [i, place] of at.entries()) {
    const value = values[i] ?? elsewhere;
    if (value === base) continue;
    places.push(place);
    others.push(value);
  }
  for (let place = 0; listed && place < count; place += 1) {
    if (listed.has(place)) continue;
    places.push(place);
    others.push(elsewhere);
  }
  return { base, at: Int32Array.from(places), values: Int32Array.from(others) };
}

/** A column under construction, to which functions of sparse columns are applied one after the other. */
export class ColumnBuilder {
  readonly #of: Uint32Array;
  #values: number[];
  #local = new Map<number, number>();

  constructor(count: number, value: number) {
    this.#of = new Uint32Array(count);
    this.#values = [value];
    this.#local.set(value, 0);
  }

  #place(value: number): number {
    let known = this.#local.get(value);
    if (known === undefined) {
      this.#local.set(value, (known = this.#values.length));
      this.#values.push(value);
    }
    return known;
  }

  /** Replaces every value by what the step makes of it and of the column's value there; `idle` changes nothing. */
  apply(column: SparseColumn, step: (value: number, by: number) => number, idle: number): void {
    const { base, at, values } = column;
    const known = new Map<number, number[]>();
    const stepped = (place: number, by: number): number => {
      let row = known.get(by);
      if (!row) known.set(by, (row = []));
      return (row[place] ??= this.#place(step(this.#values[place] ?? 0, by)));
    };
    const before = base === idle ? undefined : at.length === 0 ? this.#of : this.#of.slice();
    if (before) {
      const row = this.#values.map((_, place) => stepped(place, base));
      for (let i = 0; i < before.length; i += 1) this.#of[i] = row[before[i] ?? 0] ?? 0;
    }
    const from = before && at.length > 0 ? before : this.#of;
    for (let i = 0; i < at.length; i += 1) {
      const where = at[i] ?? 0;
      this.#of[where] = stepped(from[where] ?? 0, values[i] ?? 0);
    }
  }

  /** Replaces every value by what the step makes of it. Places may then share a value; `done` joins them. */
  map(step: (value: number) => number): void {
    this.#values = this.#values.map(step);
    this.#local = new Map(this.#values.map((value, place) => [value, place]));
  }

  done(): DenseColumn {
    const values = [...new Set(this.#values)];
    const places = new Map(values.map((value, place) => [value, place]));
    const moved = this.#values.map((value) => places.get(value) ?? 0);
    const of = values.length <= 65_536 ? new Uint16Array(this.#of.length) : new Uint32Array(this.#of.length);
    for (let i = 0; i < of.length; i += 1) of[i] = moved[this.#of[i] ?? 0] ?? 0;
    return { origin: {}, values, of };
  }
}

/** A column that has at each class what `step` makes of the values of two columns there. */
export function combineColumns(
  a: ColumnBuilder,
  b: ColumnBuilder,
  step: (a: number, b: number) => number,
): ColumnBuilder {
  const { values, of } = b.done();
  const at = Int32Array.from(of, (_, i) => i);
  const base = values[0] ?? 0;
  const column = { base, at, values: Int32Array.from(of, (place) => values[place] ?? base) };
  // Every class is listed, so the base is never met.
  a.apply(column, step, base);
  return a;
}

/** How classes came about from coarser ones: for each class the one that it was part of. */
export type Parents = Int32Array;

/** The same column over finer classes. */
export function refineDense({ origin, values, of }: DenseColumn, parents: Parents): DenseColumn {
  const finer = of instanceof Uint16Array ? new Uint16Array(parents.length) : new Uint32Array(parents.length);
  for (let i = 0; i < parents.length; i += 1) finer[i] = of[parents[i] ?? 0] ?? 0;
  return { origin, values, of: finer };
}

/** The same column over finer classes; `children` are the classes that each became. */
export function refineSparse(
  { base, at, values }: SparseColumn,
  children: readonly (readonly number[])[],
): SparseColumn {
  const [places, others]: [number[], number[]] = [[], []];
  for (const [i, place] of at.entries()) {
    for (const child of children[place] ?? []) {
      places.push(child);
      others.push(values[i] ?? base);
    }
  }
  return { base, at: Int32Array.from(places), values: Int32Array.from(others) };
}

/** The value of a dense column at a class. */
export const valueAt = ({ values, of }: DenseColumn, at: number): number => values[of[at] ?? 0] ?? 0;
