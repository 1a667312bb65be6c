import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { arrayOf, isObject, objectOf, objectsOf, stringOf, valueAt, type JsonObject } from "../src/json";

const root = resolve(import.meta.dirname, "../../..");
const folder = join(process.env["ISTHMUS_CORPORA"] ?? join(root, "../shared/corpora"), "crds");

/** Whether the published definitions are there; where they are not, and this is no CI, tests of them are skipped. */
export const crdsAbsent = !existsSync(folder);
if (crdsAbsent)
  process.stdout.write(`skipped: no corpora at ${folder}; set ISTHMUS_CORPORA to run what is published\n`);

/** A definition as it was published. */
export interface PublishedCrd {
  readonly plural: string;
  readonly kind: string;
  readonly group: string;
  readonly version: string;
  readonly namespaced: boolean;
  readonly schema: JsonObject;
}

/** The definitions, in order of their files. */
export function publishedCrds(): readonly PublishedCrd[] {
  if (crdsAbsent) return [];
  return readdirSync(folder).map((file) => {
    const { spec } = parse(readFileSync(join(folder, file), "utf8")) as { readonly spec: JsonObject };
    const [version] = objectsOf(spec["versions"]);
    return {
      plural: stringOf(valueAt(spec, "names", "plural")),
      kind: stringOf(valueAt(spec, "names", "kind")),
      group: stringOf(spec["group"]),
      version: stringOf(version?.["name"]),
      namespaced: spec["scope"] !== "Cluster",
      schema: objectOf(valueAt(version, "schema", "openAPIV3Schema")),
    };
  });
}

/** A part of a schema with its path, such as `spec.ingress[].source`. */
export interface SchemaNode {
  readonly path: string;
  readonly schema: JsonObject;
}

/** Every part of a schema. */
export function nodesOf(schema: JsonObject, path = ""): readonly SchemaNode[] {
  const { properties, items, additionalProperties: values } = schema;
  const inside = Object.entries(objectOf(properties)).flatMap(([name, field]) =>
    nodesOf(objectOf(field), path === "" ? name : `${path}.${name}`),
  );
  return [
    { path, schema },
    ...inside,
    ...(isObject(items) ? nodesOf(items, `${path}[]`) : []),
    ...(isObject(values) ? nodesOf(values, `${path}{}`) : []),
  ];
}

/** A rule in CEL where it stands. */
export interface PublishedRule {
  readonly crd: PublishedCrd;
  readonly path: string;
  readonly expression: string;
  /** The first eight hexadecimal digits of its SHA-256. */
  readonly id: string;
}

/** Every rule of every definition. */
export function publishedRules(): readonly PublishedRule[] {
  return publishedCrds().flatMap((crd) =>
    nodesOf(crd.schema).flatMap(({ path, schema }) =>
      objectsOf(arrayOf(schema["x-kubernetes-validations"])).map((rule) => {
        const expression = stringOf(rule["rule"]);
        const id = createHash("sha256").update(expression).digest("hex").slice(0, 8);
        return { crd, path, expression, id };
      }),
    ),
  );
}
