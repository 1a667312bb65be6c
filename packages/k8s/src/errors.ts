import { isRecord } from "./object";

/** What went wrong with a request to the API server. */
export type KubeErrorCode =
  | "not-found"
  | "already-exists"
  | "conflict"
  | "forbidden"
  | "unauthorized"
  | "invalid"
  | "gone"
  | "not-supported"
  | "too-many-requests"
  | "server"
  | "unreachable"
  | "stopped";

/** A failed request. `message` is the API server's own words where it answered. */
export interface KubeError {
  readonly code: KubeErrorCode;
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  readonly message: string;
  /** True where the same request may succeed later without anybody changing it. */
  readonly retryable: boolean;
  /** The server's Retry-After, in ms. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

const BY_REASON: Readonly<Record<string, KubeErrorCode>> = {
  NotFound: "not-found",
  AlreadyExists: "already-exists",
  Conflict: "conflict",
  Forbidden: "forbidden",
  Unauthorized: "unauthorized",
  Invalid: "invalid",
  BadRequest: "invalid",
  Expired: "gone",
  Gone: "gone",
  MethodNotAllowed: "not-supported",
  NotAcceptable: "not-supported",
  UnsupportedMediaType: "not-supported",
  TooManyRequests: "too-many-requests",
};

const BY_STATUS: Readonly<Record<number, KubeErrorCode>> = {
  400: "invalid",
  401: "unauthorized",
  403: "forbidden",
  404: "not-found",
  405: "not-supported",
  406: "not-supported",
  409: "conflict",
  410: "gone",
  415: "not-supported",
  422: "invalid",
  429: "too-many-requests",
};

const RETRYABLE: ReadonlySet<KubeErrorCode> = new Set([
  "conflict",
  "unauthorized",
  "gone",
  "too-many-requests",
  "server",
  "unreachable",
]);

const CONTROL = new RegExp(String.raw`[\u0000-\u001f]+`, "gu");

/** Reads an error answer: a `Status` object where the server sent one, else the status line and the body's beginning. */
export function errorFromAnswer(status: number, body: string, retryAfterMs?: number): KubeError {
  const answer = parseStatus(body);
  const code = BY_REASON[answer.reason] ?? BY_STATUS[status] ?? "server";
  const message = answer.message || `HTTP ${status}: ${body.slice(0, 200).replaceAll(CONTROL, " ")}`.trim();
  return {
    code,
    status,
    message,
    retryable: RETRYABLE.has(code),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** An error where no answer came. */
export function unreachable(cause: unknown): KubeError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return { code: "unreachable", status: 0, message, retryable: true, cause };
}

/** The error of a request that its own caller stopped. */
export function stopped(): KubeError {
  return { code: "stopped", status: 0, message: "the request was stopped", retryable: false };
}

function parseStatus(body: string): { readonly reason: string; readonly message: string } {
  try {
    const parsed: unknown = JSON.parse(body);
    if (!isRecord(parsed)) return { reason: "", message: "" };
    const { reason, message } = parsed;
    return {
      reason: typeof reason === "string" ? reason : "",
      message: typeof message === "string" ? message : "",
    };
  } catch {
    return { reason: "", message: "" };
  }
}
