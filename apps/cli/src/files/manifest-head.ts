/** What names an object, whatever its kind; empty where it is missing. */
export interface ManifestName {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** The field of an object as an object; undefined for anything else. */
export const recordField = (value: unknown, key: string): unknown =>
  isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;

/** Whether a value is an object with fields. */
export const isObject = isRecord;

/** Names a manifest. */
export function manifestName(value: unknown): ManifestName {
  const metadata = recordField(value, "metadata");
  return {
    apiVersion: text(recordField(value, "apiVersion")),
    kind: text(recordField(value, "kind")),
    namespace: text(recordField(metadata, "namespace")),
    name: text(recordField(metadata, "name")),
  };
}

/** An object as people name it: `NetworkPolicy shop/cart`. */
export function shownName({ kind, namespace, name }: ManifestName): string {
  const path = namespace === "" ? name : `${namespace}/${name}`;
  return [kind, path].filter((part) => part !== "").join(" ");
}
