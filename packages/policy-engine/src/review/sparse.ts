import type { SparseColumn } from "../connectivity/columns";

const places = new WeakMap<SparseColumn, ReadonlyMap<number, number>>();

function placesOf(column: SparseColumn): ReadonlyMap<number, number> {
  let known = places.get(column);
  if (!known) {
    known = new Map(Array.from(column.at, (its, i) => [its, column.values[i] ?? column.base]));
    places.set(column, known);
  }
  return known;
}

/** The value of a column at a class. */
export const valueOf = (column: SparseColumn, its: number): number => placesOf(column).get(its) ?? column.base;

/** The column of what is made of two columns' values, place by place. */
export function zip(a: SparseColumn, b: SparseColumn, work: (a: number, b: number) => number): SparseColumn {
  const base = work(a.base, b.base);
  const at: number[] = [];
  const values: number[] = [];
  const put = (its: number, value: number): void => {
    if (value === base) return;
    at.push(its);
    values.push(value);
  };
  for (let i = 0; i < a.at.length; i += 1) {
    const its = a.at[i] ?? 0;
    put(its, work(a.values[i] ?? a.base, valueOf(b, its)));
  }
  const seen = placesOf(a);
  for (let i = 0; i < b.at.length; i += 1) {
    const its = b.at[i] ?? 0;
    if (!seen.has(its)) put(its, work(a.base, b.values[i] ?? b.base));
  }
  return { base, at: Int32Array.from(at), values: Int32Array.from(values) };
}

/** The column of what is made of each value. */
export const mapColumn = (column: SparseColumn, work: (value: number) => number): SparseColumn =>
  zip(column, { base: 0, at: new Int32Array(0), values: new Int32Array(0) }, work);

/** What a step makes of each value of a dense column and of the sparse one's value there; `idle` changes nothing. */
export function applyColumn(
  state: Uint32Array,
  { column, idle }: { readonly column: SparseColumn; readonly idle: number },
  step: (value: number, by: number, its: number) => number,
): Uint32Array {
  const { base, at, values } = column;
  if (base === idle && at.length === 0) return state;
  const next = base === idle ? state.slice() : state.map((value, its) => step(value, base, its));
  for (let i = 0; i < at.length; i += 1) {
    const its = at[i] ?? 0;
    next[its] = step(state[its] ?? 0, values[i] ?? base, its);
  }
  return next;
}

/** The first of the classes at which something is found, where the column is not `idle`. */
export function findAt<T>(
  { column, idle }: { readonly column: SparseColumn; readonly idle: number },
  classes: { readonly all: readonly number[]; readonly has: (its: number) => boolean },
  look: (its: number, value: number) => T | undefined,
): T | undefined {
  if (column.base !== idle) {
    const known = placesOf(column);
    for (const its of classes.all) {
      const value = known.get(its) ?? column.base;
      const found = value === idle ? undefined : look(its, value);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  for (let i = 0; i < column.at.length; i += 1) {
    const its = column.at[i] ?? 0;
    const value = column.values[i] ?? idle;
    const found = value === idle || !classes.has(its) ? undefined : look(its, value);
    if (found !== undefined) return found;
  }
  return undefined;
}
