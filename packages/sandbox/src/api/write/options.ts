import { isObject, objectOf, stringOf, type JsonObject } from "../../json";
import { timestamp } from "../../store/object-store";
import type { KubeObject } from "../../store/types";
import type { ApiContext } from "../context";
import { apiVersionOf, type Kind } from "../kinds";
import type { Writer } from "../patch/managed-fields";
import type { ApiRequest, ResourcePath } from "../request";
import { badRequest } from "../status";

/** A request with its path read. */
export interface Call {
  readonly request: ApiRequest;
  readonly path: ResourcePath;
}

/** What happens to fields that a kind does not know. */
export type FieldValidation = "Strict" | "Warn" | "Ignore";

/** What a write needs to know of its request. */
export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
  readonly writer: Writer;
}

/** A written object, with what the writer should be told. */
export interface Written {
  readonly object: KubeObject;
  readonly created: boolean;
  readonly warnings: readonly string[];
}

function fieldValidationOf(query: URLSearchParams): FieldValidation {
  const value = query.get("fieldValidation") ?? "Warn";
  if (value === "Strict" || value === "Warn" || value === "Ignore") return value;
  throw badRequest(`invalid fieldValidation: ${value}`);
}

/** Reads dryRun, fieldValidation and fieldManager. */
export function writeOptionsOf(context: ApiContext, kind: Kind, { request, path }: Call): WriteOptions {
  const { query, userAgent } = request;
  const dryRun = query.getAll("dryRun");
  if (dryRun.some((value) => value !== "All")) throw badRequest(`invalid dryRun: ${dryRun.join(",")}`);
  const manager = query.get("fieldManager") ?? (userAgent.split("/")[0] || "unknown");
  const time = timestamp(context.now());
  return {
    dryRun: dryRun.length > 0,
    fieldValidation: fieldValidationOf(query),
    writer: { manager, subresource: path.subresource, apiVersion: apiVersionOf(kind), time },
  };
}

/** The body of a request as an object of this kind, at this path. */
export function bodyObject(kind: Kind, { request: { body }, path }: Call): JsonObject {
  if (!isObject(body)) throw badRequest("the body of the request must be an object");
  const wanted = { apiVersion: apiVersionOf(kind), kind: kind.kind };
  for (const field of ["apiVersion", "kind"] as const) {
    const given = body[field];
    if (given === undefined || given === wanted[field]) continue;
    throw badRequest(
      `${field} in the data (${JSON.stringify(given)}) does not match the expected one (${wanted[field]})`,
    );
  }
  const metadata = objectOf(body["metadata"]);
  const name = stringOf(metadata["name"]) || path.name;
  if (path.name !== "" && name !== path.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${path.name})`);
  }
  const names = { ...(name === "" ? {} : { name }), namespace: namespaceIn(kind, metadata, path) };
  return { ...body, ...wanted, metadata: { ...metadata, ...names } };
}

function namespaceIn(kind: Kind, metadata: JsonObject, path: ResourcePath): string | undefined {
  if (!kind.namespaced) return undefined;
  const given = stringOf(metadata["namespace"]);
  if (given !== "" && path.namespace !== "" && given !== path.namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  return path.namespace || given;
}
