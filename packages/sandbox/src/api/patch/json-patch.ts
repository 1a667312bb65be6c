import { isDeepStrictEqual } from "node:util";
import { isObject, type JsonObject } from "../../json";

/** Thrown where a JSON patch cannot be applied; the message says which operation and why. */
export class PatchError extends Error {
  override readonly name = "PatchError";
}

/** Applies a JSON Patch (RFC 6902). */
export function applyJsonPatch(document: JsonObject, operations: readonly unknown[]): JsonObject {
  const result = operations.reduce<unknown>((at, operation) => applyOperation(at, operation), document);
  if (!isObject(result)) throw new PatchError("the patch does not leave an object");
  return result;
}

function applyOperation(document: unknown, operation: unknown): unknown {
  if (!isObject(operation)) throw new PatchError("an operation must be an object");
  const path = pointer(operation["path"]);
  switch (operation["op"]) {
    case "add":
      return put(document, path, { value: operation["value"], insert: true });
    case "replace":
      read(document, path);
      return put(document, path, { value: operation["value"], insert: false });
    case "remove":
      return remove(document, path);
    case "move": {
      const from = pointer(operation["from"]);
      return put(remove(document, from), path, { value: read(document, from), insert: true });
    }
    case "copy":
      return put(document, path, { value: read(document, pointer(operation["from"])), insert: true });
    case "test":
      if (isDeepStrictEqual(read(document, path), operation["value"])) return document;
      throw new PatchError(`testing value ${text(path)} failed`);
    default:
      throw new PatchError(`unexpected kind of operation: ${String(operation["op"])}`);
  }
}

function pointer(source: unknown): readonly string[] {
  if (typeof source !== "string" || (source !== "" && !source.startsWith("/"))) {
    throw new PatchError(`not a JSON pointer: ${String(source)}`);
  }
  return source
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

const text = (path: readonly string[]): string => `/${path.join("/")}`;

function indexIn(items: readonly unknown[], part: string, path: readonly string[]): number {
  const index = part === "-" ? items.length : Number(part);
  if (!/^(-|\d+)$/.test(part) || index > items.length) throw new PatchError(`no such index: ${text(path)}`);
  return index;
}

function read(document: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, part) => {
    const next = Array.isArray(at)
      ? at[indexIn(at, part, path)]
      : isObject(at) && Object.hasOwn(at, part)
        ? at[part]
        : undefined;
    if (next === undefined) throw new PatchError(`path does not exist: ${text(path)}`);
    return next;
  }, document);
}

function put(
  document: unknown,
  path: readonly string[],
  change: { readonly value: unknown; readonly insert: boolean },
): unknown {
  const [part, ...rest] = path;
  if (part === undefined) return change.value;
  if (Array.isArray(document)) {
    const index = indexIn(document, part, path);
    const adds = rest.length === 0 && change.insert;
    return document.toSpliced(index, adds ? 0 : 1, put(adds ? undefined : document[index], rest, change));
  }
  if (!isObject(document)) throw new PatchError(`path does not exist: ${text(path)}`);
  if (rest.length > 0 && document[part] === undefined) throw new PatchError(`path does not exist: ${text(path)}`);
  return { ...document, [part]: put(document[part], rest, change) };
}

function remove(document: unknown, path: readonly string[]): unknown {
  const [part, ...rest] = path;
  if (part === undefined) throw new PatchError("the whole document cannot be removed");
  read(document, [part]);
  if (Array.isArray(document)) {
    const index = indexIn(document, part, path);
    return rest.length === 0 ? document.toSpliced(index, 1) : document.with(index, remove(document[index], rest));
  }
  const fields = isObject(document) ? document : {};
  if (rest.length > 0) return { ...fields, [part]: remove(fields[part], rest) };
  return Object.fromEntries(Object.entries(fields).filter(([name]) => name !== part));
}
