import type { WireError } from "../server/errors";

/** The wire's error inside what a query or mutation threw; for a broken connection, one that says so. */
export function wireErrorOf(error: unknown): WireError {
  const data: unknown = typeof error === "object" && error !== null && "data" in error ? error.data : undefined;
  if (isWireError(data)) return data;
  return {
    code: "store-unavailable",
    message: "Isthmus does not answer. This page goes on as soon as it does.",
    retryable: true,
  };
}

function isWireError(value: unknown): value is WireError {
  return typeof value === "object" && value !== null && "code" in value && "message" in value && "retryable" in value;
}
