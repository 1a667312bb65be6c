import * as client from "@kubernetes/client-node";

interface Model {
  getAttributeTypeMap(): readonly { readonly baseName: string; readonly type: string }[];
}

const models = client as unknown as Readonly<Record<string, Model | undefined>>;

/**
 * Paths of fields that Kubernetes' own OpenAPI document does not have for this kind, as its stock client was made from
 * it; a kind that the client does not know is a finding of its own.
 */
export function unknownFields(object: { readonly kind: string }): readonly string[] {
  const type = `V1${object.kind}`;
  if (models[type] === undefined) return [`${object.kind} is no kind of the stock client`];
  return walk(object, type, object.kind);
}

function walk(value: unknown, type: string, path: string): readonly string[] {
  const [, item] = /^Array<(.*)>$/.exec(type) ?? [];
  if (item !== undefined) {
    if (!Array.isArray(value)) return [`${path} is no list`];
    return value.flatMap((each, index) => walk(each, item, `${path}[${index}]`));
  }
  const [, valueType] = /^\{ \[key: string\]: (.*); \}$/.exec(type) ?? [];
  if (valueType !== undefined)
    return valuesOf(value).flatMap(([name, each]) => walk(each, valueType, `${path}.${name}`));
  const model = models[type];
  if (model === undefined) return scalar(value, type) ? [] : [`${path} is no ${type}`];
  const known = new Map(model.getAttributeTypeMap().map(({ baseName, type: of }) => [baseName, of]));
  return valuesOf(value).flatMap(([name, each]) => {
    const of = known.get(name);
    return of === undefined ? [`${path}.${name}`] : walk(each, of, `${path}.${name}`);
  });
}

const valuesOf = (value: unknown): readonly (readonly [string, unknown])[] =>
  typeof value === "object" && value !== null ? Object.entries(value) : [];

function scalar(value: unknown, type: string): boolean {
  if (type === "string" || type === "number" || type === "boolean") return typeof value === type;
  return type !== "IntOrString" || typeof value === "string" || typeof value === "number";
}
