/** Values filed under a label and its value, and under the label alone. */
export class LabelDirectory<T> {
  readonly #byValue = new Map<string, Map<string, Set<T>>>();
  readonly #counts = new Map<string, number>();

  add(label: string, value: string, item: T): void {
    let values = this.#byValue.get(label);
    if (!values) this.#byValue.set(label, (values = new Map<string, Set<T>>()));
    const items = values.get(value);
    if (!items) values.set(value, new Set([item]));
    else if (items.has(item)) return;
    else items.add(item);
    this.#counts.set(label, this.countOf(label) + 1);
  }

  delete(label: string, value: string, item: T): void {
    const values = this.#byValue.get(label);
    const items = values?.get(value);
    if (!values || !items?.delete(item)) return;
    this.#counts.set(label, this.countOf(label) - 1);
    if (items.size > 0) return;
    values.delete(value);
    if (values.size > 0) return;
    this.#byValue.delete(label);
    this.#counts.delete(label);
  }

  with(label: string, value: string): ReadonlySet<T> | undefined {
    return this.#byValue.get(label)?.get(value);
  }

  /** Every set of those that have the label. */
  present(label: string): Iterable<ReadonlySet<T>> {
    return this.#byValue.get(label)?.values() ?? [];
  }

  /** How many are filed under the label, or under one of its values. */
  countOf(label: string, value?: string): number {
    if (value !== undefined) return this.with(label, value)?.size ?? 0;
    return this.#counts.get(label) ?? 0;
  }
}
