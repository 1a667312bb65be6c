/** A set of selectors that one or more groups of labels match; equal sets are one object. */
export interface MatchSet<Selector> {
  /** Never used twice. */
  readonly id: number;
  /** In the order of their ids. */
  readonly selectors: readonly Selector[];
  readonly hash: number;
  groups: number;
}

/** Mixes an id into 32 bits (murmur3's finaliser). */
function mix(id: number): number {
  let h = id | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}

/** What a selector adds to the hash of a set, and takes away again: sets are hashed by exclusive or. */
export const selectorHash = (id: number): number => mix(id + 0x9e3779b9);

const same = <T>(a: readonly T[], b: readonly T[]): boolean => a.length === b.length && a.every((x, i) => x === b[i]);

/** Keeps one object for each distinct set of matched selectors. */
export class MatchSets<Selector> {
  readonly #byHash = new Map<number, MatchSet<Selector>[]>();
  #nextId = 0;

  /** The set that a group matches; the group lets go of it through `release`. */
  acquire({ matched, hash }: { readonly matched: readonly Selector[]; readonly hash: number }): MatchSet<Selector> {
    const bucket = this.#byHash.get(hash);
    const known = bucket?.find(({ selectors }) => same(selectors, matched));
    if (known) {
      known.groups += 1;
      return known;
    }
    const made = { id: this.#nextId, selectors: [...matched], hash, groups: 1 };
    this.#nextId += 1;
    if (bucket) bucket.push(made);
    else this.#byHash.set(hash, [made]);
    return made;
  }

  release(set: MatchSet<Selector>): void {
    set.groups -= 1;
    if (set.groups > 0) return;
    const left = (this.#byHash.get(set.hash) ?? []).filter((other) => other !== set);
    if (left.length > 0) this.#byHash.set(set.hash, left);
    else this.#byHash.delete(set.hash);
  }
}
