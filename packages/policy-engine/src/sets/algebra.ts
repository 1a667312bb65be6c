/** What two sets are combined by; `difference` is what is in the first and not in the second. */
export type SetOperation = "union" | "intersection" | "difference";

/** Sets of one sort in canonical form: two of them hold the same elements exactly when `equals` says so. */
export interface SetAlgebra<S> {
  readonly empty: S;
  readonly isEmpty: (set: S) => boolean;
  readonly equals: (a: S, b: S) => boolean;
  readonly combine: (operation: SetOperation, sets: readonly [S, S]) => S;
}

/** All or nothing: the innermost algebra, of sets with at most one element. */
export const PRESENCE: SetAlgebra<boolean> = {
  empty: false,
  isEmpty: (set) => !set,
  equals: (a, b) => a === b,
  combine: (operation, [a, b]) => (operation === "union" ? a || b : operation === "intersection" ? a && b : a && !b),
};

/** A line of whole numbers, small or large. */
export interface Line<T> {
  readonly next: (at: T) => T;
  readonly previous: (at: T) => T;
}

/** Whole numbers that fit a double. */
export const NUMBERS: Line<number> = { next: (at) => at + 1, previous: (at) => at - 1 };

/** Whole numbers of any size. */
export const BIG_NUMBERS: Line<bigint> = { next: (at) => at + 1n, previous: (at) => at - 1n };

/** A stretch of a line, both ends included, over which the rest of an element may be what `inner` holds. */
export interface Layer<T, S> {
  readonly from: T;
  readonly to: T;
  readonly inner: S;
}

/** Layers in order, never empty inside, and never two neighbours with the same inside. */
export type Layers<T, S> = readonly Layer<T, S>[];

interface Cursor<T, S> {
  readonly layers: Layers<T, S>;
  index: number;
}

/** Moves past the layers that end before `at`, and gives the one that is next. */
function layerFrom<T, S>(cursor: Cursor<T, S>, at: T): Layer<T, S> | undefined {
  let layer = cursor.layers[cursor.index];
  while (layer && layer.to < at) layer = cursor.layers[++cursor.index];
  return layer;
}

const smaller = <T extends number | bigint>(a: T | undefined, b: T | undefined): T | undefined =>
  a === undefined ? b : b === undefined || a < b ? a : b;

/**
 * Sets of elements whose first coordinate lies on a line and whose rest belongs to `inner`. Canonical: a line is cut
 * exactly where the inside changes. One sweep over both operands, linear in their layers.
 */
export function layered<T extends number | bigint, S>(line: Line<T>, inner: SetAlgebra<S>): SetAlgebra<Layers<T, S>> {
  /** The stretch that begins at `at`, over which neither operand changes. */
  function stretch(at: T, layers: readonly (Layer<T, S> | undefined)[]): T | undefined {
    const ends = layers.map((layer) => layer && (layer.from <= at ? layer.to : line.previous(layer.from)));
    return smaller(ends[0], ends[1]);
  }
  const insideAt = (at: T, layer: Layer<T, S> | undefined): S =>
    layer && layer.from <= at ? layer.inner : inner.empty;
  function append(layers: Layer<T, S>[], layer: Layer<T, S>): void {
    if (inner.isEmpty(layer.inner)) return;
    const last = layers.at(-1);
    if (last && line.next(last.to) === layer.from && inner.equals(last.inner, layer.inner)) {
      layers[layers.length - 1] = { ...last, to: layer.to };
    } else layers.push(layer);
  }
  function combine(operation: SetOperation, [a, b]: readonly [Layers<T, S>, Layers<T, S>]): Layers<T, S> {
    const [left, right] = [a, b].map((layers): Cursor<T, S> => ({ layers, index: 0 })) as [Cursor<T, S>, Cursor<T, S>];
    const result: Layer<T, S>[] = [];
    let at = smaller(a[0]?.from, b[0]?.from);
    while (at !== undefined) {
      const [ofA, ofB] = [layerFrom(left, at), layerFrom(right, at)];
      const to = stretch(at, [ofA, ofB]);
      if (to === undefined) break;
      append(result, { from: at, to, inner: inner.combine(operation, [insideAt(at, ofA), insideAt(at, ofB)]) });
      at = line.next(to);
    }
    return result;
  }
  return {
    empty: [],
    isEmpty: (set) => set.length === 0,
    equals: (a, b) =>
      a === b ||
      (a.length === b.length &&
        a.every((layer, i) => {
          const other = b[i];
          return other && layer.from === other.from && layer.to === other.to && inner.equals(layer.inner, other.inner);
        })),
    combine,
  };
}

/** The layer that holds a place on the line, by binary search. */
export function layerAt<T, S>(layers: Layers<T, S>, at: T): Layer<T, S> | undefined {
  let [low, high] = [0, layers.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const layer = layers[middle];
    if (!layer) return undefined;
    if (at < layer.from) high = middle - 1;
    else if (at > layer.to) low = middle + 1;
    else return layer;
  }
  return undefined;
}
