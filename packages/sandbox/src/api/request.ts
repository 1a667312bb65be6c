import type { Identity } from "../auth/identity";
import type { JsonObject } from "../json";
import type { AuditTrail } from "./audit/auditor";

/** A request for a resource, read from its path. */
export interface ResourcePath {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  /** "" where the path names none. */
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
}

/** A request with its body read and its caller known. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly contentType: string;
  readonly accept: string;
  readonly userAgent: string;
  readonly identity: Identity;
  /** Where the request is recorded. */
  readonly audit?: AuditTrail | undefined;
  /** The parsed body; a JSON patch is an array. */
  readonly body: unknown;
}

/** A whole answer; `warnings` become Warning headers. */
export interface ApiAnswer {
  readonly code: number;
  readonly body: JsonObject;
  readonly warnings?: readonly string[];
}

/** Reads `/api/v1/…` and `/apis/<group>/<version>/…`; `undefined` for every other path. */
export function resourcePathOf(path: string): ResourcePath | undefined {
  const parts = path
    .split("/")
    .filter((part) => part !== "")
    .map(decodeURIComponent);
  const [root, ...rest] = parts;
  if (root === "api") return inGroup("", rest);
  return root === "apis" && rest.length > 1 ? inGroup(rest[0] ?? "", rest.slice(1)) : undefined;
}

function inGroup(group: string, [version, ...rest]: readonly string[]): ResourcePath | undefined {
  if (version === undefined || rest.length === 0) return undefined;
  const [first, second, third = "", ...more] = rest;
  const subresourceOfNamespace = third === "status" || third === "finalize";
  if (first === "namespaces" && second !== undefined && rest.length > 2 && !(group === "" && subresourceOfNamespace)) {
    const [name = "", subresource = "", ...beyond] = more;
    return beyond.length > 0 ? undefined : { group, version, plural: third, namespace: second, name, subresource };
  }
  if (more.length > 0) return undefined;
  const namespace = group === "" && first === "namespaces" ? (second ?? "") : "";
  return { group, version, plural: first ?? "", namespace, name: second ?? "", subresource: third };
}

/** The verb that RBAC knows a request by. */
export function verbOf({ method, query }: Pick<ApiRequest, "method" | "query">, name: string): string {
  switch (method) {
    case "GET":
    case "HEAD":
      if (isTrue(query.get("watch"))) return "watch";
      return name === "" ? "list" : "get";
    case "POST":
      return "create";
    case "PUT":
      return "update";
    case "PATCH":
      return "patch";
    case "DELETE":
      return name === "" ? "deletecollection" : "delete";
    default:
      return "";
  }
}

/** Whether a query parameter is on. */
export function isTrue(value: string | null): boolean {
  return value === "true" || value === "1" || value === "True";
}
