import type { KubeError } from "@isthmus/k8s";
import type { Result } from "@isthmus/std";
import type { Judgement } from "./finding";

/** The outcome of looking at one thing. */
export type Read<T> =
  | { readonly kind: "read"; readonly value: T }
  | { readonly kind: "absent" }
  | { readonly kind: "forbidden"; readonly permission: string }
  | { readonly kind: "failed"; readonly why: string };

/** What to do about a read that the agent's ClusterRole does not allow. */
export const APPLY_AGAIN = "apply the agent's manifest again: it grants this";

/** An API server's answer as the outcome of looking; `permission` names what the read needs. */
export function readOf<T, U>(answer: Result<T, KubeError>, permission: string, take: (value: T) => U): Read<U> {
  if (answer.ok) return { kind: "read", value: take(answer.value) };
  const { code, message } = answer.error;
  if (code === "not-found") return { kind: "absent" };
  if (code === "forbidden") return { kind: "forbidden", permission };
  return { kind: "failed", why: message };
}

/** What is said where a thing could not be looked at. */
export function unread(read: Exclude<Read<unknown>, { kind: "read" | "absent" }>): Judgement {
  return read.kind === "forbidden"
    ? { state: "unknown", seen: `the agent may not ${read.permission}`, advice: APPLY_AGAIN }
    : { state: "unknown", seen: `could not be read: ${read.why}`, advice: "see whether the API server answers" };
}
