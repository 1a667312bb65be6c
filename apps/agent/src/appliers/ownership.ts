import type { KubeObject } from "@isthmus/k8s";

/** On everything that we write. */
export const MANAGED_LABEL = "isthmus.io/managed";

/** SHA-256 of the manifest that the object was last written from, in hex. */
export const DESIRED_HASH_ANNOTATION = "isthmus.io/desired-hash";

/** The cluster, by Isthmus's id of it, for which the object was made. */
export const CLUSTER_ANNOTATION = "isthmus.io/cluster";

/** What says of an object that we made it, and from what. */
export interface Ownership {
  /** SHA-256 of the manifest in hex. */
  readonly hash: string;
  /** Isthmus's id of the cluster. */
  readonly clusterId: string;
}

/** True for an object that carries our label; whether it is ours its UID says. */
export function isLabelledOurs(object: KubeObject): boolean {
  return object.metadata.labels?.[MANAGED_LABEL] === "true";
}

/** The hash that an object says it was written from. */
export function hashOn(object: KubeObject): string {
  return object.metadata.annotations?.[DESIRED_HASH_ANNOTATION] ?? "";
}

/**
 * True for an object that carries our label and was made for this cluster. While its UID is not on record yet, that says
 * that it is ours, from whatever manifest it was made.
 */
export function isMadeFor(object: KubeObject, clusterId: string): boolean {
  const made = object.metadata.annotations?.[CLUSTER_ANNOTATION];
  return isLabelledOurs(object) && clusterId !== "" && made === clusterId;
}

/** The manifest with our marks on it, as it is written. */
export function withOwnership(manifest: KubeObject, { hash, clusterId }: Ownership): KubeObject {
  const { metadata } = manifest;
  return {
    ...manifest,
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, [MANAGED_LABEL]: "true" },
      annotations: { ...metadata.annotations, [DESIRED_HASH_ANNOTATION]: hash, [CLUSTER_ANNOTATION]: clusterId },
    },
  };
}
