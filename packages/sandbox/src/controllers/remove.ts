import type { KubeObject, ObjectKey } from "../store/types";
import type { RemovePod } from "./pods";
import type { ControllerContext } from "./runtime";

/** What a controller takes away, and how. */
export interface Removal {
  readonly key: ObjectKey;
  readonly object: KubeObject;
  readonly removePod: RemovePod;
  /** The time at which its deletion began, where finalizers hold it. */
  readonly at: string;
}

/** Deletes an object, or marks it where finalizers hold it. */
export function removeObject(
  { store }: Pick<ControllerContext, "store">,
  { key, object, removePod, at }: Removal,
): void {
  const { finalizers = [], deletionTimestamp } = object.metadata;
  if (key.resource === "pods") removePod(object);
  else if (finalizers.length === 0) store.delete(key);
  else if (deletionTimestamp === undefined)
    store.update(key.resource, { ...object, metadata: { ...object.metadata, deletionTimestamp: at } });
}
