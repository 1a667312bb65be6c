import type { Permission } from "@isthmus/access";
import type { WireError } from "../../../server/errors";

/** What a failed question means to a person: what they may not see, that they are signed out, or that it went wrong. */
export type Failure =
  | { readonly kind: "forbidden"; readonly message: string; readonly permission: Permission | undefined }
  | { readonly kind: "signed-out"; readonly message: string }
  | { readonly kind: "failed"; readonly message: string; readonly code: WireError["code"]; readonly again: boolean };

// A defect may have been of the moment; all else that is not retryable stays as it is however often it is asked.
const worthAnotherTry = ({ code, retryable }: WireError) => retryable || code === "internal";

/** Sorts an error of the wire; `again` says whether the same question may be answered later. */
export function failureOf(error: WireError): Failure {
  const { code, message } = error;
  if (code === "forbidden") return { kind: "forbidden", message, permission: error.permission };
  if (code === "not-signed-in") return { kind: "signed-out", message };
  return { kind: "failed", message, code, again: worthAnotherTry(error) };
}
