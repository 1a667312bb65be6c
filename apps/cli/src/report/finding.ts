import type { Severity } from "@isthmus/policy-engine";
import type { Place } from "../files/source";

/** Where a finding points: into a text, at a whole file, or at nothing that a person can open. */
export type FindingPlace =
  | { readonly kind: "text"; readonly place: Place }
  | { readonly kind: "file"; readonly name: string }
  | { readonly kind: "command-line" };

/** What is wrong, where, and what to do about it. */
export interface Finding {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly at: FindingPlace;
  readonly hint?: string;
  /** What it rests on, in a sentence. */
  readonly because?: string;
  /** Whether it is so whatever workloads and sets there are, or for those that are there. */
  readonly certainty?: "structural" | "present";
  /** The object that it is about: `NetworkPolicy shop/cart`. */
  readonly object?: string;
  /** The field within that object: `spec.ingress[0].source.selector`. */
  readonly field?: string;
  /** Another place that belongs to it, such as the first of two duplicates. */
  readonly related?: { readonly message: string; readonly place: Place };
}

/** A finding about a whole file. */
export const fileError = (name: string, detail: Pick<Finding, "code" | "message" | "hint">): Finding => ({
  ...detail,
  severity: "error",
  at: { kind: "file", name },
});

/** A finding about what was typed. */
export const usageError = (detail: Pick<Finding, "code" | "message" | "hint">): Finding => ({
  ...detail,
  severity: "error",
  at: { kind: "command-line" },
});

/** Whether any of the findings is an error. */
export const anyError = (findings: readonly Finding[]): boolean => findings.some((f) => f.severity === "error");
