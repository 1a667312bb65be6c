import type { FieldPath, Severity } from "../diagnostic";
import type { Endpoint } from "../evaluate/endpoint";
import type { Policy } from "../model/policy";
import type { ResourceRef } from "../model/resource";
import type { Direction } from "../model/rule";
import type { TracePolicy } from "../evaluate/trace";
import type { IpAddress } from "../net/address";
import type { ConnectionPoint } from "../sets/connection-set";

/**
 * What is wrong:
 * - `policy-selects-nothing`: a policy judges no endpoint;
 * - `policy-without-effect`: its removal changes no verdict at any endpoint;
 * - `selector-matches-nothing`: a selector of a rule matches no endpoint and no network set, so that the rule matches
 *   nothing, or so that a `notSelector` keeps nothing out;
 * - `rule-never-matches`: a rule asks for what no connection can be, on other grounds;
 * - `rule-duplicate`: an earlier rule of the policy says the same;
 * - `rule-shadowed`: all that a rule matches is decided before it is asked;
 * - `deny-shadowed`: so is a rule that denies, by rules that allow: what it means to keep out may pass;
 * - `rule-redundant`: a rule decides, and without it the same would be decided.
 */
export type ReviewCode =
  | "policy-selects-nothing"
  | "policy-without-effect"
  | "selector-matches-nothing"
  | "rule-never-matches"
  | "rule-duplicate"
  | "rule-shadowed"
  | "deny-shadowed"
  | "rule-redundant";

/** `structural`: so it is whatever endpoints and sets exist; `present`: for those that exist now. */
export type ReviewCertainty = "structural" | "present";

/** A rule by its place in what Calico makes of a policy: index from 0 in a direction. */
export interface ReviewRule {
  readonly direction: Direction;
  readonly index: number;
}

/** What decides in the place of a rule or policy. */
export type ReviewEvidence =
  | {
      readonly kind: "rule";
      readonly policy: TracePolicy;
      readonly ref: ResourceRef;
      readonly tier: string;
      readonly rule: ReviewRule;
      /** Where the rule lies in its policy's manifest. */
      readonly path: FieldPath;
      readonly action: "Allow" | "Deny" | "Pass";
      readonly sentence: string;
    }
  | { readonly kind: "end-of-tier"; readonly tier: string; readonly action: "Deny" | "Pass"; readonly sentence: string }
  | { readonly kind: "profile"; readonly profile: string; readonly sentence: string }
  | { readonly kind: "no-profile"; readonly sentence: string }
  | { readonly kind: "selector"; readonly text: string; readonly sentence: string };

/** Something about a policy that its author should look at. */
export interface ReviewFinding {
  readonly code: ReviewCode;
  readonly severity: Severity;
  readonly certainty: ReviewCertainty;
  readonly cluster: string;
  readonly policy: TracePolicy;
  readonly ref: ResourceRef;
  readonly tier: string;
  /** Absent where it is about the whole policy. */
  readonly rule?: ReviewRule;
  /** Where it lies in the policy's manifest. */
  readonly path: FieldPath;
  /** A plain sentence that names the policy and the rule. */
  readonly sentence: string;
  readonly hint?: string;
  readonly evidence: readonly ReviewEvidence[];
}

/** A connection that a rule decides. */
export interface ReviewWitness {
  readonly endpoint: Endpoint;
  readonly own: IpAddress;
  readonly peer: IpAddress;
  readonly connection: ConnectionPoint;
}

/** Why nothing is said of a policy. */
export interface ReviewSkip {
  readonly cluster: string;
  readonly policy: TracePolicy;
  readonly ref: ResourceRef;
  readonly sentence: string;
}

/** What a review found. */
export interface ReviewResult {
  /** In the order of clusters, tiers, policies, and of the places in their manifests. */
  readonly findings: readonly ReviewFinding[];
  /** Policies of which less is said, and why. */
  readonly skipped: readonly ReviewSkip[];
  readonly policies: number;
  readonly rules: number;
}

/** A policy as findings name it. */
export const tracePolicy = ({ kind, namespace, name }: Policy): TracePolicy => ({ kind, namespace, name });
