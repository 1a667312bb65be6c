import { expect, test } from "vitest";
import { failureOf, type Failure } from "./failure";

const message = "what to do";

test.each<{ name: string; error: Parameters<typeof failureOf>[0]; failure: Failure }>([
  {
    name: "a permission that is missing",
    error: { code: "forbidden", message, retryable: false, permission: "members.read" },
    failure: { kind: "forbidden", message, permission: "members.read" },
  },
  {
    name: "refused for another reason",
    error: { code: "forbidden", message, retryable: false },
    failure: { kind: "forbidden", message, permission: undefined },
  },
  {
    name: "a session that has ended",
    error: { code: "not-signed-in", message, retryable: false },
    failure: { kind: "signed-out", message },
  },
  {
    name: "a store that is away",
    error: { code: "store-unavailable", message, retryable: true },
    failure: { kind: "failed", message, code: "store-unavailable", again: true },
  },
  {
    name: "a defect",
    error: { code: "internal", message, retryable: false },
    failure: { kind: "failed", message, code: "internal", again: true },
  },
  {
    name: "what is not there",
    error: { code: "not-found", message, retryable: false },
    failure: { kind: "failed", message, code: "not-found", again: false },
  },
  {
    name: "what was asked wrongly",
    error: { code: "invalid-input", message, retryable: false },
    failure: { kind: "failed", message, code: "invalid-input", again: false },
  },
])("$name", ({ error, failure }) => {
  expect(failureOf(error)).toEqual(failure);
});
