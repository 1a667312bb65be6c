import type { FieldPath } from "@isthmus/policy-engine";
import { isObject, recordField } from "./manifest-head";

/** An object within a document, and the way to it. */
export interface Located {
  readonly value: unknown;
  readonly path: FieldPath;
}

/** Items of a typed list (`PodList`) may leave out what the list says for them (Kubernetes API conventions, "Lists"). */
function withKind(item: unknown, list: { readonly apiVersion: unknown; readonly kind: string }): unknown {
  const kind = list.kind.replace(/List$/, "");
  if (kind === "" || !isObject(item) || item["kind"] !== undefined) return item;
  return { apiVersion: list.apiVersion, kind, ...item };
}

/** The objects of a document: itself, or the items of a `List` or of any kind that ends so and has items. */
export function objectsOf(value: unknown, path: FieldPath = []): readonly Located[] {
  const kind = recordField(value, "kind");
  const items = recordField(value, "items");
  if (typeof kind !== "string" || !kind.endsWith("List")) return [{ value, path }];
  // An empty list comes from Go as null.
  if (items === null || (items === undefined && kind === "List")) return [];
  if (!Array.isArray(items)) return [{ value, path }];
  const apiVersion = recordField(value, "apiVersion");
  return items.flatMap((item: unknown, index) =>
    objectsOf(withKind(item, { apiVersion, kind }), [...path, "items", index]),
  );
}
