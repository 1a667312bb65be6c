import type { KubeObject } from "../store/types";
import type { ObjectSchema } from "./schema/types";

/** A column that `kubectl get` prints; `priority` 1 shows with `-o wide` only. */
export interface Column {
  readonly name: string;
  readonly type: "string" | "integer" | "number" | "boolean" | "date";
  readonly priority?: 0 | 1;
  readonly value: (object: KubeObject, now: number) => string | number | boolean;
}

export type Verb = "get" | "list" | "watch" | "create" | "update" | "patch" | "delete" | "deletecollection";

/** What serves a kind: the API server itself, a definition (CRD) in it, or Calico's API server behind it. */
export type Origin = "built-in" | "definition" | "calico-server";

/** A resource of the API: its names, scope, shape and how it is printed. */
export interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly Verb[];
  readonly subresources: readonly ("status" | "scale")[];
  readonly schema: ObjectSchema;
  readonly origin: Origin;
  /** Between name and age. */
  readonly columns: readonly Column[];
  /** Whether `metadata.generation` counts changes of anything but metadata and status. */
  readonly generation: boolean;
  /** Paths of fields, beside metadata.name and metadata.namespace, that a field selector may name. */
  readonly selectable: readonly string[];
}

/** The store's name of a kind's resource. */
export function resourceOf({ group, plural }: Pick<Kind, "group" | "plural">): string {
  return group === "" ? plural : `${plural}.${group}`;
}

/** `apiVersion` of a kind. */
export function apiVersionOf({ group, version }: Pick<Kind, "group" | "version">): string {
  return group === "" ? version : `${group}/${version}`;
}

export const everyVerb: readonly Verb[] = [
  "create",
  "delete",
  "deletecollection",
  "get",
  "list",
  "patch",
  "update",
  "watch",
];
