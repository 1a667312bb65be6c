import type { KubeObject } from "./types";

/** The objects of one namespace, or of the cluster's scope, with their names kept in order. */
class Section {
  readonly objects = new Map<string, KubeObject>();
  readonly #names: string[] = [];
  #list: readonly KubeObject[] | undefined;

  set(name: string, object: KubeObject): void {
    if (!this.objects.has(name)) this.#names.splice(this.#placeOf(name), 0, name);
    this.objects.set(name, object);
    this.#list = undefined;
  }

  delete(name: string): void {
    if (!this.objects.delete(name)) return;
    this.#names.splice(this.#placeOf(name), 1);
    this.#list = undefined;
  }

  /** A new array after each change: those that were given before stay as they are. */
  list(): readonly KubeObject[] {
    this.#list ??= this.#names.flatMap((name) => this.objects.get(name) ?? []);
    return this.#list;
  }

  /** Where a name stands, or would stand. */
  #placeOf(name: string): number {
    let [low, high] = [0, this.#names.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#names[middle] ?? "") < name) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/**
 * The objects of one resource by namespace and name. A change touches its own namespace alone: what the other
 * namespaces hold is neither sorted nor copied again.
 */
export class Table {
  readonly #sections = new Map<string, Section>();
  #order: readonly string[] | undefined;
  #list: readonly KubeObject[] | undefined;

  get(namespace: string, name: string): KubeObject | undefined {
    return this.#sections.get(namespace)?.objects.get(name);
  }

  set(namespace: string, name: string, object: KubeObject): void {
    const known = this.#sections.get(namespace);
    const section = known ?? new Section();
    if (known === undefined) {
      this.#sections.set(namespace, section);
      this.#order = undefined;
    }
    section.set(name, object);
    this.#list = undefined;
  }

  delete(namespace: string, name: string): void {
    const section = this.#sections.get(namespace);
    section?.delete(name);
    if (section?.objects.size === 0) {
      this.#sections.delete(namespace);
      this.#order = undefined;
    }
    this.#list = undefined;
  }

  /** The objects of one namespace in order of their names. */
  inNamespace(namespace: string): readonly KubeObject[] {
    return this.#sections.get(namespace)?.list() ?? [];
  }

  /** All objects in order of namespace and name, as etcd's keys are. */
  list(): readonly KubeObject[] {
    this.#order ??= [...this.#sections.keys()].toSorted((a, b) => (`${a}/` < `${b}/` ? -1 : 1));
    this.#list ??= this.#order.flatMap((namespace) => this.inNamespace(namespace));
    return this.#list;
  }
}
