import type { JsonObject } from "../json";
import type { Kind } from "./kinds";

/** One wrong field, as in `details.causes`; `reason` is Kubernetes' own word. */
export interface Cause {
  readonly reason:
    | "FieldValueRequired"
    | "FieldValueInvalid"
    | "FieldValueNotSupported"
    | "FieldValueForbidden"
    | "FieldValueDuplicate"
    | "FieldValueTypeInvalid"
    | "FieldValueTooLong"
    | "FieldValueTooMany"
    | "FieldManagerConflict"
    | "NamespaceTerminating"
    | "DisruptionBudget";
  readonly message: string;
  readonly field: string;
}

interface Details {
  readonly name?: string | undefined;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly Cause[];
  readonly retryAfterSeconds?: number;
}

/** An answer that refuses a request; it becomes a Kubernetes Status. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: number;
  readonly reason: string;
  readonly details: Details;

  constructor(
    { code, reason }: { readonly code: number; readonly reason: string },
    message: string,
    details: Details = {},
  ) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  /** The `Status` object of the answer. */
  status(): JsonObject {
    const { code, reason, message, details } = this;
    return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, details, code };
  }
}

type Names = Pick<Kind, "group" | "plural" | "kind">;

function qualified({ group, plural }: Names): string {
  return group === "" ? plural : `${plural}.${group}`;
}

const about = (kind: Names, name: string): Details => ({ name, group: kind.group, kind: kind.plural });

/** Why something is forbidden, with causes that programs read. */
interface Refusal {
  readonly why: string;
  readonly causes: readonly Cause[];
}

export function notFound(kind: Names, name: string): ApiError {
  return new ApiError({ code: 404, reason: "NotFound" }, `${qualified(kind)} "${name}" not found`, about(kind, name));
}

/** For a path that names nothing that is served. */
export function pathNotFound(): ApiError {
  return new ApiError({ code: 404, reason: "NotFound" }, "the server could not find the requested resource");
}

export function alreadyExists(kind: Names, name: string): ApiError {
  return new ApiError(
    { code: 409, reason: "AlreadyExists" },
    `${qualified(kind)} "${name}" already exists`,
    about(kind, name),
  );
}

export function conflict(kind: Names, name: string, why: string): ApiError {
  const message = `Operation cannot be fulfilled on ${qualified(kind)} "${name}": ${why}`;
  return new ApiError({ code: 409, reason: "Conflict" }, message, about(kind, name));
}

/** The conflict of a write that was based on an old version. */
export function modified(kind: Names, name: string): ApiError {
  return conflict(
    kind,
    name,
    "the object has been modified; please apply your changes to the latest version and try again",
  );
}

export function invalid(kind: Names, name: string, causes: readonly Cause[]): ApiError {
  const lines = causes.map(({ field, message }) => `${field}: ${message}`);
  const list = lines.length === 1 ? lines[0] : `[${lines.join(", ")}]`;
  const subject = kind.group === "" ? kind.kind : `${kind.kind}.${kind.group}`;
  return new ApiError({ code: 422, reason: "Invalid" }, `${subject} "${name}" is invalid: ${list}`, {
    name,
    group: kind.group,
    kind: kind.kind,
    causes,
  });
}

export function forbidden(kind: Names, name: string, refusal: string | Refusal): ApiError {
  const { why, causes } = typeof refusal === "string" ? { why: refusal, causes: undefined } : refusal;
  const subject = name === "" ? qualified(kind) : `${qualified(kind)} "${name}"`;
  return new ApiError({ code: 403, reason: "Forbidden" }, `${subject} is forbidden: ${why}`, {
    ...about(kind, name),
    ...(causes && { causes }),
  });
}

export function badRequest(message: string): ApiError {
  return new ApiError({ code: 400, reason: "BadRequest" }, message);
}

export function unauthorized(): ApiError {
  return new ApiError({ code: 401, reason: "Unauthorized" }, "Unauthorized");
}

export function methodNotAllowed(): ApiError {
  return new ApiError(
    { code: 405, reason: "MethodNotAllowed" },
    "the server does not allow this method on the requested resource",
  );
}

export function notAcceptable(): ApiError {
  return new ApiError(
    { code: 406, reason: "NotAcceptable" },
    "only the following media types are accepted: application/json, application/yaml",
  );
}

export function unsupportedMediaType(accepted: string): ApiError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted}`;
  return new ApiError({ code: 415, reason: "UnsupportedMediaType" }, message);
}

export function expired(message: string): ApiError {
  return new ApiError({ code: 410, reason: "Expired" }, message);
}

export function tooLarge(limit: number): ApiError {
  return new ApiError({ code: 413, reason: "RequestEntityTooLarge" }, `limit is ${limit} bytes`);
}
