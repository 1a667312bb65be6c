import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "yaml";
import { corporaFolder } from "./corpora";

/** The part of an OpenAPI schema of a CRD that limits what may be written. */
export interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly maxItems?: number;
  readonly minItems?: number;
  readonly maxLength?: number;
  readonly maximum?: number;
  readonly minimum?: number;
  readonly maxProperties?: number;
  readonly minProperties?: number;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-list-type"?: string;
  readonly "x-kubernetes-validations"?: readonly { readonly rule: string; readonly message: string }[];
}

interface Crd {
  readonly spec: { readonly versions: readonly [{ readonly schema: { readonly openAPIV3Schema: Schema } }] };
}

/** The schema of a kind, from the corpora; undefined where there are none. */
export function readCrd(plural: string): Schema | undefined {
  const folder = corporaFolder();
  if (folder === undefined) return undefined;
  const crd = parse(readFileSync(resolve(folder, "crds", `${plural}.yaml`), "utf8")) as Crd;
  return crd.spec.versions[0].schema.openAPIV3Schema;
}

/** Keys from a spec to a field, `[]` for an item of a list. */
export type SchemaPath = readonly string[];

/** Every place of a schema below `spec`, with what limits it. */
export function* places(
  schema: Schema,
  path: SchemaPath = [],
): Generator<{ readonly path: SchemaPath; readonly schema: Schema }> {
  yield { path, schema };
  for (const [key, inner] of Object.entries(schema.properties ?? {})) yield* places(inner, [...path, key]);
  if (schema.items) yield* places(schema.items, [...path, "[]"]);
}
