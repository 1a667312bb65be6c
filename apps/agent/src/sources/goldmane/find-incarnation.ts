import { CORE_KINDS, type FollowObjects, type KubeObject } from "@isthmus/k8s";
import type { ResourceRef } from "@isthmus/protocol";
import { GOLDMANE_LABEL, UNSEEN_INCARNATION, incarnationOf, isGoldmane, type Incarnation } from "./incarnation";

/** Asks the API server which Goldmane runs now; rejects where the server cannot be asked. */
export async function findIncarnation(api: FollowObjects): Promise<Incarnation> {
  const labelSelector = `${GOLDMANE_LABEL.key}=${GOLDMANE_LABEL.value}`;
  const pods = await api.list(CORE_KINDS.pods, { labelSelector });
  if (pods.ok) return incarnationOf(pods.value.items);
  if (pods.error.code === "forbidden") return UNSEEN_INCARNATION;
  throw new Error(`cannot tell which Goldmane runs: ${pods.error.message}`);
}

/** Knows from the inventory which Goldmane runs. */
export class WatchedGoldmane {
  readonly #pods = new Map<string, KubeObject>();

  upserted(text: string, object: KubeObject): void {
    if (object.kind !== "Pod") return;
    if (isGoldmane(object)) this.#pods.set(text, object);
    else this.#pods.delete(text);
  }

  deleted(text: string, ref: ResourceRef): void {
    if (ref.kind === "Pod") this.#pods.delete(text);
  }

  get incarnation(): Incarnation {
    return incarnationOf([...this.#pods.values()]);
  }
}
