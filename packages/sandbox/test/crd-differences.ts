import type { ArraySchema, ObjectSchema, Schema } from "../src/api/schema/types";

type Published = Readonly<Record<string, unknown>>;

const recordOf = (value: unknown): Published =>
  typeof value === "object" && value !== null ? (value as Published) : {};

/** Where our description of a kind differs from a published CustomResourceDefinition, one line each: `path: what`. */
export function crdDifferences(ours: Schema, published: Published, path: string): readonly string[] {
  const wanted = typeOf(published);
  if (ours.type === "any" || wanted === "any") {
    return ours.type === wanted ? [] : [`${path}: ${ours.type}, published ${wanted}`];
  }
  if (ours.type !== wanted) return [`${path}: ${ours.type}, published ${wanted}`];
  switch (ours.type) {
    case "string":
      return compare(path, ours, published, ["maxLength", "enum"]);
    case "integer":
    case "number":
      return compare(path, ours, published, ["minimum", "maximum"]);
    case "map":
      return crdDifferences(ours.values, recordOf(published["additionalProperties"]), `${path}{}`);
    case "array":
      return arrays(ours, published, path);
    case "object":
      return objects(ours, published, path);
    default:
      return [];
  }
}

function typeOf(published: Published): string {
  if (published["x-kubernetes-int-or-string"] === true) return "int-or-string";
  if (published["x-kubernetes-preserve-unknown-fields"] === true) return "any";
  const type = String(published["type"]);
  if (type !== "object") return type;
  if (published["additionalProperties"] !== undefined) return "map";
  return published["properties"] === undefined ? "any" : "object";
}

const same = (a: unknown, b: unknown): boolean => {
  const text = (value: unknown) => JSON.stringify(Array.isArray(value) ? value.map(String).toSorted() : value);
  return text(a) === text(b);
};

function compare(path: string, ours: object, published: Published, names: readonly string[]): readonly string[] {
  return names
    .filter((name) => !same(Reflect.get(ours, name), published[name]))
    .map(
      (name) =>
        `${path}: ${name} ${JSON.stringify(Reflect.get(ours, name))}, published ${JSON.stringify(published[name])}`,
    );
}

function arrays(ours: ArraySchema, published: Published, path: string): readonly string[] {
  const list = published["x-kubernetes-list-type"] ?? "atomic";
  return [
    ...(ours.list === list ? [] : [`${path}: list of kind ${ours.list}, published ${JSON.stringify(list)}`]),
    ...compare(path, ours, published, ["minItems", "maxItems"]),
    ...crdDifferences(ours.items, recordOf(published["items"]), `${path}[]`),
  ];
}

function objects(ours: ObjectSchema, published: Published, path: string): readonly string[] {
  const properties = recordOf(published["properties"]);
  const names = new Set([...Object.keys(ours.fields), ...Object.keys(properties)]);
  const required = { required: ours.required.length === 0 ? undefined : ours.required };
  return [
    ...compare(path, required, published, ["required"]),
    ...compare(path, ours, published, ["minProperties", "maxProperties"]),
    ...[...names].flatMap((name) => {
      const field = ours.fields[name];
      const at = `${path}.${name}`;
      if (field === undefined) return [`${at}: not described`];
      if (properties[name] === undefined) return [`${at}: not published`];
      return crdDifferences(field, recordOf(properties[name]), at);
    }),
  ];
}
