import type { KubeObject } from "../store/types";

type Labels = Readonly<Record<string, string>>;
const pairKey = (namespace: string | undefined, label: string, value: string) => `${namespace ?? ""}|${label}=${value}`;

/** The names of objects by each of their labels, so that a selector looks only at those that carry its rarest label. */
export class LabelIndex {
  readonly #names = new Map<string, Set<string>>();

  add({ metadata }: KubeObject): void {
    for (const [label, value] of Object.entries(metadata.labels ?? {})) {
      const key = pairKey(metadata.namespace, label, value);
      const names = this.#names.get(key) ?? new Set();
      this.#names.set(key, names.add(metadata.name));
    }
  }

  remove({ metadata }: KubeObject): void {
    for (const [label, value] of Object.entries(metadata.labels ?? {})) {
      const key = pairKey(metadata.namespace, label, value);
      const names = this.#names.get(key);
      names?.delete(metadata.name);
      if (names?.size === 0) this.#names.delete(key);
    }
  }

  /** Names among which are all that carry these labels: the fewest that one of the labels leaves. */
  candidates(namespace: string | undefined, wanted: Labels): ReadonlySet<string> {
    const sets = Object.entries(wanted).map(([label, value]) => this.withLabel(namespace, label, value));
    return sets.reduce((fewest, set) => (set.size < fewest.size ? set : fewest), sets[0] ?? none);
  }

  withLabel(namespace: string | undefined, label: string, value: string): ReadonlySet<string> {
    return this.#names.get(pairKey(namespace, label, value)) ?? none;
  }
}

const none: ReadonlySet<string> = new Set();
