import type { JsonObject } from "../json";
import { everyVerb, type Kind } from "./kinds";
import type { KindRegistry } from "./registry";
import type { ArraySchema, ObjectSchema, Schema } from "./schema/types";

const pathOf = ({ group, version }: { group: string; version: string }) =>
  group === "" ? `api/${version}` : `apis/${group}/${version}`;

/** `/openapi/v3`: where the document of each group and version is. */
export function openApiIndex({ groupVersions }: KindRegistry): JsonObject {
  const paths = groupVersions.map((groupVersion) => {
    const path = pathOf(groupVersion);
    return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=isthmus` }];
  });
  return { paths: Object.fromEntries(paths) };
}

/** `/openapi/v3/<path>`, generated from the schemas that validation uses; `undefined` where nothing is served. */
export function openApiDocument(registry: KindRegistry, path: string): JsonObject | undefined {
  const groupVersion = registry.groupVersions.find((entry) => pathOf(entry) === path);
  if (!groupVersion) return undefined;
  const kinds = registry.kinds.filter(
    (kind) => kind.group === groupVersion.group && kind.version === groupVersion.version,
  );
  return {
    openapi: "3.0.0",
    info: { title: "Isthmus sandbox", version: "v1.34.2" },
    paths: Object.fromEntries(kinds.flatMap(pathsOf)),
    components: { schemas: Object.fromEntries(kinds.map((kind) => [schemaName(kind), kindSchema(kind)])) },
  };
}

function schemaName(kind: Kind): string {
  const reversed = kind.group === "" ? "io.k8s.api.core" : kind.group.split(".").reverse().join(".");
  return `${reversed}.${kind.version}.${kind.kind}`;
}

function groupVersionKind({ group, version, kind }: Kind): JsonObject {
  return { group, version, kind };
}

function kindSchema(kind: Kind): JsonObject {
  return { ...schemaOf(kind.schema), "x-kubernetes-group-version-kind": [groupVersionKind(kind)] };
}

const parameter = (name: string, description: string): JsonObject => ({
  name,
  in: "query",
  description,
  schema: { type: "string", uniqueItems: true },
});

const writeParameters = [
  parameter("dryRun", "`All` checks the request and stores nothing"),
  parameter("fieldManager", "the name under which the written fields are owned"),
  parameter("fieldValidation", "what happens to unknown fields: Strict, Warn or Ignore"),
];

function pathsOf(kind: Kind): readonly (readonly [string, JsonObject])[] {
  const scope = kind.namespaced ? "namespaces/{namespace}/" : "";
  const collection = `/${pathOf(kind)}/${scope}${kind.plural}`;
  const item = {
    get: operation(kind, "get"),
    put: operation(kind, "put"),
    patch: operation(kind, "patch"),
    delete: operation(kind, "delete"),
  };
  const whole = { get: operation(kind, "list"), post: operation(kind, "post") };
  if (!everyVerb.every((verb) => kind.verbs.includes(verb))) {
    return kind.verbs.includes("create") ? [[collection, { post: operation(kind, "post") }]] : [];
  }
  return [
    [collection, whole],
    [`${collection}/{name}`, item],
  ];
}

function operation(kind: Kind, action: string): JsonObject {
  const writes = ["put", "post", "patch"].includes(action);
  const answer = { "application/json": { schema: { $ref: `#/components/schemas/${schemaName(kind)}` } } };
  return {
    operationId: `${action}${kind.kind}`,
    parameters: writes ? writeParameters : [],
    responses: { "200": { description: "OK", content: answer } },
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": groupVersionKind(kind),
  };
}

/** The schema of a kind as OpenAPI v3. */
export function openApiSchema(kind: Kind): JsonObject {
  return schemaOf(kind.schema);
}

function schemaOf(schema: Schema): JsonObject {
  switch (schema.type) {
    case "any":
      return { "x-kubernetes-preserve-unknown-fields": true };
    case "int-or-string":
      return { format: "int-or-string", oneOf: [{ type: "integer" }, { type: "string" }] };
    case "quantity":
      return { oneOf: [{ type: "string" }, { type: "number" }] };
    case "map":
      return { type: "object", additionalProperties: schemaOf(schema.values) };
    case "array":
      return arraySchema(schema);
    case "object":
      return objectSchema(schema);
    default:
      return { ...schema };
  }
}

function arraySchema(schema: ArraySchema): JsonObject {
  const { items, list, keys, patchKey, patchMerges, minItems, maxItems } = schema;
  const patch = {
    ...(patchKey === undefined ? {} : { "x-kubernetes-patch-merge-key": patchKey }),
    ...(patchKey !== undefined || patchMerges === true ? { "x-kubernetes-patch-strategy": "merge" } : {}),
  };
  return {
    type: "array",
    items: schemaOf(items),
    "x-kubernetes-list-type": list,
    ...(list === "map" ? { "x-kubernetes-list-map-keys": keys } : {}),
    ...patch,
    ...(minItems === undefined ? {} : { minItems }),
    ...(maxItems === undefined ? {} : { maxItems }),
  };
}

function objectSchema({ fields, required, atomic, retainKeys, ...counts }: ObjectSchema): JsonObject {
  return {
    type: "object",
    properties: Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, schemaOf(field)])),
    ...(required.length > 0 ? { required } : {}),
    ...(counts.minProperties === undefined ? {} : { minProperties: counts.minProperties }),
    ...(counts.maxProperties === undefined ? {} : { maxProperties: counts.maxProperties }),
    ...(atomic ? { "x-kubernetes-map-type": "atomic" } : {}),
    ...(retainKeys ? { "x-kubernetes-patch-strategy": "retainKeys" } : {}),
  };
}
