import type { KubeObject } from "@isthmus/k8s";

/** On everything that we write. */
export const MANAGED_LABEL = "isthmus.io/managed";

/** SHA-256 of the manifest that the object was last written from, in hex. */
export const DESIRED_HASH_ANNOTATION = "isthmus.io/desired-hash";

/** True for an object that carries our label; whether it is ours its UID says. */
export function isLabelledOurs(object: KubeObject): boolean {
  return object.metadata.labels?.[MANAGED_LABEL] === "true";
}

/** The hash that an object says it was written from. */
export function hashOn(object: KubeObject): string {
  return object.metadata.annotations?.[DESIRED_HASH_ANNOTATION] ?? "";
}

/** The manifest with our marks on it, as it is written. */
export function withOwnership(manifest: KubeObject, hash: string): KubeObject {
  const { metadata } = manifest;
  return {
    ...manifest,
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, [MANAGED_LABEL]: "true" },
      annotations: { ...metadata.annotations, [DESIRED_HASH_ANNOTATION]: hash },
    },
  };
}
