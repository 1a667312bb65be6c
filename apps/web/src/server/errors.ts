import { isPermission, type Permission } from "@isthmus/access";
import type { TRPC_ERROR_CODE_KEY } from "@trpc/server";

/** Every way in which a request may fail, and what the wire says of it. A new code is added here and nowhere else. */
export const errorKinds = {
  "not-signed-in": { trpc: "UNAUTHORIZED", retryable: false },
  "sign-in-refused": { trpc: "UNAUTHORIZED", retryable: false },
  "too-many-attempts": { trpc: "TOO_MANY_REQUESTS", retryable: true },
  "password-change-required": { trpc: "FORBIDDEN", retryable: false },
  forbidden: { trpc: "FORBIDDEN", retryable: false },
  "wrong-origin": { trpc: "FORBIDDEN", retryable: false },
  "not-found": { trpc: "NOT_FOUND", retryable: false },
  "invalid-input": { trpc: "BAD_REQUEST", retryable: false },
  conflict: { trpc: "CONFLICT", retryable: false },
  stale: { trpc: "PRECONDITION_FAILED", retryable: false },
  barred: { trpc: "PRECONDITION_FAILED", retryable: false },
  "too-large": { trpc: "PAYLOAD_TOO_LARGE", retryable: false },
  timeout: { trpc: "TIMEOUT", retryable: true },
  "too-much": { trpc: "UNPROCESSABLE_CONTENT", retryable: false },
  cancelled: { trpc: "CLIENT_CLOSED_REQUEST", retryable: true },
  "store-unavailable": { trpc: "SERVICE_UNAVAILABLE", retryable: true },
  internal: { trpc: "INTERNAL_SERVER_ERROR", retryable: false },
} as const satisfies Record<string, { readonly trpc: TRPC_ERROR_CODE_KEY; readonly retryable: boolean }>;

export type ErrorCode = keyof typeof errorKinds;

/** What the wire carries of an error: no stack, no cause. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  /** The permission that is missing, where it was refused for want of one. */
  readonly permission?: Permission;
}

/** Thrown by a feature's server code to answer with a code of the map; `message` is for a person and says what to do. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const fromTrpc: Partial<Record<TRPC_ERROR_CODE_KEY, ErrorCode>> = {
  PARSE_ERROR: "invalid-input",
  BAD_REQUEST: "invalid-input",
  UNAUTHORIZED: "not-signed-in",
  FORBIDDEN: "forbidden",
  NOT_FOUND: "not-found",
  METHOD_NOT_SUPPORTED: "invalid-input",
  UNSUPPORTED_MEDIA_TYPE: "invalid-input",
  TIMEOUT: "timeout",
  CONFLICT: "conflict",
  PAYLOAD_TOO_LARGE: "too-large",
  TOO_MANY_REQUESTS: "too-many-attempts",
  CLIENT_CLOSED_REQUEST: "cancelled",
  SERVICE_UNAVAILABLE: "store-unavailable",
};

const plainWords: Partial<Record<ErrorCode, string>> = {
  "store-unavailable": "A store does not answer. Nothing is lost; this page goes on as soon as it is back.",
  timeout: "The question took too long. Ask for a shorter time range or fewer clusters.",
  "too-much": "The question meets a limit of time, memory or rows. Ask for a shorter time range or fewer clusters.",
  cancelled: "Whoever asked has left.",
};

interface Retryable {
  readonly retryable: boolean;
}
const isAdapterError = (value: unknown): value is Retryable =>
  typeof value === "object" && value !== null && "retryable" in value && typeof value.retryable === "boolean";

/** The error of the map that any thrown value is. Adapters mark what passes by itself with `retryable`. */
export function toWireError(cause: unknown, trpcCode?: TRPC_ERROR_CODE_KEY): WireError {
  if (cause instanceof AppError) return { ...wire(cause.code, cause.message), ...missingIn(cause) };
  const asked = isAdapterError(cause) && "code" in cause ? cause.code : undefined;
  if (asked === "too-much" || asked === "cancelled") return wire(asked);
  if (isConnectionError(cause) || (isAdapterError(cause) && cause.retryable)) return wire("store-unavailable");
  if (trpcCode === "BAD_REQUEST" && cause instanceof Error) return wire("invalid-input", inputMessage(cause));
  return wire(trpcCode === undefined ? "internal" : (fromTrpc[trpcCode] ?? "internal"));
}

const missingIn = (refused: AppError): Pick<WireError, "permission"> =>
  "permission" in refused && typeof refused.permission === "string" && isPermission(refused.permission)
    ? { permission: refused.permission }
    : {};

const wire = (code: ErrorCode, message?: string): WireError => ({
  code,
  message: message ?? plainWords[code] ?? "Something went wrong here. It was logged with the time of this request.",
  retryable: errorKinds[code].retryable,
});

const connectionCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
  "57P01",
  "57P03",
  "P1001",
  "P1002",
  "P1017",
]);

function isConnectionError(value: unknown, depth = 0): boolean {
  if (typeof value !== "object" || value === null || depth > 5) return false;
  if ("code" in value && typeof value.code === "string" && connectionCodes.has(value.code)) return true;
  return "cause" in value && isConnectionError(value.cause, depth + 1);
}

/** One sentence from zod's list of issues, which is JSON in the message. */
function inputMessage(error: Error): string {
  if (!("issues" in error) || !Array.isArray(error.issues)) return error.message;
  const lines = error.issues.slice(0, 5).map((issue: { path?: PropertyKey[]; message?: string }) => {
    const path = (issue.path ?? []).map(String).join(".");
    return path === "" ? (issue.message ?? "") : `${path}: ${issue.message ?? ""}`;
  });
  return lines.join("; ");
}
