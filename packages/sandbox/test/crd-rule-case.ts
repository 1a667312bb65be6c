import type { Cause } from "../src/api/status";

/**
 * What breaks a rule that a published CustomResourceDefinition writes in CEL, and what keeps it: values for the place
 * where the rule stands. A rule is named by the first eight hexadecimal digits of its SHA-256.
 */
export interface RuleCase {
  readonly rule: string;
  /** What the rule is about, for the name of the test. */
  readonly about: string;
  readonly crds: readonly string[];
  readonly paths: readonly string[];
  readonly reason: Cause["reason"];
  readonly breaks: unknown;
  readonly keeps: unknown;
  /** The object that is there before, by name: the rule is about a change, or about an object that each cluster has. */
  readonly update?: string;
}

export const INVALID = "FieldValueInvalid";
export const FORBIDDEN = "FieldValueForbidden";

/** A row without its places. */
export type Row = readonly [rule: string, about: string, reason: Cause["reason"], breaks: unknown, keeps: unknown];

/** The same rows at each of these places of these definitions. */
export const at = (crds: readonly string[], paths: readonly string[], rows: readonly Row[]): readonly RuleCase[] =>
  rows.map(([rule, about, reason, breaks, keeps]) => ({ rule, about, crds, paths, reason, breaks, keeps }));
