import { stringOf, valueAt } from "../json";
import type { KubeObject, ObjectKey } from "../store/types";
import { nodeOf } from "./pods";

/** The pods of each node, and how many of them take up room. */
export class PodsByNode {
  readonly #keys = new Map<string, Map<string, ObjectKey>>();
  readonly #load = new Map<string, number>();

  add(pod: KubeObject): void {
    const node = nodeOf(pod);
    if (node === "") return;
    const { namespace, name } = pod.metadata;
    const keys = this.#keys.get(node) ?? new Map<string, ObjectKey>();
    this.#keys.set(node, keys.set(`${namespace}/${name}`, { resource: "pods", namespace, name }));
    if (takesRoom(pod)) this.#load.set(node, this.loadOf(node) + 1);
  }

  remove(pod: KubeObject): void {
    const node = nodeOf(pod);
    this.#keys.get(node)?.delete(`${pod.metadata.namespace}/${pod.metadata.name}`);
    if (node !== "" && takesRoom(pod)) this.#load.set(node, this.loadOf(node) - 1);
  }

  /** How many pods a node runs; finished ones do not count. */
  loadOf(node: string): number {
    return this.#load.get(node) ?? 0;
  }

  on(node: string): readonly ObjectKey[] {
    return [...(this.#keys.get(node)?.values() ?? [])];
  }
}

function takesRoom(pod: KubeObject): boolean {
  const phase = stringOf(valueAt(pod, "status", "phase"));
  return phase !== "Succeeded" && phase !== "Failed";
}
