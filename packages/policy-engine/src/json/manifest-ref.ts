import type { Labels, ResourceRef } from "../model/resource";

/** What can be said of a manifest without understanding it. */
export interface ManifestHead {
  readonly ref: ResourceRef;
  readonly labels: Labels;
}

const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** Name and labels of a manifest of any kind; empty where they are missing. */
export function manifestHead(manifest: unknown): ManifestHead {
  const { apiVersion, kind, metadata } = objectOf(manifest);
  const { name, namespace, labels } = objectOf(metadata);
  return {
    ref: { apiVersion: textOf(apiVersion), kind: textOf(kind), namespace: textOf(namespace), name: textOf(name) },
    labels: Object.fromEntries(Object.entries(objectOf(labels)).map(([key, value]) => [key, textOf(value)])),
  };
}

/** An object as people name it: `NetworkPolicy shop/allow-cart`. */
export const refName = ({ kind, namespace, name }: ResourceRef): string =>
  `${kind} ${namespace === "" ? name : `${namespace}/${name}`}`;
