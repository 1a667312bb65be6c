import { compileSelector } from "../selector/evaluate";
import { labelRestrictions } from "../selector/restrictions";
import type { HolderKind } from "./address-space";
import type { HolderSelector } from "./rule-end";

/** Which kinds of holders a selector matches; kinds are found by the labels that a selector needs, where it needs some. */
export class SelectorMatches {
  readonly #kinds: readonly HolderKind[];
  readonly #byLabel = new Map<string, Map<string, number[]>>();
  readonly #known = new Map<string, readonly number[]>();
  readonly #all: readonly number[];

  constructor(kinds: readonly HolderKind[]) {
    this.#kinds = kinds;
    this.#all = kinds.map((_, kind) => kind);
    for (const [kind, { labels }] of kinds.entries()) {
      for (const [label, value] of labels) {
        const values = this.#byLabel.get(label) ?? new Map<string, number[]>();
        this.#byLabel.set(label, values);
        const known = values.get(value);
        if (known) known.push(kind);
        else values.set(value, [kind]);
      }
    }
  }

  /** In no particular order, each once. */
  kindsOf(selector: HolderSelector): readonly number[] {
    const known = this.#known.get(selector.text);
    if (known) return known;
    const matches = compileSelector(selector.node);
    const found = this.#candidates(selector).filter((kind) => {
      const labels = this.#kinds[kind]?.labels;
      return labels !== undefined && matches(labels);
    });
    this.#known.set(selector.text, found);
    return found;
  }

  /** The kinds under the label that the fewest kinds share, of those that the selector needs. */
  #candidates({ node }: HolderSelector): readonly number[] {
    let best: readonly (readonly number[])[] = [this.#all];
    let least = this.#all.length;
    for (const [label, { mustBePresent, mustHaveOneOfValues }] of labelRestrictions(node)) {
      if (!mustBePresent) continue;
      const values = this.#byLabel.get(label);
      const lists = [...new Set(mustHaveOneOfValues ?? values?.keys() ?? [])].map((value) => values?.get(value) ?? []);
      const size = lists.reduce((sum, list) => sum + list.length, 0);
      if (size < least) [best, least] = [lists, size];
    }
    return best.flat();
  }
}
