/** Numbers drawn from a seed: the same seed draws the same. */
export interface Draws {
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number;
  /** True once in `times` draws. */
  once(times: number): boolean;
  /** One of the items, which must not be empty. */
  pick<T>(items: readonly T[]): T;
  /** Between `least` and `most` of what is made. */
  some<T>(least: number, most: number, make: (index: number) => T): T[];
}

const mix = (state: number): number => {
  let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
};

/** Draws for one case of a run, so that a case can be repeated without those before it (splitmix32). */
export function drawsOf(seed: number, index: number): Draws {
  let state = mix(mix(seed >>> 0) ^ mix(index + 0x9e3779b9));
  const below = (limit: number): number => {
    state = (state + 0x9e3779b9) >>> 0;
    return Math.floor((mix(state) / 2 ** 32) * limit);
  };
  const pick = <T>(items: readonly T[]): T => {
    const at = below(items.length);
    if (at >= items.length) throw new Error("nothing to pick from");
    return items[at] as T;
  };
  return {
    below,
    once: (times) => below(times) === 0,
    pick,
    some: (least, most, make) => Array.from({ length: least + below(most - least + 1) }, (_, i) => make(i)),
  };
}
